"""Quiet hours: when residents are left in peace, in the city's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` on the clock, usually over midnight; equal ends mean never."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """``21:00-08:00``; '' means never. Raises ``ValueError`` for anything else."""
        if not text.strip():
            return cls(time(0), time(0))
        start, separator, end = text.strip().partition("-")
        if not separator:
            raise ValueError(f"quiet hours are written 21:00-08:00, not {text!r}")
        return cls(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))

    def until(self, now: datetime) -> datetime | None:
        """When they end, as a moment in the time zone of ``now`` (aware); None outside of them."""
        clock = now.timetz().replace(tzinfo=None)
        if self.start <= self.end:
            if not self.start <= clock < self.end:
                return None
            day = now.date()
        elif clock >= self.start:
            day = now.date() + timedelta(days=1)
        elif clock < self.end:
            day = now.date()
        else:
            return None
        return datetime.combine(day, self.end, tzinfo=now.tzinfo)
