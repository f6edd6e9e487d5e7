"""``/desk/new``: one screen while a resident is on the phone."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp import crypto
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput
from webapp.queries import desk as queries
from webapp.security import DEPARTMENT_ROLES, staff
from webapp.services.submit import RequestDraft, submit_request
from webapp.views.desk import bp


@bp.route("/new", methods=["GET", "POST"])
@staff(*DEPARTMENT_ROLES, Role.HOTLINE_AGENT, Role.DISPATCHER, Role.GRID_WORKER)
def new_call() -> str | Response | tuple[str, int]:
    """Take down a call; category, urgency and department are suggested once it is stored."""
    form, errors = request.form, {}
    if request.method == "POST":
        phone = form.get("contact_phone", "")
        digits = crypto.phone_digits(phone)
        draft = RequestDraft(
            text=form.get("text", ""), channel="hotline",
            identity=crypto.keyed_hash("phone-identity", digits) if digits else None,
            address=form.get("address", ""), area_code=form.get("area_code") or None,
            category_code=form.get("category_code") or None, contact_name=form.get("contact_name", ""),
            contact_phone=phone, is_public=form.get("is_public") == "1",
        )  # fmt: skip
        try:
            done = submit_request(draft)
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            number, secret = done.request.service_request_id, done.secret
            flash(
                _("已登记。请告诉来电人：编号 %(number)s，查询码 %(secret)s。", number=number, secret=secret),
                "success",
            )
            return redirect(url_for("desk.new_call"))
    page = render_template(
        "desk/new.html",
        typed=form,
        errors=errors,
        areas=queries.area_choices(4),
        categories=queries.category_choices(),
    )
    return (page, 422) if errors else page
