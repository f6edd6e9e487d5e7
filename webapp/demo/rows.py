"""Turns the generated records into database rows (plain dicts, explicit ids), with what the real flow would store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from nlp import Analysis
from webapp import crypto
from webapp.demo.records import DemoEvent, DemoRectification, DemoRequest, DemoReview
from webapp.domain.rectification import DEFAULT_RECTIFICATION_POLICY as RULES
from webapp.domain.rectification import RectificationStatus, due_after
from webapp.domain.workflow import GENESIS_HASH, EventType, Role, event_hash
from webapp.i18n import local
from webapp.models import RequestEvent, Review, ServiceRequest
from webapp.queries import deadlines
from webapp.services import events, language, sealing
from webapp.services.submit import secret_hash, subject_of
from webapp.workdays import is_workday

Row = dict[str, Any]
# One correction in so many is what a busy clerk gets round to.
CORRECTED_EVERY = 9


class Ids:
    """Database ids by code, filled while the catalogue is written."""

    def __init__(self) -> None:
        self.areas: dict[str, int] = {}
        self.departments: dict[str, int] = {}
        self.categories: dict[str, int] = {}
        self.services: dict[str, int] = {}
        self.users: dict[str, int] = {}
        self.requests: dict[int, int] = {}  # by the record's key
        self.numbers: dict[int, str] = {}


@cache
def identity_of(key: str) -> str:
    """The stored identity of an invented resident (64 hex digits)."""
    return crypto.keyed_hash("demo-identity", key)


def request_row(record: DemoRequest, row_id: int, ids: Ids, analysis: Analysis) -> Row:
    """A ``service_requests`` row: the facts as settled by people, the reading as the language layer gave it."""
    # Never added to a session: only what the language layer fills in is taken from it.
    read = ServiceRequest(
        category_id=ids.categories[record.category_code], request_type=record.request_type, urgency="normal"
    )
    language.apply_to_request(read, analysis)
    waiting = record.status in ("assigned", "received")
    digits = crypto.phone_digits(record.contact_phone)
    return {
        "id": row_id, "service_request_id": record.number, "version": len(record.events), "channel": record.channel,
        "secret_hash": secret_hash(record.number, record.secret), "text": record.text, "subject": subject_of(record.text),
        "status": record.status, "received_at": record.received_at, "received_day": local(record.received_at).date(),
        "is_public": True, "area_id": ids.areas[record.area_code], "address": record.address,
        "latitude": record.latitude, "longitude": record.longitude, "category_id": read.category_id,
        "service_id": ids.services[record.service_code], "department_id": ids.departments[record.department_code],
        "identity": identity_of(record.identity), "contact_name": crypto.encrypt(record.contact_name),
        "contact_phone": crypto.encrypt(digits), "phone_index": crypto.keyed_hash("phone", digits) if digits else None,
        "request_type": record.request_type, "urgency": record.urgency, "sentiment": read.sentiment,
        "anger": read.anger, "needs_human": read.needs_human and waiting, "analysis": read.analysis,
        "model": read.model, "complexity": "ordinary", "due_at": record.due_at, "extended": record.extended,
        "asked_department_id": ids.departments[record.asked_code] if record.asked_code else None,
        "paused_at": record.paused_at, "pause_ends_at": record.pause_ends_at, "paused_s": record.paused_s,
        "escalated_level": 0, "escalated_at": None,
        "assigned_at": record.assigned_at, "accepted_at": record.accepted_at, "responded_at": record.responded_at,
        "resolved_at": record.resolved_at, "closed_at": record.closed_at, "supervised_at": record.supervised_at,
        "reopened_count": record.reopened_count, "objection_count": record.objection_count,
        "transfer_count": record.transfer_count, "supporters": len(set(record.supporters)) + record.merged_count,
        "merged_into_id": ids.requests[record.merged_into] if record.merged_into else None,
        "returns_to_id": ids.requests[record.returns_to] if record.returns_to else None,
        "returned": record.returned, "contacted": record.contacted, "solved": record.solved,
        "satisfied": record.satisfied, "unreached": record.unreached, "heard_at": _heard(record)[0],
        "heard_through": _heard(record)[1], "source": None, "source_id": None, "words_salt": _salt(record.number),
    }  # fmt: skip


def _heard(record: DemoRequest) -> tuple[datetime | None, str | None]:
    """When the resident's last word was heard, and through whom."""
    event = next((e for e in reversed(record.events) if e.event_type == EventType.FOLLOWED_UP.value), None)
    if event is None:
        return None, None
    return event.at, "self" if event.role == Role.RESIDENT else "phone"


