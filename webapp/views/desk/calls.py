"""``/desk/new``: one screen while a resident is on the phone."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp import crypto
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput
from webapp.queries import desk as queries
from webapp.queries.similar import Similar
from webapp.security import DEPARTMENT_ROLES, staff
from webapp.services import calls, casework, locating
from webapp.services.actor import Actor
from webapp.services.similar import same_trouble
from webapp.services.submit import RequestDraft
from webapp.views.desk import bp
from webapp.views.desk.presenting import read_area

JUST_TAKEN = "just_taken"
CHANNEL_OF = {Role.GRID_WORKER: "grid"}


def _draft() -> RequestDraft:
    form = request.form
    digits = crypto.phone_digits(form.get("contact_phone", ""))
    return RequestDraft(
        text=form.get("text", ""), channel=CHANNEL_OF.get(Role(current_user.role), "hotline"),
        identity=crypto.keyed_hash("phone-identity", digits) if digits else None,
        address=form.get("address", ""), area_code=form.get("area_code") or _own_area(),
        category_code=form.get("category_code") or None, contact_name=form.get("contact_name", ""),
        contact_phone=form.get("contact_phone", ""), is_public=form.get("is_public") == "1",
    )  # fmt: skip


def _own_area() -> str | None:
    """Code of a grid worker's own area, where they chose none and their words name none."""
    if current_user.role != Role.GRID_WORKER or current_user.area is None:
        return None
    named = locating.area_named(request.form.get("text", ""), request.form.get("address", ""))
    return None if named else current_user.area.code


@bp.route("/new", methods=["GET", "POST"])
@staff(*DEPARTMENT_ROLES, Role.HOTLINE_AGENT, Role.DISPATCHER, Role.GRID_WORKER)
def new_call() -> str | Response | tuple[str, int]:
    """Take down a call; what the system made of it is shown once it is stored."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            done = calls.take_down(_draft(), Actor.of(current_user))
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            session[JUST_TAKEN] = (done.request.service_request_id, done.secret)
            return redirect(url_for("desk.new_call"))
    page = render_template(
        "desk/new.html", typed=request.form, errors=errors, areas=queries.area_choices(5),
        categories=queries.category_choices(), **_just_taken(),
    )  # fmt: skip
    return (page, 422) if errors else page


def _just_taken() -> dict[str, object]:
    """The call stored a moment ago: its number and secret to tell the caller, and what the system made of it."""
    number, secret = session.pop(JUST_TAKEN, (None, None))
    if number is None:
        return {"taken": None}
    item = casework.find(number)
    similar: list[Similar] = same_trouble(item.text, item.area, exclude_id=item.id)
    # The case of another department is told to the caller, but not opened to whoever took it down.
    return {
        "taken": item, "secret": secret, "similar": similar, "area_read": read_area(item),
        "may_open": casework.may_see(item, Actor.of(current_user)),
    }  # fmt: skip
