"""What residents come with: counts per category, how they changed, and early hints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.queries.categories import HISTORY_WEEKS, CategoryLine, Hint, category_demand, early_hints
from webapp.security import staff
from webapp.views.insight import bp
from webapp.views.insight.filters import OFFICIALS, filters, link
from webapp.views.insight.findings import hint_core
from webapp.views.insight.page import show
from webapp.views.insight.tables import Cell, Column, Table, count, number, share


def _moved(line: CategoryLine) -> Cell:
    if line.moved > 0:
        return Cell(_("明显增加"), badge="badge-warn")
    if line.moved < 0:
        return Cell(_("明显减少"), badge="badge-info")
    return Cell(_("没有明显变化"), badge="badge-plain")


def categories_table(lines: Sequence[CategoryLine], district: str = "") -> Table:
    """Requests per category against the window before."""
    columns = [
        Column(_("诉求分类")), Column(_("编号"), screen=False), Column(_("大类")), Column(_("诉求数"), True),
        Column(_("上期"), True), Column(_("与上期之比"), True), Column(_("变化")), Column(_("解决率"), True),
        Column(_("按期办结"), True), Column(_("附议人数"), True),
    ]  # fmt: skip
    rows = []
    for line in lines:
        done = line.counts["on_time"] + line.counts["late"]
        rows.append([
            Cell(line.name), Cell(line.code), Cell(line.group),
            count(line.received, link("desk.queue", view="all", category=line.code, area=district)), count(line.before),
            number(line.ratio, 2), _moved(line), share(line.resolution.value),
            share(line.counts["on_time"] / done if done else None), count(line.counts["supporters"]),
        ])  # fmt: skip
    return Table(
        "categories", _("诉求分类"), columns, rows,
        _("“明显”指比值的 95% 区间不含 1，即变化大于偶然波动。"),
    )  # fmt: skip


def hints_table(hints: Sequence[Hint]) -> Table:
    """Early hints: a category in a place above its own history."""
    columns = [
        Column(_("诉求分类")), Column(_("区域")), Column(_("近 7 天"), True), Column(_("按以往预计"), True),
        Column(_("集中在")), Column(_("近几周走势（旧→新）")),
    ]  # fmt: skip
    rows = [
        [
            Cell(hint.category_name), Cell(hint.area_name),
            count(hint.count, link("desk.queue", view="all", category=hint.category, area=hint.area, sort="newest")),
            number(hint.expected), Cell(hint_core(hint) or "—"), Cell(" ".join(str(n) for n in hint.weeks[-8:])),
        ]
        for hint in hints
    ]  # fmt: skip
    return Table(
        "hints", _("苗头提示"), columns, rows,
        _("与同一分类、同一区域此前 %(weeks)s 周相比明显偏多。", weeks=HISTORY_WEEKS)
        + _("全市平静时平均每月会有一两条误报，请先看内容再下结论；只提示地点和问题，不针对任何人。"),
    )  # fmt: skip


@bp.get("/categories")
@staff(*OFFICIALS)
def categories() -> Any:
    """Categories of one level of the tree; early hints above them."""
    chosen = filters()
    level = request.args.get("level", 2, type=int)
    level = level if level in (1, 2, 3) else 2
    lines = category_demand(chosen.window, level)
    tables = [hints_table(early_hints(chosen.window.last)), categories_table(lines)]
    return show("insight/categories.html", "categories", chosen, tables, level=level)
