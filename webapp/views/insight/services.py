"""Services: all of them as a table, and one with everything behind its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS, Rating
from webapp.domain.scores import PART_LABELS
from webapp.errors import Forbidden, NotFound
from webapp.models import utcnow
from webapp.queries import evaluation, tallies, trends, voices
from webapp.queries.influence import largest_influence
from webapp.queries.publishing import plain_words
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import GENERAL, catalogue
from webapp.security import staff
from webapp.views.insight import bp, charts, score_tables
from webapp.views.insight.filters import Filters, filters, link, reachable, spanned, within
from webapp.views.insight.page import basis, public_score, show
from webapp.views.insight.tables import Cell, Column, Field, Table, count, number, share

SORTS = ("priority", "low", "high", "code")


def services_table(chosen: Filters, cards: list[Scorecard], with_department: bool = True) -> Table:
    """Scores of services with demand and priority."""
    fields = [
        *score_tables.score_fields(),
        *score_tables.voice_fields(chosen.window),
        *score_tables.demand_fields(),
    ]
    fields.append(score_tables.ratings_field())
    return _table("services", cards, fields, chosen, with_department)


def first_table(chosen: Filters, cards: list[Scorecard]) -> Table:
    """The services that come first, in brief."""
    return _table("first", cards, score_tables.brief_fields(chosen.window), chosen)


def _table(
    key: str, cards: list[Scorecard], fields: Sequence[Field], chosen: Filters, with_department: bool = True
) -> Table:
    return score_tables.card_table(
        key, _("服务事项得分"), cards, fields, within(chosen), _("服务事项"), with_department=with_department,
        caption=_("需求强度：每千次办件的诉求与评价数；优先度 = 需求强度 ×（100 − 得分）。"),
    )  # fmt: skip


def ordered(cards: list[Scorecard], sort: str) -> list[Scorecard]:
    """By priority, by score from below or above (unknown ones last), or by code."""
    if sort == "priority":
        return sorted(cards, key=lambda c: -(c.priority or -1.0))
    if sort == "low":
        return sorted(cards, key=lambda c: 1000.0 if c.score is None else c.score)
    if sort == "high":
        return sorted(cards, key=lambda c: 1.0 if c.score is None else -c.score)
    return sorted(cards, key=lambda c: (c.unit.code.startswith(GENERAL), c.unit.code))


@bp.get("/services")
@staff(Permission.SEE_CITY)
def services() -> Any:
    """All services; district, department, window and order stay in the address."""
    chosen = filters()
    sort = request.args.get("sort", "priority")
    cards = ordered(
        chosen.chosen(evaluation.service_scorecards(chosen.window)), sort if sort in SORTS else "priority"
    )
    known = catalogue()
    owners = [
        (d.code, d.name)
        for d in known.departments.values()
        if d.id in known.owners and chosen.bounds.has_department(d.code)
    ]
    names = {
        "priority": _("先办的在前"), "low": _("得分低的在前"), "high": _("得分高的在前"), "code": _("按编号"),
    }  # fmt: skip
    return show(
        "insight/services.html", "services", chosen, [services_table(chosen, cards)], cards=cards,
        owners=owners, sort=sort, sorts=list(names.items()),
    )  # fmt: skip


def own(department: str) -> None:
    """Heads and clerks see their own department only, officials those of their area. Raises ``Forbidden``."""
    if not reachable().has_department(department):
        raise Forbidden(_("您只能查看本单位、本辖区的评价。"))


def parts_table(card: Scorecard, chosen: Filters) -> Table:
    """E, R, T, V: raw beside adjusted, interval, the cases that they are of, and weight."""
    columns = [
        Column(_("组成部分")), Column(_("原始值"), True), Column(_("校正后"), True), Column(_("区间"), True),
        Column(_("样本数"), True), Column(_("权重"), True),
    ]  # fmt: skip
    rows = [
        [
            Cell(_(PART_LABELS[key])), share(part.raw), share(part.adjusted),
            Cell(f"{part.low * 100:.0f}–{part.high * 100:.0f}%"),
            replace(number(part.n, 0), href=_cases(card, key, chosen)), share(card.weights[key]),
        ]
        for key, part in card.parts.items()
    ]  # fmt: skip
    return Table("parts", _("得分的组成"), columns, rows)


def _cases(card: Scorecard, part: str, chosen: Filters) -> str:
    """The reviews or requests that a part is made of."""
    own = {"view": "all", card.unit.kind: card.unit.code, **spanned(chosen.window)}
    if part == "E":
        general = card.unit.code.startswith(GENERAL)
        return "" if general else link("desk.reviews", votes="1", **own)
    return link("desk.queue", counted="solve_heard" if part == "R" else "clocked", **own)


def ratings_table(card: Scorecard, chosen: Filters) -> Table:
    """Votes per level, each with the reviews behind it."""
    own = {"view": "all", "service": card.unit.code, **spanned(chosen.window)}
    total = card.votes
    rows = [
        [
            Cell(_(RATING_LABELS[Rating(level)])),
            count(card.ratings[level - 1], link("desk.reviews", rating=level, votes="1", **own)),
            share(card.ratings[level - 1] / total if total else None),
        ]
        for level in range(5, 0, -1)
    ]
    rows += [
        [
            Cell(_("系统默认评价（不计）")),
            count(card.counts["defaults"], link("desk.reviews", votes="default", **own)),
            Cell(None, "—"),
        ],
        [
            Cell(_("已搁置（不计）")),
            count(
                card.counts["set_aside"], link("insight.set_aside", service=card.unit.code, **within(chosen))
            ),
            Cell(None, "—"),
        ],
    ]
    return Table(
        "ratings",
        _("五级评价"),
        [Column(_("等级")), Column(_("评价数"), True), Column(_("占比"), True)],
        rows,
    )


def trend_table(points: list[trends.TrendPoint], owner: dict[str, str]) -> Table:
    """The points of the trend as numbers; ``owner``: the desk's filter for whose they are."""
    columns = [
        Column(_("时段")), Column(_("得分"), True), Column(_("区间下限"), True), Column(_("区间上限"), True),
        Column(_("评价数"), True),
    ]  # fmt: skip
    rows = [
        [
            Cell(f"{p.window.first:%Y-%m-%d} – {p.window.last:%m-%d}"),
            number(p.score),
            number(p.low),
            number(p.high),
            count(p.n, link("desk.reviews", view="all", votes="1", **owner, **spanned(p.window))),
        ]
        for p in points
    ]
    return Table("trend", _("走势"), columns, rows)


