"""Geometry of the charts: plain numbers in, coordinates out; ``templates/macros/charts.html`` draws them as SVG.

No script is needed, and each chart stands beside a table with the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

BAR_WIDTH = 120.0


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A score on a line from 0 to 100: interval, point, raw value, target; x in 0…120."""

    low: float
    high: float
    point: float
    raw: float | None
    target: float | None
    tone: str


def interval_bar(
    low: float,
    point: float,
    high: float,
    raw: float | None = None,
    target: float | None = None,
    tone: str = "around",
) -> IntervalBar:
    """All values in 0…100."""

    def x(value: float) -> float:
        return round(min(max(value, 0.0), 100.0) * BAR_WIDTH / 100, 1)

    return IntervalBar(
        x(low), max(x(high), x(low) + 1), x(point), None if raw is None else x(raw), None if target is None else x(target),
        tone,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the stacked bar of ratings: level 5…1, start and width in 0…100, count."""

    level: int
    start: float
    width: float
    count: int


RatingBar = Sequence[Segment]


def rating_bar(ratings: Sequence[int]) -> RatingBar:
    """Counts of levels 1…5 as one bar, best level first; empty without votes."""
    total = sum(ratings)
    if not total:
        return ()
    segments, start = [], 0.0
    for level in range(5, 0, -1):
        width = ratings[level - 1] / total * 100
        if width:
            segments.append(Segment(level, round(start, 2), round(width, 2), ratings[level - 1]))
        start += width
    return tuple(segments)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and its text."""

    at: float
    text: str


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values that cover low…high with steps of 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-9)
    step = 10 ** floor(log10(span / count))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= count)
    first, last = floor(low / step), ceil(high / step)
    return [round(i * step, 6) for i in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the trend with its text, e.g. for a title."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines and bands as SVG path data, broken where nothing is known; size in pixels of the view box."""

    width: float
    height: float
    lines: Sequence[str]
    bands: Sequence[str]
    dots: Sequence[Dot]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    left: float
    right: float
    bottom: float


Point = tuple[str, float | None, float | None, float | None]
"""(label, value, low, high)"""


def trend(points: Sequence[Point], width: float = 640.0, height: float = 240.0) -> Trend | None:
    """A line with its band; None when fewer than two points have a value."""
    known = [p for p in points if p[1] is not None]
    if len(known) < 2:
        return None
    left, right, top, bottom = 40.0, width - 24.0, 14.0, height - 34.0
    values = [v for p in known for v in p[1:] if v is not None]
    marks = ticks(max(min(values) - 1, 0), min(max(values) + 1, 100), 4)
    low, high = marks[0], marks[-1]

    def x(index: int) -> float:
        return round(left + (right - left) * (index + 0.5) / len(points), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - low) / (high - low), 1)

    lines, bands = [], []
    for run in _runs(points):
        lines.append("M" + "L".join(f"{x(i)},{y(points[i][1] or 0)}" for i in run))
        upper = [f"{x(i)},{y(points[i][3] or 0)}" for i in run]
        lower = [f"{x(i)},{y(points[i][2] or 0)}" for i in reversed(run)]
        bands.append("M" + "L".join(upper + lower) + "Z")
    dots = [Dot(x(i), y(p[1]), f"{p[0]}: {p[1]:.1f}") for i, p in enumerate(points) if p[1] is not None]
    return Trend(
        width, height, lines, bands, dots, [Tick(x(i), p[0]) for i, p in enumerate(points)],
        [Tick(y(mark), f"{mark:g}") for mark in marks], left, right, bottom,
    )  # fmt: skip


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """Stretches of neighbouring points that have a value."""
    runs: list[list[int]] = []
    for i, point in enumerate(points):
        if point[1] is None:
            continue
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
