"""What a measurement returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number: what, how much, in which unit, and what was aimed at ("" if nothing)."""

    what: str
    value: float
    unit: str
    aim: str = ""

    def line(self) -> str:
        """One aligned line for the terminal."""
        aim = f"   (aim: {self.aim})" if self.aim else ""
        return f"  {self.what:<64} {self.value:>12,.3f} {self.unit}{aim}"