def trend_chart(points: list[trends.TrendPoint]) -> charts.Trend | None:
    """The same as a line with its band."""
    return charts.trend([(f"{p.window.last:%m-%d}", p.score, p.low, p.high) for p in points])


def aside_table(lines: list[voices.AsideLine], args: dict[str, Any]) -> Table:
    """Set-aside votes by service and reason."""
    columns = [Column(_("服务事项")), Column(_("理由")), Column(_("评价数"), True)]
    rows = [
        [
            Cell(line.service_name, href=score_tables.link("insight.set_aside", service=line.service_code, **args)),
            Cell(reason_label(line.reason)),
            count(line.count, score_tables.link("insight.set_aside", service=line.service_code, **args)),
        ]
        for line in lines
    ]  # fmt: skip
    return Table(
        "set_aside",
        _("已搁置的评价"),
        columns,
        rows,
        _("搁置的评价不计入得分，但不删除，理由公开，可以恢复。"),
    )


def reason_label(reason: str) -> str:
    """Why a vote was set aside."""
    return _(REASON_LABELS[Reason(reason)]) if reason in tuple(Reason) else reason


@bp.get("/services/<code>")
@staff(Permission.SEE_UNIT)
def service(code: str) -> Any:
    """One service: score and parts, indicators, trend, words, set-aside votes."""
    chosen = filters()
    card = evaluation.service_scorecard(code, chosen.window)
    if card is None:
        raise NotFound(_("没有找到这个服务事项。"))
    own(card.unit.department)
    home = catalogue().department(card.unit.department)
    mending = tallies.mending(home.id if home else 0, chosen.window, utcnow())
    rates = card.rates(mending.not_replied[card.unit.id], mending.not_asked[card.unit.id])
    points = trends.service_trend(code, chosen.window)
    tables = [
        parts_table(card, chosen), score_tables.indicator_table(rates, {"service": code}, chosen.window),
        ratings_table(card, chosen), trend_table(points, {"service": code}),
        aside_table(voices.set_aside(chosen.window, [card.unit.id]), within(chosen)),
    ]  # fmt: skip
    return show(
        "insight/service.html", f"service-{code}", chosen, tables, card=card, words=plain_words(card),
        rating_bar=charts.rating_bar(card.ratings), trend=trend_chart(points), score_cell=score_tables.score_cell(card),
        comments=voices.comments([card.unit.id]), home=home, shown=public_score(card), basis=basis(card, chosen),
        one=largest_influence(card.unit.id, chosen.window),
        tags=voices.bad_tags(home.id if home else 0, chosen.window, card.unit.id),
    )  # fmt: skip
