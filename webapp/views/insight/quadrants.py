"""Importance against performance: what residents ask for most and how well it is done, in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from statistics import median

from webapp.views.insight.charts import Tick, ticks

Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A unit in the quadrant. ``label`` is "" where there is no room; ``anchor`` says on which side it stands."""

    x: float
    y: float
    name: str
    label: str
    anchor: str
    label_x: float
    href: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Quadrant:
    """Demand (across, logarithmic) against score (up), cut at the middles; coordinates of the view box."""

    width: float
    height: float
    marks: Sequence[Mark]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    middle_x: float
    middle_y: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Placed:
    """What the quadrant needs of a unit: demand above 0, score 0…100, and how much it matters."""

    name: str
    demand: float
    score: float
    weight: float
    href: str
    tone: str
    text: str


def quadrant(
    units: Sequence[Placed],
    target: float | None = None,
    width: float = 760.0,
    height: float = 460.0,
    labels: int = 9,
) -> Quadrant | None:
    """None with fewer than three units. The most weighty are labelled where there is room."""
    if len(units) < 3:
        return None
    left, right, top, bottom = 46.0, width - 16.0, 16.0, height - 46.0
    logs = [log10(max(u.demand, 1e-3)) for u in units]
    x_low, x_high = min(logs) - 0.05, max(logs) + 0.05
    marks_y = ticks(min(u.score for u in units), max(u.score for u in units), 5)
    y_low, y_high = marks_y[0], marks_y[-1]

    def x(value: float) -> float:
        return round(left + (right - left) * (value - x_low) / (x_high - x_low), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - y_low) / (y_high - y_low), 1)

    middle = target if target is not None and y_low <= target <= y_high else median(u.score for u in units)
    order = sorted(range(len(units)), key=lambda i: -units[i].weight)
    places = [(x(log), y(unit.score)) for log, unit in zip(logs, units, strict=True)]
    taken: list[Box] = [(px - 5, py - 5, px + 5, py + 5) for px, py in places]
    marks = []
    for place, i in enumerate(order):
        unit, (px, py) = units[i], places[i]
        label, anchor, at = (
            _label(unit.name, px, py, right, taken, i) if place < labels else ("", "start", px)
        )
        marks.append(Mark(px, py, unit.name, label, anchor, at, unit.href, unit.tone, unit.text))
    return Quadrant(
        width, height, marks, [Tick(x(log10(value)), f"{value:g}") for value in _decades(x_low, x_high)],
        [Tick(y(mark), f"{mark:g}") for mark in marks_y], x(median(logs)), y(middle), left, right, top, bottom,
    )  # fmt: skip


def _label(
    name: str, px: float, py: float, right: float, taken: list[Box], own: int
) -> tuple[str, str, float]:
    """Text, anchor and x of a label to the right or left of its point, or no text where both are taken."""
    wide = 14.0 * len(name)
    for anchor, start in (("start", px + 9), ("end", px - 9 - wide)):
        box = (start, py - 9, start + wide, py + 9)
        crossed = any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3]
            for i, b in enumerate(taken) if i != own
        )  # fmt: skip
        if not crossed and box[2] < right and box[0] > 46:
            taken.append(box)
            return name, anchor, start if anchor == "start" else px - 9
    return "", "start", px


def _decades(low: float, high: float) -> list[float]:
    """1, 2, 5 × powers of ten within 10^low…10^high."""
    values = [10.0**power * factor for power in range(floor(low), ceil(high) + 1) for factor in (1, 2, 5)]
    return [value for value in values if low <= log10(value) <= high]
