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
    """A unit in the quadrant. ``label`` is "" where there is no room; ``anchor`` says how it stands."""

    x: float
    y: float
    label: str
    anchor: str
    label_x: float
    label_y: float
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
    # The target belongs in the picture: where all are below it, none is good for being above the others.
    levels = [u.score for u in units] + ([] if target is None else [target])
    marks_y = ticks(min(levels), max(levels), 5)
    # Room above and below for the names of the corners.
    room = (marks_y[-1] - marks_y[0]) * 0.1
    y_low, y_high = marks_y[0] - room, marks_y[-1] + room

    def x(value: float) -> float:
        return round(left + (right - left) * (value - x_low) / (x_high - x_low), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - y_low) / (y_high - y_low), 1)

    middle = median(u.score for u in units) if target is None else target
    order = sorted(range(len(units)), key=lambda i: -units[i].weight)
    places = [(x(log), y(unit.score)) for log, unit in zip(logs, units, strict=True)]
    taken: list[Box] = [(px - 5, py - 5, px + 5, py + 5) for px, py in places]
    marks = []
    for place, i in enumerate(order):
        unit, (px, py) = units[i], places[i]
        label, anchor, at, level = "", "start", px, py
        if place < labels:
            label, anchor, at, level = label_beside(
                unit.name, px, py, (left, top + 24, right, bottom - 20), taken, i
            )
        marks.append(Mark(px, py, label, anchor, at, level, unit.href, unit.tone, unit.text))
    return Quadrant(
        width, height, marks, [Tick(x(log10(value)), f"{value:g}") for value in _decades(x_low, x_high)],
        [Tick(y(mark), f"{mark:g}") for mark in marks_y], x(median(logs)), y(middle), left, right, top, bottom,
    )  # fmt: skip


def label_beside(
    name: str, px: float, py: float, frame: Box, taken: list[Box], own: int
) -> tuple[str, str, float, float]:
    """Text, anchor, x and y of a label right, left, above or below its point; no text where all are taken."""
    wide = 13.5 * len(name)
    tries = (
        ("start", px + 10, px + 10, py),
        ("end", px - 10 - wide, px - 10, py),
        ("middle", px - wide / 2, px, py - 15),
        ("middle", px - wide / 2, px, py + 15),
        ("end", px - wide, px, py - 15),
        ("start", px, px, py - 15),
    )
    for anchor, start, at, middle in tries:
        box = (start, middle - 8, start + wide, middle + 8)
        inside = box[0] > frame[0] and box[2] < frame[2] and box[1] > frame[1] and box[3] < frame[3]
        crossed = any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3]
            for i, b in enumerate(taken)
            if i != own
        )
        if inside and not crossed:
            taken.append(box)
            return name, anchor, at, middle
    return "", "start", px, py


def _decades(low: float, high: float) -> list[float]:
    """1, 2, 5 × powers of ten within 10^low…10^high."""
    values = [10.0**power * factor for power in range(floor(low), ceil(high) + 1) for factor in (1, 2, 5)]
    return [value for value in values if low <= log10(value) <= high]
