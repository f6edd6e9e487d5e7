"""``/desk/new``: one screen while a resident is on the phone."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp import crypto
from webapp.domain.consent import CURRENT
from webapp.domain.permissions import Permission
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput
from webapp.queries import desk as queries
from webapp.queries.similar import Similar
from webapp.security import staff
from webapp.services import calls, casework, locating, merging
from webapp.services.actor import Actor
from webapp.services.hints import Hints, hints
from webapp.services.similar import same_trouble
from webapp.services.submit import RequestDraft
from webapp.views.desk import bp, hint_words
from webapp.views.desk.presenting import REQUEST_TYPES, URGENCIES, read_area

JUST_TAKEN = "just_taken"
CHANNEL_OF = {Role.GRID_WORKER: "grid"}
# An agent may only raise what the words say; without a choice the language layer decides.
RAISED = ("urgent", "emergency")


def _draft() -> RequestDraft:
    form = request.form
    digits = crypto.phone_digits(form.get("contact_phone", ""))
    kind, urgency = form.get("request_type", ""), form.get("urgency", "")
    return RequestDraft(
        text=form.get("text", ""), channel=CHANNEL_OF.get(Role(current_user.role), "hotline"),
        identity=crypto.keyed_hash("phone-identity", digits) if digits else None,
        address=form.get("address", ""), area_code=form.get("area_code") or _own_area(),
        category_code=form.get("category_code") or None, contact_name=form.get("contact_name", ""),
        contact_phone=form.get("contact_phone", ""), is_public=form.get("is_public") == "1",
        anonymous=form.get("anonymous") == "1", about_staff=form.get("about_staff") == "1",
        consent=form.get("consent", "")[:12],
        request_type=kind if kind in REQUEST_TYPES else "", urgency=urgency if urgency in RAISED else "normal",
        merge_into=form.get("merge_into", "").strip(),
    )  # fmt: skip


def _own_area() -> str | None:
    """Code of a grid worker's own area, where they chose none and their words name none."""
    if current_user.role != Role.GRID_WORKER or current_user.area is None:
        return None
    named = locating.area_named(request.form.get("text", ""), request.form.get("address", ""))
    return None if named else current_user.area.code


@bp.route("/new", methods=["GET", "POST"])
@staff(Permission.TAKE_DOWN)
def new_call() -> Any:
    """Take down a call; what the system made of it is shown once it is stored.

    The button ``look`` stores nothing: it shows the suggestions that a browser with JavaScript gets while typing.
    """
    errors: dict[str, str] = {}
    looks = request.method == "POST" and "look" in request.form
    if request.method == "POST" and not looks:
        try:
            done = calls.take_down(_draft(), Actor.of(current_user))
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            session[JUST_TAKEN] = (done.request.service_request_id, done.secret)
            return redirect(url_for("desk.new_call"))
    shown: dict[str, Any] = {"typed": request.form, **(_shown(_hints()) if looks else {}), **_just_taken()}
    page = render_template(
        "desk/new.html", **shown, errors=errors, areas=queries.area_choices(5),
        categories=queries.category_choices(), consent=CURRENT,
        request_types=[(key, _(text)) for key, text in REQUEST_TYPES.items()],
        urgencies=[(key, _(URGENCIES[key])) for key in RAISED],
    )  # fmt: skip
    return (page, 422) if errors else page


@bp.post("/new/suggest")
@staff(Permission.TAKE_DOWN)
def suggest() -> Response:
    """Suggestions for the form as typed so far, as JSON; ``panel`` and ``alert`` are what the page shows of them.

    A POST, so that a caller's words stand in no address and no log.
    """
    found = _hints()
    reading = found.reading
    return jsonify(
        categories=[{"code": c.code, "name": c.name, "share": round(c.share, 3)} for c in reading.categories],
        request_type=reading.request_type,
        urgency=reading.urgency,
        reasons=hint_words.reasons(reading.reasons),
        area={"code": found.area.area.code, "name": found.area.area.name, "sure": found.area.sure}
        if found.area else None,
        similar=[hit.request.service_request_id for hit in found.similar],
        services=[service.service_code for service in found.services],
        replies=[reply.number for reply in found.replies],
        alert=render_template("desk/call_alert.html", **_shown(found)),
        panel=render_template("desk/call_hints.html", **_shown(found)),
    )  # fmt: skip


def _hints() -> Hints:
    form = request.form
    return hints(form.get("text", ""), form.get("address", "")[:200], form.get("area_code", "")[:20])


def _shown(found: Hints) -> dict[str, Any]:
    return {
        "hints": found, "reasons": hint_words.reasons(found.reading.reasons),
        "advice": hint_words.advice(found.reading.reasons), "typed": request.form,
    }  # fmt: skip


def _just_taken() -> dict[str, object]:
    """The call stored a moment ago: its number and secret to tell the caller, and what the system made of it."""
    number, secret = session.pop(JUST_TAKEN, (None, None))
    if number is None:
        return {"taken": None}
    item = casework.find(number)
    joined = merging.lead_of(item) if item.merged_into else None
    similar: list[Similar] = [] if joined else same_trouble(item.text, item.area, exclude_id=item.id)
    # The case of another department is told to the caller, but not opened to whoever took it down.
    return {
        "taken": item, "secret": secret, "similar": similar, "area_read": read_area(item), "joined": joined,
        "may_open": casework.may_see(item, Actor.of(current_user)),
    }  # fmt: skip