def correction_row(record: DemoRequest, row_id: int, ids: Ids, analysis: Analysis) -> Row | None:
    """A clerk's correction where the reading was wrong; also written into the record's events."""
    accepted = next(
        (i for i, e in enumerate(record.events) if e.event_type == EventType.ACCEPTED.value), None
    )
    if accepted is None or row_id % CORRECTED_EVERY or analysis.category == record.category_code:
        return None
    step = record.events[accepted]
    data = {"from": analysis.category, "to": record.category_code}
    kind = EventType.CATEGORY_CORRECTED.value
    event = DemoEvent(
        step.at, kind, step.status, step.role, step.actor, step.department_code, "", False, data
    )
    record.events.insert(accepted + 1, event)
    return {
        "request_id": row_id, "field": "category", "predicted": analysis.category, "corrected": record.category_code,
        "user_id": ids.users.get(step.actor or ""), "created_at": step.at,
    }  # fmt: skip


def _salt(number: str) -> str:
    # Two passes write a request and its events; the demo city must also come out the same every time.
    return crypto.keyed_hash("demo-salt", number)[:32]


def event_rows(record: DemoRequest, row_id: int, ids: Ids) -> Iterator[Row]:
    """The request's events as a valid hash chain."""
    previous = GENESIS_HASH
    for sequence, event in enumerate(record.events, start=1):
        data = event.data
        if event.event_type == EventType.RECEIVED.value:
            data = sealing.fingerprint(record.text, _salt(record.number))
        row: Row = {
            "request_id": row_id, "sequence": sequence, "at": event.at, "event_type": event.event_type,
            "status": event.status, "role": event.role, "user_id": ids.users[event.actor] if event.actor else None,
            "department_id": ids.departments[event.department_code], "note": event.note, "public": event.public,
            "data": data, "previous_hash": previous,
        }  # fmt: skip
        facts = cast(RequestEvent, SimpleNamespace(**row))
        previous = row["hash"] = event_hash(previous, events.payload(facts, record.number))
        yield row


def support_rows(record: DemoRequest, row_id: int, now: datetime) -> Iterator[Row]:
    """Neighbours who have the same trouble."""
    for number, person in enumerate(sorted(set(record.supporters)), start=1):
        at = record.received_at + (now - record.received_at) * (number / (len(record.supporters) + 20))
        yield {"request_id": row_id, "identity": identity_of(person), "created_at": at}


def review_row(record: DemoReview, row_id: int, ids: Ids, analysis: Analysis | None) -> Row:
    """A ``reviews`` row; ``analysis`` belongs to the comment, None without one."""
    read = SimpleNamespace(comment=record.comment, prediction=None, anger=None, model="")
    language.apply_to_review(cast(Review, read), analysis)
    return {
        "id": row_id, "review_id": record.number, "service_id": ids.services[record.service_code],
        "department_id": ids.departments[record.department_code], "area_id": ids.areas[record.area_code],
        "channel": record.channel, "scope": record.scope, "rating": record.rating, "tags": record.tags,
        "comment": record.comment, "is_default": record.is_default, "set_aside": None,
        "identity": identity_of(record.identity), "use_key": record.use_key, "created_at": record.created_at,
        "created_day": local(record.created_at).date(), "prediction": read.prediction, "anger": read.anger,
        "model": read.model, "reply": record.reply, "replied_at": record.replied_at,
        "service_request_id": ids.requests[record.request_key] if record.request_key else None,
    }  # fmt: skip


def rectification_rows(records: Iterable[tuple[DemoReview, int]], ids: Ids, now: datetime) -> Iterator[Row]:
    """What bad reviews started, with the deadlines of the real policy; silence ended as the sweep ends it."""
    for record, review_id in records:
        mending = record.rectification
        if mending is None:
            continue
        verify, rectify = rectification_due(mending.opened_at)
        yield {
            "review_id": review_id, "department_id": ids.departments[record.department_code],
            "opened_at": mending.opened_at, "verify_due_at": verify, "rectify_due_at": rectify,
            "verified_at": mending.verified_at, "rectified_at": mending.rectified_at, "measure": mending.measure,
            **_followed_up(mending, now), "satisfied": mending.satisfied,
        }  # fmt: skip


def _followed_up(mending: DemoRectification, now: datetime) -> Row:
    """Status, and when the follow-up ended."""
    status, ended = RectificationStatus.OPENED, mending.followed_up_at
    if ended:
        status = RectificationStatus.FOLLOWED_UP
    elif mending.rectified_at:
        given_up = mending.rectified_at + timedelta(days=RULES.silence_days)
        status = RectificationStatus.RECTIFIED if given_up > now else RectificationStatus.UNREACHED
        ended = None if given_up > now else given_up
    elif mending.verified_at:
        status = RectificationStatus.VERIFIED
    return {"status": status.value, "followed_up_at": ended}


_due_of_day: dict[Any, tuple[datetime, datetime]] = {}


def rectification_due(at: datetime) -> tuple[datetime, datetime]:
    """Deadlines depend on the local day alone, so they are remembered by it."""
    day = local(at).date()
    if day not in _due_of_day:
        verify, rectify = (
            due_after(at, n, deadlines.policy(), is_workday) for n in (RULES.verify, RULES.reply)
        )
        _due_of_day[day] = verify, rectify
    return _due_of_day[day]
