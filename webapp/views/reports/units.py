"""Departments and areas in the report of the city: tiers and intervals, never ranks."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.domain import report_city
from webapp.domain.scores import TIER_LABELS, Tier
from webapp.domain.sentences import Sentence, count, points, span
from webapp.queries.report_city import CityFacts
from webapp.queries.scorecards import Scorecard
from webapp.views.insight import score_tables
from webapp.views.reports import drawing, parts
from webapp.views.reports.document import Block, Figure, Grid, told

ORDER = (Tier.BELOW, Tier.AROUND, Tier.ABOVE, Tier.INSUFFICIENT)


def _tiered(cards: Sequence[Scorecard]) -> list[Scorecard]:
    """In tiers, within a tier in the order of the catalogue: no ranks."""
    return sorted(cards, key=lambda card: (ORDER.index(card.tier), card.unit.id))


def composites(facts: CityFacts) -> list[Scorecard]:
    """Departments with services of their own, in tiers; the others are scored among themselves."""
    return _tiered([card for card in facts.departments if card.method == "composite"])


def offices(facts: CityFacts) -> list[Scorecard]:
    """Departments scored by the requests that they answer."""
    return _tiered([card for card in facts.departments if card.method != "composite"])


def _target(cards: Sequence[Scorecard]) -> float | None:
    return next((card.target for card in cards if card.target is not None), None)


def tiers(cards: Sequence[Scorecard], what: dict[str, str]) -> list[Sentence]:
    """How many lie above and below the target, and which."""
    return report_city.tier_lines([parts.unit_of(card) for card in cards], _target(cards), what)


def _grid(title: str, first: str, cards: Sequence[Scorecard], note: str = "") -> Grid:
    moved = parts.clearly_moved(cards)
    rows = [
        [
            score_tables.unit_name(card), parts.interval(card),
            points(card.raw_score) if card.raw_score is not None else parts.DASH, _(TIER_LABELS[card.tier]),
            parts.change(card, moved), count(card.votes),
            count(card.counts["received"]), parts.percent(card.plain_rates["resolution"].value),
            parts.percent(card.plain_rates["on_time"].value), count(card.overdue),
        ]
        for card in cards
    ]  # fmt: skip
    head = [
        first, _("得分（区间）"), _("原始分"), _("与目标比"), _("比上期"), _("评价数"), _("诉求数"), _("解决率"), _("按期办结率"),
        _("超期未办"),
    ]  # fmt: skip
    note, widths = parts.chance_note() + note, (2.6, 1.7, 0.9, 1.3, 1, 0.8, 0.8, 1, 1.1, 0.8)
    return Grid(title, head, rows, (1, 2, 4, 5, 6, 7, 8, 9), note, widths)


def _figure(title: str, cards: Sequence[Scorecard], grid: Grid) -> Block:
    """Intervals on one axis with the table; the table alone where nothing has a score."""
    shown = [
        drawing.Interval(score_tables.unit_name(c), c.low, c.score, c.high, c.raw_score, c.tier)
        for c in cards if c.score is not None and c.low is not None and c.high is not None
    ]  # fmt: skip
    if not shown:
        return grid
    key = _(
        "实心点：得分；横条：95% 区间；空心点：原始分；竖线：目标。区间重叠的单位之间分不出高低，因此不排名次。"
    )
    return Figure(title, key, drawing.intervals(shown, _target(cards), title, _("目标")), grid, wide=True)


def departments(facts: CityFacts) -> list[Block]:
    """Those with services, then those scored by the requests that they answer."""
    earlier = facts.window.before()
    having, others = composites(facts), offices(facts)
    blocks: list[Block] = [
        told([report_city.moved_line([parts.unit_of(card) for card in having], earlier.first, earlier.last)])
    ]
    title = _("各单位得分（按与目标比分档，档内不排名次）")
    note = _("单位得分 = 所属服务事项得分按需求量加权；右边的件数和比率只算本单位自己承办的。")
    blocks.append(_figure(title, having, _grid(title, _("单位"), having, note)))
    scored = [card for card in others if card.score is not None]
    if others:
        title = _("没有服务事项的单位（按承办的诉求计分，只在这些单位之间比较）")
        blocks.append(told(tiers(others, report_city.DEPARTMENTS)))
        if scored:
            note = (
                _("依据不足的 %(n)s 个单位不列。", n=len(others) - len(scored))
                if len(scored) < len(others)
                else ""
            )
            blocks.append(_grid(title, _("单位"), scored, note))
    return blocks


def areas(facts: CityFacts) -> list[Block]:
    """Districts of the city, or streets of a district."""
    cards = _tiered(facts.areas)
    title = _("各区") if facts.place.unit is None else _("各街道")
    rows = [
        [
            card.unit.name, parts.interval(card), _(TIER_LABELS[card.tier]), count(card.votes), count(card.counts["received"]),
            parts.spanned(f"{card.demand.adjusted:.0f}", span(card.demand.low, card.demand.high)) if card.demand else parts.DASH,
            parts.percent(card.plain_rates["resolution"].value), count(card.overdue),
        ]
        for card in cards
    ]  # fmt: skip
    head = [
        _("区域"), _("得分（区间）"), _("与目标比"), _("评价数"), _("诉求数"), _("每万人诉求与评价（区间）"), _("解决率"),
        _("超期未办"),
    ]  # fmt: skip
    note = _("按诉求发生地和办事地点统计。")
    if facts.unplaced:
        note += _("另有 %(n)s 条评价和诉求只知道在本市，没有计入任何一个区。", n=count(facts.unplaced))
    grid = Grid(title, head, rows, (1, 3, 4, 5, 6, 7), note, (1.6, 1.6, 1.3, 0.8, 0.8, 2, 1, 0.9))
    return [told(tiers(cards, report_city.AREAS)), _figure(title, cards, grid)]
