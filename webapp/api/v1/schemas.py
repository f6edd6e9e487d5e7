"""Shapes of the JSON API. Messages of validation errors are written for the person who typed the value."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_smorest.fields import Upload
from marshmallow import EXCLUDE, Schema, fields, validate

from webapp.domain import consent
from webapp.domain.deadlines import ClockState
from webapp.models import ChatMessage, Department, ServiceRequest
from webapp.queries import deadlines, joint
from webapp.services import merging


class In(Schema):
    """Base of what callers send; unknown fields are ignored, so that clients may be newer than we are."""

    class Meta:
        unknown = EXCLUDE


class RequestIn(In):
    """A problem, question, suggestion or thanks."""

    text = fields.String(required=True, error_messages={"required": _l("请写下您要反映的事情，至少两个字。")})
    address = fields.String(load_default="", validate=validate.Length(max=200))
    area_code = fields.String(load_default=None, allow_none=True)
    latitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    category_code = fields.String(load_default=None, allow_none=True)
    service_code = fields.String(load_default=None, allow_none=True)
    contact_name = fields.String(load_default="")
    contact_phone = fields.String(load_default="")
    is_public = fields.Boolean(load_default=True)
    anonymous = fields.Boolean(
        load_default=False, metadata={"description": "Keep nothing that leads back to the person."}
    )
    about_staff = fields.Boolean(
        load_default=False,
        metadata={"description": "A complaint about an office or its staff: hidden from it."},
    )
    consent = fields.String(
        data_key="consent_version", load_default=consent.CURRENT.version,
        metadata={"description": "Version of the wording on /privacy that the resident agreed to."},
    )  # fmt: skip


class RequestCreated(Schema):
    """The tracking number and the secret that opens the case; the secret is shown only here."""

    service_request_id = fields.String()
    secret = fields.String()
    status = fields.String()
    due_at = fields.DateTime()
    track_url = fields.String()


class EventOut(Schema):
    """One public step."""

    at = fields.DateTime()
    event_type = fields.String()
    status = fields.String()
    note = fields.String()
    department = fields.String(allow_none=True)


class RequestOut(Schema):
    """The public view of a request: no personal data."""

    service_request_id = fields.String()
    subject = fields.String()
    text = fields.String()
    status = fields.String()
    request_type = fields.String()
    urgency = fields.String()
    category = fields.Dict(allow_none=True)
    department = fields.Dict()
    area = fields.Dict()
    address = fields.String()
    received_at = fields.DateTime()
    due_at = fields.DateTime(
        metadata={"description": "While `paused`, the latest that the pause can make of it."}
    )
    clock = fields.String(
        metadata={"description": "on_time, due_soon, paused, overdue; once answered met or late."}
    )
    paused = fields.Boolean(
        metadata={"description": "The clock stands still: the office waits for the resident."}
    )
    joint_departments = fields.List(
        fields.Dict(), metadata={"description": "Offices called in that have not reported yet."}
    )
    asked_department = fields.Dict(
        allow_none=True,
        metadata={"description": "Asked to take over; `department` answers until it accepts."},
    )
    merged_into = fields.String(
        allow_none=True,
        metadata={"description": "The earlier request that carries the work, if it is public."},
    )
    resolved_at = fields.DateTime(allow_none=True)
    supporters = fields.Integer()
    events = fields.List(fields.Nested(EventOut))


class PageIn(In):
    """Paging."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    status = fields.String(load_default=None)
    area_code = fields.String(load_default=None)


class RequestList(Schema):
    items = fields.List(fields.Nested(RequestOut))
    total = fields.Integer()
    page = fields.Integer()


class ReviewIn(In):
    """A rating of one use of a service; ``matter`` names an online matter (else the visit is today's)."""

    service_code = fields.String(required=True)
    rating = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 5))
    tags = fields.List(fields.String(), load_default=list)
    comment = fields.String(load_default="")
    matter = fields.String(load_default="")


class ReviewOut(Schema):
    review_id = fields.String()
    service_code = fields.Function(lambda review: review.service.service_code)
    rating = fields.Integer(allow_none=True)
    created_at = fields.DateTime()


class ServiceOut(Schema):
    """A published service."""

    service_code = fields.String()
    name = fields.String()
    nicknames = fields.List(fields.String())
    description = fields.String()
    materials = fields.List(fields.String())
    place = fields.String()
    hours = fields.String()
    phone = fields.String()
    department = fields.Function(lambda s: {"code": s.department.code, "name": s.department.name})


