"""Charts of reports as SVG that stands alone: the same file in the page, in the PDF and (as a picture) in the DOCX.

Geometry and colours are those of the insight pages; colours stand in attributes, because neither a strict content
policy nor a typesetter reads the pages' style sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from webapp.domain.scores import Tier
from webapp.views.insight.charts import Trend, ticks
from webapp.views.insight.quadrants import Quadrant

INK, MUTED, LINE, STRONG = "#1b2733", "#526170", "#d3dde4", "#7d8d99"
PRIMARY, ACCENT, ACCENT_SOFT, GOOD, BAD, MARK = (
    "#0b6e8f",
    "#b8500a",
    "#fdf0e3",
    "#17693a",
    "#a8221b",
    "#4d8ea5",
)
RANGES = {"below": "#eab4af", "above": "#a5d3b6"}
POINTS = {"below": BAD, "above": GOOD}
FONT = "Noto Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
ROW = 26.0
TIGHT = 19.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG of ``width`` × ``height`` units; text in it is escaped."""

    svg: str
    width: float
    height: float

    @property
    def markup(self) -> Markup:
        """The same for a page."""
        return Markup(self.svg)  # noqa: S704 - made here, and all text in it is escaped


def _drawing(parts: Sequence[str], width: float, height: float, label: str) -> Drawing:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}" class="chart" font-family="{FONT}" font-size="13">'
    )
    return Drawing(head + "".join(parts) + "</svg>", width, height)


def _text(x: float, y: float, text: str, anchor: str = "start", fill: str = INK, size: float = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size:g}">{escape(text)}</text>'


def _halo(x: float, y: float, text: str, anchor: str) -> str:
    """A label that stays readable over lines."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#fff" stroke="#fff" stroke-width="3">'
        f"{escape(text)}</text>" + _text(x, y, text, anchor)
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" {more}/>'


def trend(chart: Trend, label: str) -> Drawing:
    """A line with its 95 % band."""
    parts = []
    for tick in chart.y_ticks:
        parts += [
            _line(chart.left, tick.at, chart.right, tick.at),
            _text(chart.left - 8, tick.at + 5, tick.text, "end", MUTED),
        ]
    parts += [_text(tick.at, chart.bottom + 22, tick.text, "middle", MUTED) for tick in chart.x_ticks]
    parts += [f'<path d="{band}" fill="{PRIMARY}" fill-opacity=".16"/>' for band in chart.bands]
    parts += [f'<path d="{line}" fill="none" stroke="{PRIMARY}" stroke-width="2.5"/>' for line in chart.lines]
    parts += [
        f'<circle cx="{dot.x}" cy="{dot.y}" r="4.5" fill="{PRIMARY}" stroke="#fff" stroke-width="1.5"/>'
        for dot in chart.dots
    ]
    return _drawing(parts, chart.width, chart.height, label)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: name, value with its sign as printed."""

    name: str
    value: float
    text: str


def contributions(bars: Sequence[Bar], label: str, width: float = 560.0) -> Drawing:
    """Points to the left (lost) and to the right (gained) of a common line."""
    room, names = 52.0, 220.0
    most = max((abs(bar.value) for bar in bars), default=1.0) or 1.0
    left = min((bar.value for bar in bars), default=0.0) < 0
    right = max((bar.value for bar in bars), default=0.0) > 0
    span = width - names - room * (left + right) - 8
    scale = span / (most * (left + right or 1))
    zero = names + (room + most * scale if left else 0.0)
    height = ROW * len(bars) + 8
    parts = [_line(zero, 2, zero, height - 4, STRONG)]
    for i, bar in enumerate(bars):
        y, size = 4 + ROW * i, abs(bar.value) * scale
        start = zero - size if bar.value < 0 else zero
        fill = BAD if bar.value < 0 else GOOD
        parts.append(
            f'<rect x="{start:.1f}" y="{y + 4:.1f}" width="{max(size, 1):.1f}" height="14" fill="{fill}" rx="2"/>'
        )
        parts.append(_text(names - 8, y + 16, _short(bar.name, 16), "end"))
        at, anchor = (start - 6, "end") if bar.value < 0 else (start + size + 6, "start")
        parts.append(_text(at, y + 16, bar.text, anchor, MUTED))
    return _drawing(parts, width, height, label)


def _short(name: str, most: int) -> str:
    """A name that fits: Latin letters take half the room."""
    wide = sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in name)
    if wide <= most:
        return name
    kept, used = "", 0.0
    for letter in name:
        used += 1.0 if ord(letter) > 0x2E80 else 0.55
        if used > most - 1:
            break
        kept += letter
    return f"{kept}…"


