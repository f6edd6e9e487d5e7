"""What residents come with: counts per category, how they changed, and early hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.domain.scores import UnitScore
from webapp.queries.categories import DIGITS, HISTORY_WEEKS, CategoryLine, Hint, early_hints
from webapp.queries.category_scores import category_scores
from webapp.queries.tallies import Window
from webapp.security import staff
from webapp.views.insight import bp
from webapp.views.insight.filters import Filters, filters, link, spanned
from webapp.views.insight.findings import hint_core
from webapp.views.insight.page import show
from webapp.views.insight.tables import Cell, Column, Table, count, number, share


def _moved(line: CategoryLine) -> Cell:
    if line.moved > 0:
        return Cell(_("明显增加"), badge="badge-warn")
    if line.moved < 0:
        return Cell(_("明显减少"), badge="badge-info")
    return Cell(_("没有明显变化"), badge="badge-plain")


def _score(score: UnitScore | None) -> list[Cell]:
    """Score with its interval, and the raw score."""
    if score is None or score.score is None or score.low is None or score.high is None:
        return [Cell(None, _("数据不足")), Cell("—")]
    span = _("%(low)s–%(high)s", low=f"{score.low:.0f}", high=f"{score.high:.0f}")
    return [Cell(round(score.score, 1), f"{score.score:.1f}", note=span), number(score.raw_score)]


def categories_table(
    lines: Sequence[CategoryLine], chosen: Filters, scores: Mapping[str, UnitScore] | None = None
) -> Table:
    """Requests per category against the window before, and its score by the parts that requests have."""
    place, days = chosen.place(), spanned(chosen.window)
    columns = [
        Column(_("诉求分类")), Column(_("编号"), screen=False), Column(_("大类")), Column(_("诉求数"), True),
        Column(_("上期"), True), Column(_("与上期之比"), True), Column(_("变化")), Column(_("解决率"), True),
        Column(_("按期办结"), True), Column(_("附议人数"), True),
    ]  # fmt: skip
    caption = _("“明显”指比值的 95% 区间不含 1，即变化大于偶然波动。")
    if scores is not None:
        columns += [Column(_("得分"), True), Column(_("原始分"), True)]
        caption += _("分类没有评价，得分由问题解决、按期办理、不再反复三部分得出。")
    rows = []
    for line in lines:
        done = line.counts["on_time"] + line.counts["late"]
        here: dict[str, Any] = {"view": "all", "category": line.code, "area": place.code if place else ""}
        solved = share(line.resolution.value)
        rows.append([
            Cell(line.name), Cell(line.code), Cell(line.group),
            count(line.received, link("desk.queue", **here, **days)),
            count(line.before, link("desk.queue", **here, **spanned(chosen.window.before()))),
            number(line.ratio, 2), _moved(line),
            replace(solved, href=link("desk.queue", solved="unsolved", **here, **days) if line.resolution.denominator else ""),
            replace(
                share(line.counts["on_time"] / done if done else None),
                href=link("desk.queue", clock="late", **here, **days) if done else "",
            ),
            count(line.counts["supporters"], link("desk.queue", sort="supporters", **here, **days)),
            *([] if scores is None else _score(scores.get(line.code))),
        ])  # fmt: skip
    return Table("categories", _("诉求分类"), columns, rows, caption)


def _week(day: date) -> dict[str, str]:
    return spanned(Window.ending(day, 7))


def hints_table(hints: Sequence[Hint], day: date) -> Table:
    """Early hints of the week up to ``day``: a category in a place above its own history."""
    columns = [
        Column(_("诉求分类")), Column(_("区域")), Column(_("近 7 天"), True), Column(_("按以往预计"), True),
        Column(_("集中在")), Column(_("近几周走势（旧→新）")),
    ]  # fmt: skip
    rows = [
        [
            Cell(hint.category_name), Cell(hint.area_name),
            count(hint.count, link("desk.queue", view="all", category=hint.category, area=hint.area, **_week(day))),
            number(hint.expected), Cell(hint_core(hint) or "—"), Cell(" ".join(str(n) for n in hint.weeks[-8:])),
        ]
        for hint in hints
    ]  # fmt: skip
    return Table(
        "hints", _("苗头提示"), columns, rows,
        _("与同一分类、同一区域此前 %(weeks)s 周相比明显偏多。", weeks=HISTORY_WEEKS)
        + _("已扣除星期、节假日和往年同季的影响。")
        + _("全市平静时平均每月会有一两条误报，请先看内容再下结论；只提示地点和问题，不针对任何人。"),
    )  # fmt: skip


@bp.get("/categories")
@staff(Permission.SEE_CITY)
def categories() -> Any:
    """Categories of one level of the tree; early hints above them."""
    chosen = filters()
    level = request.args.get("level", 2, type=int)
    level = level if level in (1, 2, 3) else 2
    hints = [h for h in early_hints(chosen.window.last) if chosen.bounds.has_area(h.area)]
    # Scores are those of the whole city: not for who sees a part of it.
    scores = None if chosen.bounds.own else category_scores(chosen.window, DIGITS[level])
    tables = [hints_table(hints, chosen.window.last), categories_table(chosen.demand(level), chosen, scores)]
    return show("insight/categories.html", "categories", chosen, tables, level=level)