class ChatIn(In):
    """One message. ``sender`` is for programs; the chat page is known by its cookie."""

    text = fields.String(required=True, error_messages={"required": _l("请输入您想说的话。")})
    sender = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=64))
    client_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


class PhotoForm(In):
    """What is said beside a photo."""

    sender = fields.String(load_default=None, validate=validate.Length(min=1, max=64))
    client_id = fields.String(load_default=None, validate=validate.Length(max=40))


class PhotoFile(In):
    """JPG, PNG, WEBP or GIF. It is stored upright, at most 1,600 pixels long, without camera data."""

    photo = Upload(required=True, error_messages={"required": _l("请选择一张照片。")})


class PositionIn(In):
    """Where the resident is or points (degrees); ``label`` is how they or their map call the place."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    label = fields.String(load_default="", validate=validate.Length(max=200))
    sender = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=64))
    client_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


class ChatQuery(In):
    sender = fields.String(load_default=None, validate=validate.Length(min=1, max=64))
    after = fields.Integer(load_default=0)


class PhotoOut(Schema):
    """A photo in the chat; ``url`` is a path of this server that nobody can guess."""

    url = fields.String()
    width = fields.Integer()
    height = fields.Integer()


class PositionOut(Schema):
    """A position in the chat; ``area`` is '' outside the city."""

    latitude = fields.Float()
    longitude = fields.Float()
    label = fields.String()
    area = fields.String()


class MessageOut(Schema):
    id = fields.Integer()
    author = fields.String()
    client_id = fields.String(allow_none=True)
    text = fields.String()
    buttons = fields.List(fields.Dict())
    custom = fields.Dict(allow_none=True)
    photo = fields.Nested(PhotoOut, allow_none=True)
    position = fields.Nested(PositionOut, allow_none=True)
    created_at = fields.DateTime()


class ChatOut(Schema):
    messages = fields.List(fields.Nested(MessageOut))
    handler = fields.String()
    typing = fields.Boolean(metadata={"description": "A member of staff is writing an answer."})


def photo_view(payload: dict[str, Any]) -> dict[str, Any] | None:
    """A bubble's photo: address, width and height in pixels."""
    if not payload.get("photo"):
        return None
    url = url_for("system.photo", sha256=payload["photo"])
    return {"url": url, "width": payload["width"], "height": payload["height"]}


def message_view(message: ChatMessage) -> dict[str, Any]:
    """A chat bubble as the API gives it."""
    payload = message.payload or {}
    return {
        "id": message.id, "author": message.author, "text": message.text, "created_at": message.created_at,
        # Of the caller's own messages only: lets a page recognise what it sent before the answer came.
        "client_id": message.client_id if message.author == "resident" else None,
        "buttons": payload.get("buttons") or [], "custom": payload.get("custom"),
        "photo": photo_view(payload), "position": payload.get("position"),
    }  # fmt: skip


def _named(thing: Any) -> dict[str, str] | None:
    return {"code": thing.code, "name": thing.name} if thing else None


def request_view(
    request: ServiceRequest,
    mask: Any,
    with_events: bool = True,
    at_work: dict[int, list[Department]] | None = None,
) -> dict[str, Any]:
    """The public view of a request; ``mask`` hides personal data in what people wrote.

    ``at_work``: offices called in, per request, where several are shown at once.
    """
    public = [e for e in request.events if e.public] if with_events else []
    clock = deadlines.clock_of(request)
    lead = merging.lead_of(request) if request.merged_into else None
    offices = (joint.at_work([request.id]) if at_work is None else at_work).get(request.id, [])
    return {
        "service_request_id": request.service_request_id, "subject": mask(request.subject), "text": mask(request.text),
        "status": request.status, "request_type": request.request_type, "urgency": request.urgency,
        "category": _named(request.category), "department": _named(request.department), "area": _named(request.area),
        "address": mask(request.address), "received_at": request.received_at, "due_at": request.due_at,
        "resolved_at": request.resolved_at, "supporters": request.supporters, "clock": clock.value,
        "paused": clock is ClockState.PAUSED, "asked_department": _named(request.asked_department),
        "joint_departments": [_named(office) for office in offices],
        "merged_into": lead.service_request_id if lead and lead.is_public else None,
        "events": [
            {
                "at": e.at, "event_type": e.event_type, "status": e.status, "note": mask(e.note),
                "department": e.department.name if e.department else None,
            }
            for e in public
        ],
    }  # fmt: skip
