"""``/admin/rules``: which department answers for which category where, and a way to try it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Area, Category, DispatchRule
from webapp.queries import administration as queries
from webapp.queries import dispatching
from webapp.queries.desk import area_choices, category_choices, department_choices, top_categories
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import administration as service
from webapp.services import dispatch
from webapp.views.admin import bp


def _tried() -> dict[str, Any]:
    """Who would get a case of the category and area in the address."""
    category = db.session.scalar(
        db.select(Category).where(Category.code == request.args.get("try_category", ""))
    )
    area = db.session.scalar(db.select(Area).where(Area.code == request.args.get("try_area", "")))
    if category is None or area is None:
        return {}
    return {"category": category, "area": area, "department": dispatch.responsible_department(category, area)}


def _record() -> Callable[[DispatchRule], dispatching.RuleRecord]:
    """What became of the cases that a rule sent to its department."""
    records = dispatching.rule_records()
    nothing = dispatching.RuleRecord()
    return lambda rule: records.get((rule.category_id, rule.area_id, rule.department_id), nothing)


def _page(values: Any, errors: dict[str, str], status: int = 200) -> Any:
    words = request.args.get("words", "").strip()[:60]
    page = page_number(request.args.get("page"))
    rows, total = queries.page_of(queries.rules(words), page)
    return (
        render_template(
            "admin/rules.html", rows=rows, total=total, page=page, page_size=queries.PAGE_SIZE, words=words,
            categories=[*top_categories(), *category_choices()], areas=area_choices(5),
            departments=department_choices(), values=values, errors=errors, tried=_tried(),
            record=_record(), suggestions=dispatching.suggestions(),
        ),
        status,
    )  # fmt: skip


@bp.get("/rules")
@staff(Permission.SEE_RULES)
def rules() -> Any:
    """The mapping, searchable."""
    return _page({}, {})


@bp.post("/rules")
@staff(Permission.ADMINISTER)
def save_rule() -> Any:
    """Set a rule (an existing one for the same category and area is replaced)."""
    try:
        service.save_rule(request.form, current_user.id)
    except InvalidInput as problem:
        db.session.rollback()
        return _page(request.form, {problem.field or "": problem.message}, 422)
    flash(_("规则已保存，五秒内生效。"), "success")
    return redirect(url_for("admin.rules"))


@bp.post("/rules/<int(max=2147483647):rule_id>/delete")
@staff(Permission.ADMINISTER)
def delete_rule(rule_id: int) -> Any:
    """Remove a rule; the next more general one then decides."""
    service.delete_rule(rule_id, current_user.id)
    flash(_("规则已删除。"), "success")
    return redirect(url_for("admin.rules"))