@dataclass(frozen=True, slots=True)
class Interval:
    """A unit's score 0…100 with interval, raw value and tier."""

    name: str
    low: float
    score: float
    high: float
    raw: float | None
    tier: Tier


def intervals(units: Sequence[Interval], target: float | None, label: str, target_text: str) -> Drawing:
    """One line per unit on a common axis, the target across all of them."""
    width, names, right, top = 640.0, 190.0, 622.0, 26.0
    ends = [value for unit in units for value in (unit.low, unit.high)] + (
        [target] if target is not None else []
    )
    marks = ticks(max(min(ends) - 1, 0), min(max(ends) + 1, 100), 6)
    low, high = marks[0], marks[-1]
    height = top + TIGHT * len(units) + 26

    def x(value: float) -> float:
        return names + (right - names) * (min(max(value, low), high) - low) / (high - low)

    parts = []
    for mark in marks:
        parts += [
            _line(x(mark), top, x(mark), height - 24),
            _text(x(mark), height - 8, f"{mark:g}", "middle", MUTED),
        ]
    if target is not None:
        parts += [
            _line(x(target), top - 4, x(target), height - 24, INK, 'stroke-width="1.5"'),
            _text(x(target), top - 9, target_text, "middle"),
        ]
    for i, unit in enumerate(units):
        y, tier = top + TIGHT * (i + 0.5), unit.tier.value
        parts.append(_text(names - 10, y + 4.5, _short(unit.name, 14), "end", size=12))
        parts.append(
            f'<rect x="{x(unit.low):.1f}" y="{y - 4:.1f}" width="{max(x(unit.high) - x(unit.low), 1):.1f}" height="8" '
            f'rx="4" fill="{RANGES.get(tier, "#9cc4d3")}"/>'
        )
        if unit.raw is not None:
            parts.append(
                f'<circle cx="{x(unit.raw):.1f}" cy="{y:.1f}" r="3.5" fill="#fff" stroke="{MUTED}"/>'
            )
        parts.append(
            f'<circle cx="{x(unit.score):.1f}" cy="{y:.1f}" r="5" fill="{POINTS.get(tier, PRIMARY)}" stroke="#fff"/>'
        )
    return _drawing(parts, width, height, label)


def _mark(x: float, y: float, tone: str) -> str:
    if tone == "below":
        return (
            f'<rect x="{x - 5.5:.1f}" y="{y - 5.5:.1f}" width="11" height="11" fill="{BAD}" stroke="#fff"/>'
        )
    if tone == "above":
        return f'<path d="M{x:.1f},{y - 7:.1f}l7,12h-14z" fill="{GOOD}" stroke="#fff"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{MARK}" stroke="#fff"/>'


def quadrant(chart: Quadrant, label: str, x_name: str, y_name: str, corners: dict[str, str]) -> Drawing:
    """Demand across, score up; ``corners`` as in the page's macro."""
    wide, tall = chart.right - chart.middle_x, chart.bottom - chart.middle_y
    dashes = 'stroke-dasharray="4 4"'
    parts = [
        f'<rect x="{chart.middle_x}" y="{chart.middle_y}" width="{wide:.1f}" height="{tall:.1f}" fill="{ACCENT_SOFT}"/>'
    ]
    for tick in chart.y_ticks:
        parts += [
            _line(chart.left, tick.at, chart.right, tick.at),
            _text(chart.left - 8, tick.at + 5, tick.text, "end", MUTED),
        ]
    parts += [_text(tick.at, chart.bottom + 20, tick.text, "middle", MUTED) for tick in chart.x_ticks]
    parts += [
        _line(chart.middle_x, chart.top, chart.middle_x, chart.bottom, STRONG, dashes),
        _line(chart.left, chart.middle_y, chart.right, chart.middle_y, STRONG, dashes),
        _text(chart.right, chart.bottom + 40, f"{x_name} →", "end", MUTED),
        _text(chart.left + 6, chart.top + 14, f"↑ {y_name}", "start", MUTED),
        _text(chart.right - 8, chart.top + 14, corners["top_right"], "end", MUTED),
        _text(chart.right - 8, chart.bottom - 6, corners["bottom_right"], "end", ACCENT),
        _text(chart.left + 8, chart.bottom - 6, corners["bottom_left"], "start", MUTED),
    ]
    parts += [_mark(mark.x, mark.y, mark.tone) for mark in reversed(chart.marks)]
    parts += [
        _halo(mark.label_x, mark.label_y + 5, mark.label, mark.anchor) for mark in chart.marks if mark.label
    ]
    return _drawing(parts, chart.width, chart.height, label)
