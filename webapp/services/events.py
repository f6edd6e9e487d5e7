"""Append-only events: each request's history as a hash chain."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from webapp.domain.workflow import GENESIS_HASH, PUBLIC_EVENTS, EventType, event_hash, verify_chain
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.queries.directory import directory
from webapp.services import sealing
from webapp.services.actor import Actor


def payload(event: RequestEvent, number: str) -> dict[str, Any]:
    """What the hash covers: everything that happened, under the request's own number."""
    return {
        "service_request_id": number, "sequence": event.sequence, "at": event.at, "event_type": event.event_type,
        "status": event.status, "role": event.role, "user_id": event.user_id, "department_id": event.department_id,
        "note": event.note, "public": event.public, "data": event.data,
    }  # fmt: skip


def not_before(request: ServiceRequest, at: datetime) -> datetime:
    """``at``, or the moment of the newest event where a clock of another machine is ahead: histories run forwards."""
    if not request.event_count or request.id is None:
        return at
    newest = db.session.scalar(
        select(RequestEvent.at).where(
            RequestEvent.request_id == request.id, RequestEvent.sequence == request.event_count
        )
    )
    return max(at, newest) if newest else at


def facts(request: ServiceRequest) -> dict[str, Any]:
    """Where a request was filed, by codes: kept in the event that files it, so that the history says it all."""
    known = directory()
    areas = {number: code for code, number in known.area_ids.items()}
    categories = {number: code for code, number in known.category_ids.items()}
    return {
        "category": categories.get(request.category_id or 0), "area": areas.get(request.area_id),
        "urgency": request.urgency, "request_type": request.request_type, "due": request.due_at.isoformat(),
        "department": known.department_codes.get(request.department_id),
    }  # fmt: skip


def append(
    request: ServiceRequest,
    event_type: EventType,
    actor: Actor,
    note: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> RequestEvent:
    """Add an event to a request's chain. Two writers at once collide on (request, sequence) and one gets a conflict.

    Personal data in ``note`` is masked there and sealed beside it (:mod:`webapp.services.sealing`).
    """
    shown, sealed_note, proof = sealing.masked_note(note.strip(), request)
    # Column defaults come with the INSERT; a request's first event is older than that.
    previous = request.event_head or GENESIS_HASH
    request.event_count = (request.event_count or 0) + 1
    event = RequestEvent(
        request=request, sequence=request.event_count, at=at or utcnow(), event_type=event_type.value,
        status=request.status, role=actor.role.value, user_id=actor.user_id,
        department_id=actor.department_id or request.department_id, note=shown,
        public=event_type in PUBLIC_EVENTS, data=(data or {}) | proof, previous_hash=previous, hash="",
        sealed_note=sealed_note,
    )  # fmt: skip
    event.hash = event_hash(previous, payload(event, request.service_request_id))
    request.event_head = event.hash
    db.session.add(event)
    return event


def remember_heads(connection: Connection) -> None:
    """Set the head of every chain from the stored events (after a bulk load). The caller commits."""
    newest = select(func.max(RequestEvent.sequence)).where(RequestEvent.request_id == ServiceRequest.id)
    head = select(RequestEvent.hash).where(
        RequestEvent.request_id == ServiceRequest.id, RequestEvent.sequence == ServiceRequest.event_count
    )
    connection.execute(update(ServiceRequest).values(event_count=newest.scalar_subquery()))
    connection.execute(update(ServiceRequest).values(event_head=head.scalar_subquery()))


def broken_chains() -> list[str]:
    """Tracking numbers of requests whose stored events do not verify, or do not end where the request says."""
    statement = (
        select(RequestEvent, ServiceRequest.service_request_id, ServiceRequest.event_head)
        .join(ServiceRequest)
        .order_by(RequestEvent.request_id, RequestEvent.sequence)
    )
    rows = db.session.execute(statement).yield_per(2000)
    broken: list[str] = []
    for number, group in itertools.groupby(rows, key=lambda row: row[1]):
        chain = [(event.hash, payload(event, number), head) for event, _number, head in group]
        if (
            verify_chain((stored, facts) for stored, facts, _head in chain) is not None
            or chain[-1][0] != chain[-1][2]
        ):
            broken.append(number)
    return broken


def count_events() -> int:
    """Number of stored events."""
    return db.session.scalar(select(func.count(RequestEvent.id))) or 0
