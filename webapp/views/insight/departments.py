"""A department's own page: its score, what moved it, what to do first, what waits, what residents wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.excerpts import excerpt
from webapp.domain.permissions import Permission
from webapp.domain.rounding import rounded_to_sum
from webapp.domain.scores import PART_LABELS, TIER_LABELS, Tier
from webapp.domain.scoring import Contribution
from webapp.errors import NotFound
from webapp.models import utcnow
from webapp.queries import evaluation, gains, peers, tallies, trends, voices, words
from webapp.queries import official as official_queries
from webapp.queries.publishing import plain_words
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import GENERAL, catalogue
from webapp.queries.words import RisingWord
from webapp.security import staff
from webapp.views.filters import masked
from webapp.views.insight import bp, funnels, score_tables
from webapp.views.insight.filters import Filters, filters, link, spanned, within
from webapp.views.insight.official import official_table
from webapp.views.insight.overview import service_quadrant
from webapp.views.insight.page import basis, public_score, show
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
@staff(Permission.SEE_OWN_UNIT)
def own_department() -> Response:
    """The own department's page."""
    if current_user.department is None:
        raise NotFound(_("您的账号还没有所属单位，请联系管理员。"))
    return redirect(url_for("insight.department", code=current_user.department.code))


def cause_text(contribution: Contribution) -> str:
    """What moved a service's share of the score."""
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
    rest = [line.points for line in found[most:]]
    points = rounded_to_sum([*(line.points for line in found[:most]), *([sum(rest)] if rest else [])])
    for line, moved in zip(found[:most], points, strict=False):
        unit = known[int(line.key)]
        general = unit.code.startswith(GENERAL)
        href = "" if general else link("insight.service", code=unit.code, **within(chosen))
        name = _("未归入具体事项的诉求") if general else unit.name
        rows.append([Cell(name, href=href), Cell(cause_text(line)), signed(moved)])
    if rest:
        rows.append([Cell(_("其余各项合计")), Cell(_("各种原因")), signed(points[-1])])
    if found:
        rows.append([Cell(_("合计")), Cell(""), signed(sum(points))])
    return Table("changes", _("为什么变化"), columns, rows, _("各行相加正好等于得分的变化。"))


def _behind(card: Scorecard, part: str, chosen: Filters) -> Cell:
    """The cases that hold a part down."""
    days, own = spanned(chosen.window), {"view": "all", "service": card.unit.code}
    if part == "E":
        bad = {} if card.unit.code.startswith(GENERAL) else own
        return Cell(_("看差评"), href=link("desk.reviews", votes="bad", **bad, **days) if bad else "")
    if part == "R":
        return Cell(_("看没解决的"), href=link("desk.queue", solved="unsolved", **own, **days))
    if part == "T":
        return Cell(_("看超期办结的"), href=link("desk.queue", clock="late", **own, **days))
    return Cell(_("看反复的"), href=link("desk.queue", returned="1", **own, **days))


