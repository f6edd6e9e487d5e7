"""反映问题: what and where, then a look at it together with neighbours' reports, then the tracking number.

Two steps, because photos cannot travel through a page: they are chosen on the second one, which also sends. All that
was typed travels in hidden fields, so nothing about a draft is kept on the server.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, fields
from typing import Any, BinaryIO, cast

from flask import current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.conduct import is_about_staff
from webapp.domain.consent import CURRENT
from webapp.errors import InvalidInput
from webapp.models import Area
from webapp.queries import places
from webapp.queries import public as queries
from webapp.security import keep_private, public, visitor_identity
from webapp.services import language, locating, merging, reviews, similar, submit
from webapp.views.public import bp
from webapp.views.public.limits import submissions
from webapp.views.public.opened import open_for_me

_ABROAD = 181.0
NOT_ABOUT = "none"


@dataclass
class Typed:
    """What stands in the form, as typed."""

    text: str = ""
    area: str = ""
    address: str = ""
    latitude: str = ""
    longitude: str = ""
    service: str = ""
    review: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    visibility: str = "public"
    anonymous: str = ""
    about_staff: str = ""
    join: str = ""
    about: str = ""
    """code of the service that the second step offered, NOT_ABOUT where the visitor said no, '' before they saw it"""
    draft: str = ""

    @classmethod
    def from_form(cls) -> Typed:
        return cls(**{f.name: request.form.get(f.name, f.default) for f in fields(cls)})  # type: ignore[arg-type]


@bp.get("/report")
@public
def report() -> str:
    """The empty form; ``service`` ties the report to a service, ``review`` starts from the visitor's own review."""
    typed = Typed(draft=secrets.token_hex(8))
    service = queries.service_by_code(request.args.get("service", ""))
    typed.service = service.service_code if service else ""
    if number := request.args.get("review"):
        review = queries.own_review(number, visitor_identity())
        typed.text, typed.review = (review.comment, review.review_id) if review else ("", "")
    return _first(typed, {})


@bp.post("/report")
@submissions
@public
def report_send() -> Any:
    """Step one leads to step two, step two stores; whatever is wrong comes back with everything typed."""
    typed = Typed.from_form()
    if request.form.get("step") != "send":
        error = _missing(typed)
        return (_first(typed, error), 422) if error else _second(typed, {})
    if "back" in request.form:
        return _first(typed, {})
    if typed.draft and session.get("sent_draft") == typed.draft:
        return redirect(url_for("public.report_done"))
    try:
        done = submit.submit_request(_draft(typed))
    except InvalidInput as error:
        if error.field in ("text", "area_code", "code", "address"):
            return _first(typed, {"text" if error.field == "text" else "area": error.message}), 422
        return _second(typed, {error.field or "": error.message}), 422
    number = done.request.service_request_id
    if typed.review and not typed.anonymous:
        reviews.link_case(typed.review, visitor_identity(), done.request)
    session["sent_draft"] = typed.draft
    session["receipt"] = {"number": number, "secret": done.secret}
    if not typed.anonymous:
        # Who wants no trace opens the case with number and secret, wherever they are.
        open_for_me(number)
    return redirect(url_for("public.report_done"))


@bp.get("/report/done")
@public
def report_done() -> str | Response:
    """The tracking number and the secret, for as long as the browser stays open."""
    receipt = session.get("receipt")
    if not receipt:
        return redirect(url_for("public.report"))
    request_ = queries.request_by_number(receipt["number"])
    if request_ is None:
        return redirect(url_for("public.report"))
    keep_private()
    return render_template(
        "public/report_done.html", receipt=receipt, case=request_, lead=merging.lead_of(request_)
    )


@bp.get("/places/at")
@public
def place_at() -> dict[str, Any]:
    """The area at a position that the browser found: code and name, or nothing outside the city."""
    area = _area_at(request.args.get("latitude", ""), request.args.get("longitude", ""))
    if area is None:
        return {"area": None, "message": _("您的位置不在本市范围内，请手动选择地点。")}
    return {"area": area.code, "picked": places.picked(area), "name": places.line_of(area)}


