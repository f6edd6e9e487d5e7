"""``/admin/`` and ``/admin/users``: where administrators start, and the accounts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import STAFF_ROLES, Permission
from webapp.domain.workflow import Role
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import User, utcnow
from webapp.queries import administration as queries
from webapp.queries import second_factor
from webapp.queries.desk import area_choices, department_choices
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import accounts
from webapp.views.admin import bp


@bp.get("/")
@staff(Permission.ADMINISTER)
def home() -> str:
    """What can be administered."""
    return render_template("admin/home.html")


@bp.get("/users")
@staff(Permission.ADMINISTER)
def users() -> str:
    """Accounts, searchable."""
    words, role = request.args.get("words", "").strip()[:60], request.args.get("role", "")
    page = page_number(request.args.get("page"))
    items, total = queries.page_of(queries.users(words, role), page)
    return render_template(
        "admin/users.html",
        users=items,
        total=total,
        page=page,
        page_size=queries.PAGE_SIZE,
        words=words,
        role=role,
        roles=[(r.value, _(r.label)) for r in STAFF_ROLES],
        now=utcnow(),
    )


def _form(user: User | None, values: Any, errors: dict[str, str], status: int = 200) -> Any:
    page = render_template(
        "admin/user.html", user=user, values=values, errors=errors, roles=[(r.value, _(r.label)) for r in STAFF_ROLES],
        departments=department_choices(), areas=area_choices(5), now=utcnow(),
        second_factor=user is not None and second_factor.is_on(user.id),
    )  # fmt: skip
    return page, status


@bp.route("/users/new", methods=["GET", "POST"], defaults={"user_id": None})
@bp.route("/users/<int(max=2147483647):user_id>", methods=["GET", "POST"])
@staff(Permission.ADMINISTER)
def user(user_id: int | None) -> Any:
    """Create or change an account."""
    found = db.session.get(User, user_id) if user_id else None
    if user_id and found is None:
        raise NotFound(_("没有这个账号。"))
    if request.method != "POST":
        return _form(found, _values(found), {})
    form = request.form
    try:
        if form.get("role") not in STAFF_ROLES:
            raise InvalidInput(_("请选择岗位。"), "role")
        accounts.save_user(
            found, username=form.get("username", ""), name=form.get("name", ""), role=Role(form["role"]),
            department_code=form.get("department_code") or None, area_code=form.get("area_code") or None,
            password=form.get("password") or None, active=form.get("active") == "1", by=current_user.id,
        )  # fmt: skip
    except (InvalidInput, Conflict) as problem:
        db.session.rollback()
        return _form(found, form, {problem.field or "": problem.message}, 422)
    flash(_("账号已保存。"), "success")
    return redirect(url_for("admin.users"))


def _values(user: User | None) -> dict[str, str]:
    if user is None:
        return {"active": "1"}
    return {
        "username": user.username, "name": user.name, "role": user.role, "active": "1" if user.active else "",
        "department_code": user.department.code if user.department else "",
        "area_code": user.area.code if user.area else "",
    }  # fmt: skip
