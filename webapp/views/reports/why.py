"""Why a department's score moved: the parts of its change, which add up exactly, and the way of half a year."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.domain import report_score
from webapp.domain.report_score import ScoreNumbers
from webapp.domain.rounding import rounded_to_sum
from webapp.domain.sentences import count, points, signed, span
from webapp.queries.report_facts import DepartmentFacts
from webapp.queries.units import GENERAL, catalogue
from webapp.views.insight import charts
from webapp.views.insight.departments import cause_text
from webapp.views.reports import drawing, parts
from webapp.views.reports.document import Block, Figure, Grid, Points, told

MOST_CHANGES = 7


def numbers(facts: DepartmentFacts) -> ScoreNumbers:
    """The score as the page shows it."""
    card, earlier = facts.card, facts.window.before()
    return ScoreNumbers(
        card.score, card.low, card.high, card.sd, card.votes, card.counts["received"], card.followed_up, card.tier,
        card.target, card.p_above, card.previous, card.previous_sd, earlier.first, earlier.last,
    )  # fmt: skip


def _service(key: str) -> str:
    unit = catalogue().services[int(key)]
    return _("未归入具体事项的诉求") if unit.code.startswith(GENERAL) else unit.name


def why(facts: DepartmentFacts) -> list[Block]:
    """What made up the change, and the way of half a year."""
    blocks: list[Block] = []
    change = numbers(facts).change
    causes = [(_service(line.key), cause_text(line), line.points) for line in facts.changes]
    line = (
        report_score.causes_line(causes, sum(c.points for c in facts.changes), change.verdict)
        if change
        else None
    )
    if line:
        blocks.append(told([line]))
        blocks.append(_changes(causes))
    return [*(blocks or [told([report_score.change_line(numbers(facts))])]), *_trend(facts)]


def _changes(causes: Sequence[tuple[str, str, float]]) -> Figure:
    rest = [value for _name, _cause, value in causes[MOST_CHANGES:]]
    whole = [*(value for _name, _cause, value in causes[:MOST_CHANGES]), *([sum(rest)] if rest else [])]
    rounded = rounded_to_sum(whole)
    shown = [(n, c, value) for (n, c, _v), value in zip(causes[:MOST_CHANGES], rounded, strict=False)]
    rows = [[name, cause, signed(value)] for name, cause, value in shown]
    bars = [drawing.Bar(f"{name}·{cause}", value, signed(value)) for name, cause, value in shown]
    if rest:
        left = rounded[-1]
        rows.append([_("其余各项合计"), _("各种原因"), signed(left)])
        bars.append(drawing.Bar(_("其余各项合计"), left, signed(left)))
    rows.append([_("合计"), "", signed(sum(rounded))])
    title = _("得分变化的组成（分）")
    note = _("各行相加正好等于得分的变化。")
    grid = Grid(title, [_("服务事项"), _("原因"), _("分值变化")], rows, (2,), "", (3, 1.6, 1.2))
    return Figure(title, note, drawing.contributions(bars, title), grid)


def _trend(facts: DepartmentFacts) -> list[Block]:
    chart = charts.trend([(f"{p.window.last:%m-%d}", p.score, p.low, p.high) for p in facts.trend])
    rows = [
        [
            f"{p.window.first:%Y-%m-%d} – {p.window.last:%m-%d}", points(p.score) if p.score is not None else parts.DASH,
            span(p.low, p.high, 1) if p.low is not None and p.high is not None else parts.DASH, count(p.n),
        ]
        for p in facts.trend
    ]  # fmt: skip
    if all(p.score is None for p in facts.trend):
        return [Points([_("近半年没有哪一段的依据够给出得分。")], ["unknown"])]
    title = _("近半年走势")
    note = _("每点三十天，各点一并计分；带色区域是 95% 区间。区间相互重叠的起伏不算变化。")
    head, widths = [_("时段"), _("得分"), _("95% 区间"), _("评价数")], (2.4, 1, 1.6, 0.9)
    grid = Grid(title, head, rows, (1, 2, 3), "" if chart else note, widths)
    return [Figure(title, note, drawing.trend(chart, title), grid)] if chart else [grid]
