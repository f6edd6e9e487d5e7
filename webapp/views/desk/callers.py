"""``/desk/callers``: a caller's earlier cases by their number. Posted, so that no number stands in an address or a log."""

from __future__ import annotations

from flask import render_template, request
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput
from webapp.security import staff
from webapp.services import callers as service
from webapp.services import casework
from webapp.services.actor import Actor
from webapp.views.desk import bp

ROLES = (Role.HOTLINE_AGENT, Role.DISPATCHER, Role.REVIEWER)


@bp.route("/callers", methods=["GET", "POST"])
@staff(Permission.LOOK_UP_CALLER)
def callers() -> str | tuple[str, int]:
    """The question, and what was found."""
    if request.method == "GET":
        return render_template("desk/callers.html", found=None, phone="", errors={})
    # The screen of a call sends its own form along.
    phone = request.form.get("phone") or request.form.get("contact_phone", "")
    actor = Actor.of(current_user)
    try:
        found = service.cases_of(phone, actor)
    except InvalidInput as problem:
        page = render_template(
            "desk/callers.html", found=None, phone=phone, errors={"phone": problem.message}
        )
        return page, 422
    may_open = {item.id for item in found if casework.may_see(item, actor)}
    return render_template("desk/callers.html", found=found, phone=phone, errors={}, may_open=may_open)
