"""Bars of counts by month, drawn by the server: plain numbers in, coordinates out (``templates/macros/bars.html``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its label below and its value above; ``since``: after the turning point."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    since: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars on a base line, in pixels of the view box."""

    width: float
    height: float
    base: float
    bars: Sequence[Bar]


def bars(
    values: Sequence[tuple[str, int | None, bool]], width: float = 640.0, height: float = 220.0
) -> Bars | None:
    """From (label, count or None where it is hidden, after the turning point); None without any count."""
    known = [count for _label, count, _since in values if count is not None]
    if not known or max(known) <= 0:
        return None
    top, base, step = 26.0, height - 30.0, width / len(values)
    made = []
    for i, (label, count, since) in enumerate(values):
        tall = round((base - top) * (count or 0) / max(known), 1)
        made.append(
            Bar(round(i * step + step * 0.15, 1), round(base - tall, 1), round(step * 0.7, 1), tall, label,
                "·" if count is None else str(count), since)
        )  # fmt: skip
    return Bars(width, height, base, made)