def first_table(cards: list[Scorecard], chosen: Filters) -> Table:
    """What to do first, with what the department would gain by it, and the cases to begin with."""
    columns = [
        Column(_("服务事项")), Column(_("短板")), Column(_("现在"), True), Column(_("同类平均"), True),
        Column(_("单位得分可提高"), True), Column(_("从哪里下手")),
    ]  # fmt: skip
    rows = [
        [
            Cell(score_tables.unit_name(gain.card), href=score_tables.unit_link(gain.card, within(chosen))),
            Cell(_(PART_LABELS[gain.part])), share(gain.now), share(gain.peers), signed(gain.points),
            _behind(gain.card, gain.part, chosen),
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
        own = {"view": "all", "department": code, "category": number_, **spanned(chosen.window)}
        rows.append([
            Cell(name), count(received, link("desk.queue", **own)),
            count(unsolved, link("desk.queue", solved="unsolved", **own)),
        ])  # fmt: skip
    return Table("complaints", _("群众主要反映什么"), columns, rows)


def words_table(words: Sequence[RisingWord], code: str, chosen: Filters) -> Table:
    """Words that more people use than before, with the requests that hold them."""
    columns = [
        Column(_("词")), Column(_("本期人数"), True), Column(_("上期人数"), True), Column(_("说法变多的倍数"), True),
        Column(_("z 值"), True),
    ]  # fmt: skip
    rows = []
    for word in words:
        line = word.line
        own = {"view": "all", "department": code, "words": line.word, "sort": "newest"}
        rows.append([
            Cell(line.word), count(line.now, link("desk.queue", **own, **spanned(chosen.window))),
            count(line.before, link("desk.queue", **own, **spanned(chosen.window.before()))),
            number(line.ratio), number(line.z),
        ])  # fmt: skip
    return Table(
        "words", _("比上期说得多的词"), columns, rows,
        _("按人数计，一个人说多次只算一次；对数优势比加信息先验（Monroe 等，2008），误报控制在一成以内。")
        + _("点人数看含这个词的诉求。"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """Masked words of a request around a rising word, in pieces (text, is the word), and where the case is."""

    word: str
    pieces: Sequence[tuple[str, bool]]
    href: str


def word_examples(found: Sequence[RisingWord], most: int = 8) -> list[Example]:
    """A few requests that hold the words, masked."""
    requests = words.examples(found[:most])
    shown: list[Example] = []
    for word in found[:most]:
        # The word may stand in a request as it was said, not as it was cut: then it is no example.
        for number_ in word.examples:
            pieces = (
                excerpt(masked(requests[number_].text), [word.line.word], 70) if number_ in requests else []
            )
            if pieces and number_ not in {e.href.rsplit("/", 1)[-1] for e in shown}:
                shown.append(Example(word.line.word, pieces, link("desk.case", number=number_)))
                break
    return shown


def _peer_link(chosen: Filters) -> Callable[[Scorecard], str]:
    """The page of a department if this member of staff may see it, else ""."""
    args = within(chosen)
    return lambda card: score_tables.unit_link(card, args) if chosen.reaches(card) else ""


def _members(card: Scorecard, chosen: Filters) -> list[Scorecard]:
    return evaluation.member_scorecards(card.unit.code, chosen.window) if card.method == "composite" else []


def _tiers(chosen: Filters) -> list[tuple[str, int]]:
    """How many departments stand in each tier: all of them, without names."""
    cards = [c for c in evaluation.department_scorecards(chosen.window) if c.method == "composite"]
    return [(_(TIER_LABELS[tier]), sum(c.tier is tier for c in cards)) for tier in Tier]


@bp.get("/departments/<code>")
@staff(Permission.SEE_UNIT)
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
        changes_table(evaluation.change_of(code, chosen.window), chosen),
        score_tables.indicator_table(rates, {"department": code}, chosen.window),
        trend_table(points, {"department": code}), complaints_table(unit.id, code, chosen),
        aside_table(voices.set_aside(chosen.window, owned), within(chosen)),
    ]  # fmt: skip
    tables.append(official_table(card, official_queries.comparisons(chosen.window).get(code, ())))
    if card.parts:
        tables.append(parts_table(card, chosen))
    risen = words.rising_words(unit.id, chosen.window)
    everybody, href = peers.department_peers(chosen.window), _peer_link(chosen)
    tables += [words_table(risen, code, chosen), funnels.funnel_table(everybody, href, own=code)]
    return show(
        "insight/department.html", f"department-{code}", chosen, tables, card=card, words=plain_words(card),
        score_cell=score_tables.score_cell(card), trend=trend_chart(points), waiting=voices.waiting(unit.id),
        comments=voices.comments(owned), tags=voices.bad_tags(unit.id, chosen.window), link=link,
        number=number, shown=public_score(card), basis=basis(card, chosen), quadrant=service_quadrant(members, within(chosen)),
        examples=word_examples(risen), funnel=funnels.funnel_chart(everybody, href, code), tier_words=_tiers(chosen),
    )  # fmt: skip
