"""A department's own page: its score, what moved it, what to do first, what waits, what residents wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.scores import PART_LABELS
from webapp.domain.scoring import Contribution
from webapp.errors import NotFound
from webapp.models import utcnow
from webapp.queries import evaluation, gains, tallies, trends, voices
from webapp.queries.publishing import plain_words
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import GENERAL, catalogue
from webapp.security import DEPARTMENT_ROLES, staff
from webapp.views.insight import bp, score_tables
from webapp.views.insight.filters import OFFICIALS, Filters, filters, link, within
from webapp.views.insight.page import show
from webapp.views.insight.services import (
    aside_table,
    own,
    parts_table,
    services_table,
    trend_chart,
    trend_table,
)
from webapp.views.insight.tables import Cell, Column, Table, count, number, share, signed


@bp.get("/departments", endpoint="evaluation")
@staff(*DEPARTMENT_ROLES)
def own_department() -> Response:
    """The own department's page."""
    if current_user.department is None:
        raise NotFound(_("您的账号还没有所属单位，请联系管理员。"))
    return redirect(url_for("insight.department", code=current_user.department.code))


def _cause(contribution: Contribution) -> str:
    if contribution.cause == "mix":
        return _("需求结构变化")
    if contribution.cause == "weights":
        return _("可用组成部分变化")
    return _(PART_LABELS[contribution.cause])


def changes_table(found: Sequence[Contribution], chosen: Filters, most: int = 8) -> Table:
    """Contributions in points; small ones together, so that the rows add up to the change exactly."""
    known = catalogue().services
    columns = [Column(_("服务事项")), Column(_("原因")), Column(_("分值变化"), True)]
    rows = []
    for line in found[:most]:
        unit = known[int(line.key)]
        general = unit.code.startswith(GENERAL)
        href = "" if general else link("insight.service", code=unit.code, **within(chosen))
        name = _("未归入具体事项的诉求") if general else unit.name
        rows.append([Cell(name, href=href), Cell(_cause(line)), signed(line.points)])
    rest = sum(line.points for line in found[most:])
    if len(found) > most:
        rows.append([Cell(_("其余各项合计")), Cell(_("各种原因")), signed(rest)])
    if found:
        rows.append([Cell(_("合计")), Cell(""), signed(sum(line.points for line in found))])
    return Table(
        "changes", _("为什么变化"), columns, rows, _("各行相加等于得分的变化；部分为四舍五入后的数。")
    )


def first_table(cards: list[Scorecard], chosen: Filters) -> Table:
    """What to do first, with what the department would gain by it."""
    columns = [
        Column(_("服务事项")), Column(_("短板")), Column(_("现在"), True), Column(_("同类平均"), True),
        Column(_("单位得分可提高"), True),
    ]  # fmt: skip
    rows = [
        [
            Cell(score_tables.unit_name(gain.card), href=score_tables.unit_link(gain.card, within(chosen))),
            Cell(_(PART_LABELS[gain.part])), share(gain.now), share(gain.peers), signed(gain.points),
        ]
        for gain in gains.gains(cards, evaluation.service_scorecards(chosen.window))
    ]  # fmt: skip
    return Table(
        "first",
        _("先做这几件"),
        columns,
        rows,
        _(
            "把短板提到同类服务的平均水平，单位得分预计提高多少。“问题解决”按每一次回访答复计：先说没解决、重办后又答一次的算两次，所以低于按件计的解决率。"
        ),
    )


def complaints_table(department_id: int, code: str, chosen: Filters) -> Table:
    """What residents asked this department for, and how much of it stayed unsolved."""
    known = catalogue()
    columns = [Column(_("诉求分类")), Column(_("诉求数"), True), Column(_("回访未解决或部分解决"), True)]
    rows = []
    for category, received, unsolved in voices.complaints(department_id, chosen.window):
        number_, name = known.categories.get(category, ("", "—"))
        href = link("desk.queue", view="all", department=code, category=number_)
        rows.append([Cell(name), count(received, href), count(unsolved)])
    return Table("complaints", _("群众主要反映什么"), columns, rows)


def _members(card: Scorecard, chosen: Filters) -> list[Scorecard]:
    return evaluation.member_scorecards(card.unit.code, chosen.window) if card.method == "composite" else []


@bp.get("/departments/<code>")
@staff(*OFFICIALS, *DEPARTMENT_ROLES)
def department(code: str) -> Any:
    """One department."""
    chosen = filters()
    card = evaluation.department_scorecard(code, chosen.window)
    if card is None:
        raise NotFound(_("没有找到这个单位。"))
    own(code)
    unit, members = card.unit, _members(card, chosen)
    mending = tallies.mending(unit.id, chosen.window, utcnow())
    rates = card.rates(mending.not_replied.total(), mending.not_asked.total())
    points = trends.department_trend(code, chosen.window)
    owned = [u.id for u in catalogue().owned(unit.id) if u.id > 0]
    tables = [
        services_table(chosen, members, with_department=False), first_table(members, chosen),
        changes_table(evaluation.change_of(code, chosen.window), chosen), score_tables.indicator_table(rates),
        trend_table(points), complaints_table(unit.id, code, chosen),
        aside_table(voices.set_aside(chosen.window, owned), within(chosen)),
    ]  # fmt: skip
    if card.parts:
        tables.append(parts_table(card))
    return show(
        "insight/department.html", f"department-{code}", chosen, tables, card=card, words=plain_words(card),
        score_cell=score_tables.score_cell(card), trend=trend_chart(points), waiting=voices.waiting(unit.id),
        comments=voices.comments(owned), tags=voices.bad_tags(unit.id, chosen.window), link=link,
        number=number,
    )  # fmt: skip
