"""The funnel plot: a unit's mean vote against how many votes stand behind it, with the limits of chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

from flask_babel import gettext as _

from webapp.domain.funnel import Z95, Z998, Funnel, Place
from webapp.queries.peers import Peers
from webapp.queries.scorecards import Scorecard
from webapp.views.insight.charts import Tick, ticks
from webapp.views.insight.quadrants import label_beside
from webapp.views.insight.tables import Cell, Column, Table, number

POINTS = 60
BADGES = {
    Place.FAR_BELOW: "badge-bad", Place.BELOW: "badge-warn", Place.INSIDE: "badge-plain", Place.ABOVE: "badge-good",
    Place.FAR_ABOVE: "badge-good",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunnelMark:
    """A unit in the plot; ``own`` where it is the one that the page is about. "" for no label."""

    x: float
    y: float
    place: str
    own: bool
    label: str
    anchor: str
    label_x: float
    label_y: float
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class FunnelChart:
    """Coordinates of the view box; ``inner`` and ``outer`` are the 95 % and 99.8 % limits, (lower, upper) path data."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    middle: float
    inner: tuple[str, str]
    outer: tuple[str, str]
    marks: Sequence[FunnelMark]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]


def funnel_chart(
    peers: Peers, href: Callable[[Scorecard], str], own: str = "", width: float = 760.0, height: float = 420.0
) -> FunnelChart | None:
    """The chart; ``href`` gives the address of a unit's page, "" where the viewer may not open it: such a unit has no
    name either. None where there are too few units."""
    found = peers.funnel
    if found is None:
        return None
    left, right, top, bottom = 46.0, width - 16.0, 16.0, height - 46.0
    low_n, high_n = min(u.n for u in peers.units) * 0.85, max(u.n for u in peers.units) * 1.15
    marks_y = ticks(
        min(u.value for u in peers.units) * 100 - 2, max(u.value for u in peers.units) * 100 + 2, 5
    )

    def x(n: float) -> float:
        return round(left + (right - left) * (log10(n) - log10(low_n)) / (log10(high_n) - log10(low_n)), 1)

    def y(percent: float) -> float:
        clipped = min(max(percent, marks_y[0]), marks_y[-1])
        return round(bottom - (bottom - top) * (clipped - marks_y[0]) / (marks_y[-1] - marks_y[0]), 1)

    steps = [low_n * (high_n / low_n) ** (i / POINTS) for i in range(POINTS + 1)]
    inner, outer = (_limits(found, steps, z, x, y) for z in (Z95, Z998))
    return FunnelChart(
        width, height, left, right, top, bottom, y(found.target * 100), inner, outer,
        _marks(peers, found, href, own, x, y, (left, top, right, bottom)),
        [Tick(x(n), f"{n:g}") for n in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000) if low_n <= n <= high_n],
        [Tick(y(mark), f"{mark:g}") for mark in marks_y],
    )  # fmt: skip


def _limits(
    found: Funnel, steps: Sequence[float], z: float, x: Callable[[float], float], y: Callable[[float], float]
) -> tuple[str, str]:
    lower, upper = zip(*(found.limits(n, z) for n in steps), strict=True)
    paths = [
        "M" + "L".join(f"{x(n)},{y(at * 100)}" for n, at in zip(steps, edge, strict=True))
        for edge in (lower, upper)
    ]
    return paths[0], paths[1]


def _marks(
    peers: Peers, found: Funnel, href: Callable[[Scorecard], str], own: str, x: Callable[[float], float],
    y: Callable[[float], float], frame: tuple[float, float, float, float],
) -> list[FunnelMark]:  # fmt: skip
    at = [(x(u.n), y(u.value * 100)) for u in peers.units]
    taken = [(px - 5, py - 5, px + 5, py + 5) for px, py in at]
    order = sorted(range(len(at)), key=lambda i: peers.cards[i].unit.code != own)
    marks = []
    for i in order:
        card, unit, (px, py) = peers.cards[i], peers.units[i], at[i]
        mine, place, address = card.unit.code == own, found.places[unit.key], href(card)
        name = card.unit.department_name if card.unit.kind == "department" else card.unit.name
        label, anchor, lx, ly = "", "start", px, py
        if (address or mine) and (mine or place is not Place.INSIDE):
            label, anchor, lx, ly = label_beside(name, px, py, frame, taken, i)
        text = _("%(name)s：体验 %(value)s，有效样本 %(n)s，%(place)s", name=name if address or mine else _("其他单位"),
                 value=f"{unit.value * 100:.1f}", n=f"{unit.n:.0f}", place=_(place.label))  # fmt: skip
        marks.append(FunnelMark(px, py, place.value, mine, label, anchor, lx, ly, address, text))
    return marks


def funnel_table(
    peers: Peers, href: Callable[[Scorecard], str], key: str = "funnel", title: str = "", own: str = ""
) -> Table:
    """The same as numbers, by place and not by rank; units that the viewer may not open are counted, not named."""
    columns = [
        Column(_("单位") if not peers.cards or peers.cards[0].unit.kind == "department" else _("服务事项")),
        Column(_("体验（原始，满分 100）"), True), Column(_("有效样本"), True),
        Column(_("95% 界"), True), Column(_("99.8% 界"), True), Column(_("位置")),
    ]  # fmt: skip
    found = peers.funnel
    if found is None:
        return Table(key, title or _("漏斗图"), columns)
    order = {place: i for i, place in enumerate(Place)}
    lines = sorted(
        zip(peers.cards, peers.units, strict=True),
        key=lambda line: (order[found.places[line[1].key]], line[1].key),
    )
    rows = []
    for card, unit in lines:
        address = href(card)
        if not address and card.unit.code != own:
            continue
        place = found.places[unit.key]
        rows.append([
            Cell(card.unit.name, href=address), number(unit.value * 100), number(unit.n, 0),
            *(_span(found.limits(unit.n, z)) for z in (Z95, Z998)), Cell(_(place.label), badge=BADGES[place]),
        ])  # fmt: skip
    return Table(key, title or _("漏斗图"), columns, rows, caption(found))


def _span(limits: tuple[float, float]) -> Cell:
    return Cell(f"{limits[0] * 100:.1f}–{limits[1] * 100:.1f}")


def caption(found: Funnel) -> str:
    """How to read it, with the factor on the limits where there is one."""
    text = _(
        "全市平均 %(mean)s。只与“偶然波动”比：界内的单位之间没有可靠的高低之分，所以不排名次。",
        mean=f"{found.target * 100:.1f}",
    )
    if found.widened > 1:
        text += _(
            "各单位的业务本来就不同，界限已按离散程度放宽到 %(factor)s 倍。", factor=f"{found.widened:.1f}"
        )
    return text
