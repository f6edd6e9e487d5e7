"""Two kinds of chart as plain SVG, for the documents: grouped bars, and shares with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

COLOURS: Final = ("#1d5fa8", "#c1603c", "#7a8b99", "#3f8f6b", "#8a5fb0")
WIDTH, LEFT, RIGHT, TOP = 760, 250, 60, 64
BAR, GAP = 15, 12


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: a title, a unit under the axis, the axis' end, and reference lines with their names."""

    title: str
    unit: str
    end: float
    lines: Mapping[str, float]
    start: float = 0.0

    def x(self, value: float) -> float:
        """Place of a value across the page, held within the axis."""
        share = (min(max(value, self.start), self.end) - self.start) / (self.end - self.start)
        return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12, colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(words)}</text>'


def _frame(chart: Chart, body: Sequence[str], height: float, names: Sequence[str]) -> str:
    """The page around a chart: title, key of the colours, axis and reference lines."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" font-family="sans-serif" role="img" aria-label="{escape(chart.title)}">',
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#fff"/>',
        _text(12, 22, chart.title, size=15),
    ]
    at = 12.0
    for name, colour in zip(names, COLOURS, strict=False):
        parts += [
            f'<rect x="{at:.0f}" y="34" width="12" height="12" fill="{colour}"/>',
            _text(at + 17, 45, name),
        ]
        at += 34 + 6.6 * len(name)
    bottom = height - 34
    for i in range(5):
        value = chart.start + (chart.end - chart.start) * i / 4
        x = chart.x(value)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="#e3e3e3"/>')
        parts.append(_text(x, bottom + 15, f"{value:g}", "middle", 11, "#555"))
    for name, value in chart.lines.items():
        x = chart.x(value)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="#222" stroke-dasharray="4 3"/>'
        )
        parts.append(_text(x, TOP - 9, name, "middle", 11, "#222"))
    parts += [*body, _text(WIDTH - RIGHT, height - 5, chart.unit, "end", 11, "#555"), "</svg>"]
    return "\n".join(parts) + "\n"


def bars(chart: Chart, names: Sequence[str], rows: Mapping[str, Sequence[float]], digits: int = 2) -> str:
    """Grouped horizontal bars: one group per row, one bar per name, each with its number behind it."""
    body, y = [], float(TOP)
    for label, values in rows.items():
        middle = y + len(values) * BAR / 2
        body.append(_text(LEFT - 10, middle + 4, label, "end"))
        for value, colour in zip(values, COLOURS, strict=False):
            if value == value:
                end = chart.x(value)
                body.append(
                    f'<rect x="{LEFT}" y="{y:.1f}" width="{max(end - LEFT, 1):.1f}" height="{BAR - 3}" fill="{colour}"/>'
                )
                body.append(_text(end + 5, y + BAR - 5, f"{value:.{digits}f}", size=11))
            y += BAR
        y += GAP
    return _frame(chart, body, y + 36, names)


def dots(chart: Chart, rows: Mapping[str, tuple[float, float, float]], band: tuple[float, float]) -> str:
    """One share per row with its interval (share, low, high), on a band that it should lie in."""
    height = TOP + len(rows) * 24 + 40
    left, right = chart.x(band[0]), chart.x(band[1])
    body = [
        f'<rect x="{left:.1f}" y="{TOP - 6}" width="{right - left:.1f}" height="{height - TOP - 28}" fill="#dcebdc"/>'
    ]
    y = TOP + 10.0
    for label, (share, low, high) in rows.items():
        body.append(_text(LEFT - 10, y + 4, label, "end"))
        body.append(
            f'<line x1="{chart.x(low):.1f}" y1="{y}" x2="{chart.x(high):.1f}" y2="{y}" stroke="{COLOURS[0]}" stroke-width="2"/>'
        )
        body.append(f'<circle cx="{chart.x(share):.1f}" cy="{y}" r="4.5" fill="{COLOURS[0]}"/>')
        body.append(_text(WIDTH - RIGHT + 6, y + 4, f"{share:.3f}", size=11))
        y += 24
    return _frame(chart, body, height, ())
