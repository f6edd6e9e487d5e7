"""``requests.json|xml``: list, look up, and report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from webapp.api.open311 import bp
from webapp.api.open311.formats import error, render, w3c
from webapp.domain.consent import CURRENT
from webapp.domain.workflow import Status
from webapp.errors import MinpingError
from webapp.extensions import db, limiter
from webapp.models import Category, Service, ServiceRequest, utcnow
from webapp.queries.masking import masked_for
from webapp.security import public, visitor_identity
from webapp.services.submit import RequestDraft, submit_request

CLOSED = (Status.CLOSED.value, Status.MERGED.value, Status.OUT_OF_SCOPE.value)
MAX_SPAN = timedelta(days=90)
LIMIT = 1000


def _entry(item: ServiceRequest) -> dict[str, Any]:
    kind = item.service.service_code if item.service else item.category.code[:4] if item.category else "99"
    name = item.service.name if item.service else item.category.name if item.category else ""
    known = (
        item.received_at, item.assigned_at, item.accepted_at, item.responded_at, item.paused_at, item.supervised_at,
        item.resolved_at, item.closed_at,
    )  # fmt: skip
    changed = max(moment for moment in known if moment is not None)
    return {
        "service_request_id": item.service_request_id, "status": "closed" if item.status in CLOSED else "open",
        "status_notes": item.status, "service_name": name, "service_code": kind,
        "description": masked_for(item.text, item)[:4000], "agency_responsible": item.department.name,
        "service_notice": None, "requested_datetime": w3c(item.received_at), "updated_datetime": w3c(changed),
        "expected_datetime": w3c(item.due_at), "address": masked_for(item.address, item) or item.area.name,
        "address_id": item.area.code, "zipcode": None, "lat": item.latitude, "long": item.longitude, "media_url": None,
    }  # fmt: skip


def _public() -> Select[tuple[ServiceRequest]]:
    return (
        select(ServiceRequest)
        .where(ServiceRequest.is_public.is_(True))
        .options(
            joinedload(ServiceRequest.department), joinedload(ServiceRequest.area),
            joinedload(ServiceRequest.category), joinedload(ServiceRequest.service),
        )
    )  # fmt: skip


def _date(name: str) -> datetime | None:
    text = request.args.get(name)
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _window() -> tuple[datetime, datetime]:
    start, end = _date("start_date"), _date("end_date")
    end = end or (start + MAX_SPAN if start else utcnow())
    start = start or end - MAX_SPAN
    # The standard: a span of 90 days at most.
    return max(start, end - MAX_SPAN), end


@bp.get("/requests.<any(json,xml):fmt>")
@public
def list_requests(fmt: str) -> Response:
    """GET Service Requests, filtered as the standard says; 1,000 at most."""
    try:
        start, end = _window()
    except (ValueError, OverflowError):
        return error(400, _("日期格式不对，请使用 ISO 8601，例如 2026-01-31T00:00:00Z。"), fmt)
    statement = _public()
    if ids := request.args.get("service_request_id"):
        wanted = [number.strip().upper() for number in ids.split(",")][:100]
        statement = statement.where(ServiceRequest.service_request_id.in_(wanted))
    else:
        statement = statement.where(ServiceRequest.received_at.between(start, end))
    if status := request.args.get("status"):
        states = set(status.split(","))
        if states == {"closed"}:
            statement = statement.where(ServiceRequest.status.in_(CLOSED))
        elif states == {"open"}:
            statement = statement.where(ServiceRequest.status.not_in(CLOSED))
    if codes := request.args.get("service_code"):
        statement = statement.where(_of_kind(codes.split(",")[:50]))
    rows = db.session.scalars(statement.order_by(ServiceRequest.received_at.desc()).limit(LIMIT))
    return render([_entry(item) for item in rows], "service_requests", "request", fmt)


def _of_kind(codes: list[str]) -> Any:
    kinds = [Category.code.startswith(code) for code in codes if code.isdigit()]
    in_category = (
        select(Category.id).where(or_(*kinds)) if kinds else select(Category.id).where(Category.id < 0)
    )
    in_service = select(Service.id).where(Service.service_code.in_(codes))
    return or_(ServiceRequest.category_id.in_(in_category), ServiceRequest.service_id.in_(in_service))


@bp.get("/requests/<number>.<any(json,xml):fmt>")
@public
def get_request(number: str, fmt: str) -> Response:
    """GET Service Request."""
    item = db.session.scalar(_public().where(ServiceRequest.service_request_id == number.upper()))
    if item is None:
        return error(404, _("没有找到编号为 %(number)s 的诉求。", number=number[:20]), fmt)
    return render([_entry(item)], "service_requests", "request", fmt)


def _degrees(name: str, limit: float) -> float | None:
    """A coordinate. Raises ``ValueError`` for what is none: no number, ``nan``, or off the globe."""
    value = request.form.get(name, "").strip()
    if not value:
        return None
    if not -limit <= (degrees := float(value)) <= limit:
        raise ValueError(name)
    return degrees


def _draft() -> RequestDraft:
    form = request.form
    code = form.get("service_code", "").strip()
    name = f"{form.get('last_name', '')}{form.get('first_name', '')}".strip()
    anonymous = form.get("anonymous") in ("1", "true")
    return RequestDraft(
        text=form.get("description", ""), channel="open311", identity=None if anonymous else visitor_identity(),
        anonymous=anonymous, about_staff=form.get("about_staff") in ("1", "true"),
        consent=form.get("consent_version", CURRENT.version)[:12],
        address=form.get("address_string", ""), latitude=_degrees("lat", 90), longitude=_degrees("long", 180),
        category_code=code if code.isdigit() else None, service_code=None if code.isdigit() else code,
        contact_name=name, contact_phone=form.get("phone", ""),
    )  # fmt: skip


@bp.post("/requests.<any(json,xml):fmt>")
@limiter.limit(lambda: current_app.config["RATE_SUBMIT"])
@public
def post_request(fmt: str) -> Response:
    """POST Service Request (form-encoded, as the standard says)."""
    if not request.form.get("service_code"):
        return error(400, _("缺少 service_code，请从 services 列表中选择。"), fmt)
    try:
        done = submit_request(_draft())
    except ValueError:
        return error(400, _("lat 和 long 应为数字。"), fmt)
    except MinpingError as problem:
        return error(404 if problem.field == "service_code" else 400, problem.message, fmt)
    entry = {
        "service_request_id": done.request.service_request_id, "service_notice": "", "account_id": None,
    }  # fmt: skip
    return render([entry], "service_requests", "request", fmt, 201)