def _area_at(latitude: str, longitude: str) -> Area | None:
    point = _number(latitude), _number(longitude)
    return places.area_at(*point) if max(abs(x) for x in point) < _ABROAD else None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return _ABROAD
    return value if abs(value) < _ABROAD else _ABROAD


def _missing(typed: Typed) -> dict[str, str]:
    text = typed.text.strip()
    if len(text) < 4:
        return {"text": _("请写几句话，说明是什么问题、在什么地方。")}
    if len(text) > submit.MAX_TEXT:
        return {"text": _("内容太长了，请控制在 %(limit)s 字以内。", limit=submit.MAX_TEXT)}
    return {}


def _area(typed: Typed) -> tuple[Area | None, str]:
    """The area and how it was found: chosen, by position, or read in the words. A position may name it more exactly."""
    chosen = places.area_by_code(typed.area)
    at = _area_at(typed.latitude, typed.longitude)
    if at is not None and (chosen is None or at.path.startswith(chosen.path)):
        return at, "position"
    if chosen is not None:
        return chosen, "chosen"
    named = locating.area_named(typed.text, typed.address)
    return named, "words" if named else ""


def _first(typed: Typed, errors: dict[str, str]) -> str:
    return render_template(
        "public/report.html", typed=typed, errors=errors, areas=places.area_options(), max_text=submit.MAX_TEXT,
        service=queries.service_by_code(typed.service) if typed.service else None,
    )  # fmt: skip


def _second(typed: Typed, errors: dict[str, str]) -> str:
    area, how = _area(typed)
    analysis = language.read(typed.text)
    category = queries.nearest_category(analysis.category if analysis else None)
    emergency = bool(analysis and language.urgency_of(analysis) == "emergency")
    # In an emergency one question less; whoever came from a service has said which.
    meant = analysis.service if analysis and not emergency and not typed.service else None
    offered = queries.service_by_code(meant) if meant else None
    neighbours = similar.same_trouble(typed.text, area) if area is not None and area.level >= 3 else []
    return render_template(
        "public/report_check.html", typed=typed, hidden=_hidden(typed), errors=errors, area=area, how=how,
        area_line=places.line_of(area) if area else "", category=category, neighbours=neighbours,
        emergency=emergency, offered=offered, not_about=NOT_ABOUT, photo_limit=current_app.config["PHOTO_LIMIT"],
        consent=CURRENT, seems_about_staff=is_about_staff(typed.text),
        photos_gone=any(f.filename for f in request.files.getlist("photos")),
        service=queries.service_by_code(typed.service) if typed.service else None,
    )  # fmt: skip


def _hidden(typed: Typed) -> dict[str, str]:
    shown = {"contact_name", "contact_phone", "visibility", "join", "about", "anonymous", "about_staff"}
    return {name: value for name, value in asdict(typed).items() if name not in shown}


def _draft(typed: Typed) -> submit.RequestDraft:
    area, how = _area(typed)
    latitude, longitude = _number(typed.latitude), _number(typed.longitude)
    about = "" if typed.about == NOT_ABOUT else typed.about
    here = _area_at(typed.latitude, typed.longitude) is not None
    return submit.RequestDraft(
        text=typed.text, channel="web", identity=None if typed.anonymous else visitor_identity(), address=typed.address,
        anonymous=bool(typed.anonymous), about_staff=bool(typed.about_staff), consent=request.form.get("consent", "")[:12],
        # What the words say, the analysis finds again, and then stands in the history as its finding.
        area_code=area.code if area and how != "words" else None, latitude=latitude if here else None,
        longitude=longitude if here else None, service_code=typed.service or about or None,
        contact_name=typed.contact_name, contact_phone=typed.contact_phone, is_public=typed.visibility == "public",
        merge_into=typed.join, photos=[cast(BinaryIO, f.stream) for f in request.files.getlist("photos") if f.filename],
    )  # fmt: skip
