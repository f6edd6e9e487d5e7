"""热点: what many people report at once, and which lasting troubles would be worth a month of the city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.i18n import local
from webapp.models import Topic
from webapp.queries import monthly as queries
from webapp.queries.monthly import Candidate
from webapp.security import staff
from webapp.views.insight import bp
from webapp.views.insight.filters import Filters, filters, link, spanned
from webapp.views.insight.page import show
from webapp.views.insight.tables import Cell, Column, Table, count


def candidates_table(found: Sequence[Candidate], chosen: Filters) -> Table:
    """Common, widespread, lasting and unsolved kinds of trouble, with the way to take one on."""
    place = chosen.place()
    columns = [
        Column(_("诉求分类")), Column(_("大类")), Column(_("本期诉求"), True), Column(_("上期"), True),
        Column(_("涉及街道"), True), Column(_("解决率")), Column(_("估计没解决的"), True), Column(_("每月一题")),
    ]  # fmt: skip
    rows = []
    for line in found:
        t = line.trouble
        here: dict[str, Any] = {"view": "all", "category": t.key, "area": place.code if place else ""}
        days = spanned(chosen.window)
        rate = (
            "—"
            if t.solved is None
            else f"{t.solved * 100:.0f}% ({t.solved_low * 100:.0f}–{t.solved_high * 100:.0f}%)"
        )
        rows.append([
            Cell(line.name), Cell(line.group), count(t.received, link("desk.queue", **here, **days)),
            count(t.before, link("desk.queue", **here, **spanned(chosen.window.before()))), count(t.places),
            Cell(rate, href=link("desk.queue", solved="unsolved", **here, **days)),
            Cell(round(t.unsolved), note=f"{t.unsolved_low:.0f}–{t.unsolved_high:.0f}"),
            Cell(_("定为题目"), href=link("insight.new_monthly", category=t.key)),
        ])  # fmt: skip
    return Table(
        "candidates", _("每月一题候选"), columns, rows,
        _("入选条件：本期至少 20 件、涉及至少 3 个街道、上期也有一半以上（不是突发）、回访答复够数。")
        + _("按“估计没解决的”下限从多到少排列。"),
    )  # fmt: skip


def topics_table(found: Sequence[Topic]) -> Table:
    """Hot topics of the last 30 days, each with its cases and where they stand."""
    columns = [
        Column(_("热点")), Column(_("区域")), Column(_("诉求分类")), Column(_("人数"), True), Column(_("诉求数"), True),
        Column(_("附议人数"), True), Column(_("涉及社区"), True), Column(_("时间")), Column(_("还在办"), True),
        Column(_("说没解决"), True), Column(_("每月一题")),
    ]  # fmt: skip
    standings, adopted = queries.standings([t.id for t in found]), queries.adopted_hot_topics()
    rows = []
    for topic in found:
        at = standings.get(topic.id)
        cases = {"view": "all", "topic": topic.id, "sort": "newest"}
        rows.append([
            Cell(topic.title, href=link("desk.queue", **cases)),
            Cell(topic.area.name, under=topic.place), Cell(topic.category.name if topic.category else _("未分类")),
            count(topic.people, link("desk.queue", **cases)), count(topic.requests, link("desk.queue", **cases)),
            count(topic.supporters, link("desk.queue", **{**cases, "sort": "supporters"})),
            count(topic.communities), Cell(_span(topic)),
            count(at.open if at else 0, link("desk.queue", **{**cases, "view": "todo"})),
            count(at.unsolved if at else 0, link("desk.queue", **cases, solved="unsolved")),
            Cell(_("已定"), href=link("insight.monthly_topic", topic_id=adopted[topic.id])) if topic.id in adopted
            else Cell(_("定为题目"), href=link("insight.new_monthly", hot=topic.id)),
        ])  # fmt: skip
    return Table(
        "topics", _("热点问题"), columns, rows,
        _("最近 30 天内容相近的诉求自动归在一起，每小时更新；按热度排列。涉及投诉单位自身的诉求不参与。"),
    )  # fmt: skip


def _span(topic: Topic) -> str:
    """First and last day, on one line."""
    return f"{local(topic.since):%m.%d}\u2060–\u2060{local(topic.until):%m.%d}"


@bp.get("/topics")
@staff(Permission.SEE_CITY)
def hot_topics() -> Any:
    """Candidates for the month, and hot topics."""
    chosen = filters()
    place = chosen.place()
    area = place.id if place else None
    found = queries.hot_topics(area)
    tables = [candidates_table(queries.proposed(chosen.window, area), chosen), topics_table(found)]
    return show(
        "insight/topics.html", "topics", chosen, tables, found_at=found[0].found_at if found else None
    )
