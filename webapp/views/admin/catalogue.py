"""``/admin/<kind>``: services, departments, categories and areas: one list and one form for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.rating import SCOPE_LABELS
from webapp.domain.text import N_
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Area, Category, Department, Service
from webapp.queries import administration as queries
from webapp.queries.desk import area_choices, category_choices, department_choices
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import administration as service
from webapp.views.admin import bp


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing: its list, how a form value reads from it, and what saves it."""

    title: str
    model: Any
    code: str
    listed: Callable[[str], Any]
    values: Callable[[Any], dict[str, Any]]
    save: Callable[[Any, Mapping[str, str], int], Any]
    may_add: bool = True


def _flag(value: bool) -> str:
    return "1" if value else ""


def _service_values(s: Service) -> dict[str, Any]:
    return {
        "service_code": s.service_code, "name": s.name, "department_code": s.department.code, "scope": s.scope,
        "category_code": s.category.code if s.category else "", "nicknames": "\n".join(s.nicknames or []),
        "materials": "\n".join(s.materials or []), "description": s.description, "place": s.place, "hours": s.hours,
        "phone": s.phone, "monthly_uses": s.monthly_uses, "is_active": _flag(s.is_active),
    }  # fmt: skip


def _department_values(d: Department) -> dict[str, Any]:
    return {
        "code": d.code, "name": d.name, "short_name": d.short_name, "phone": d.phone, "area_code": d.area.code,
        "parent_code": d.parent.code if d.parent else "", "is_active": _flag(d.is_active),
    }  # fmt: skip


def _category_values(c: Category) -> dict[str, Any]:
    return {"code": c.code, "name": c.name, "is_active": _flag(c.is_active)}


def _area_values(a: Area) -> dict[str, Any]:
    return {
        "code": a.code, "name": a.name, "population": a.population, "nicknames": "\n".join(a.nicknames or []),
        "parent_code": a.parent.code if a.parent else "",
    }  # fmt: skip


KINDS = {
    "services": Kind(N_("服务事项"), Service, "service_code", queries.services, _service_values, service.save_service),
    "departments": Kind(N_("单位管理"), Department, "code", queries.departments, _department_values, service.save_department),
    "categories": Kind(N_("诉求分类"), Category, "code", queries.categories, _category_values, service.save_category, False),
    "areas": Kind(N_("区划管理"), Area, "code", queries.areas, _area_values, service.save_area),
}  # fmt: skip
_KIND = "<any(services,departments,categories,areas):kind>"


@bp.get(f"/{_KIND}")
@staff(Permission.ADMINISTER)
def catalogue(kind: str) -> str:
    """One list, searchable."""
    words = request.args.get("words", "").strip()[:60]
    page = page_number(request.args.get("page"))
    rows, total = queries.page_of(KINDS[kind].listed(words), page)
    return render_template(
        "admin/catalogue.html", kind=kind, title=_(KINDS[kind].title), rows=rows, total=total, page=page,
        page_size=queries.PAGE_SIZE, words=words, code=KINDS[kind].code, may_add=KINDS[kind].may_add,
    )  # fmt: skip


def _form(kind: str, item: Any, values: Any, errors: dict[str, str], status: int = 200) -> Any:
    page = render_template(
        "admin/catalogue_form.html", kind=kind, title=_(KINDS[kind].title), item=item, values=values, errors=errors,
        scopes=[(s.value, _(text)) for s, text in SCOPE_LABELS.items()], departments=department_choices(),
        areas=area_choices(5), categories=category_choices() if kind == "services" else [],
    )  # fmt: skip
    return page, status


@bp.route(f"/{_KIND}/new", methods=["GET", "POST"], defaults={"code": None})
@bp.route(f"/{_KIND}/<code>", methods=["GET", "POST"])
@staff(Permission.ADMINISTER)
def catalogue_item(kind: str, code: str | None) -> Any:
    """Create or change one thing."""
    what = KINDS[kind]
    item = None
    if code is not None:
        item = db.session.scalar(db.select(what.model).where(getattr(what.model, what.code) == code))
    if item is None and (code is not None or not what.may_add):
        raise NotFound(_("没有找到这一项。"))
    if request.method != "POST":
        return _form(kind, item, what.values(item) if item else {"is_active": "1", "scope": "per_visit"}, {})
    try:
        what.save(item, request.form, current_user.id)
    except (InvalidInput, Conflict) as problem:
        db.session.rollback()
        return _form(kind, item, request.form, {problem.field or "": problem.message}, 422)
    flash(_("已保存。"), "success")
    return redirect(url_for("admin.catalogue", kind=kind))
