"""Append-only events: each request's history as a hash chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, select

from webapp.domain.workflow import GENESIS_HASH, PUBLIC_EVENTS, EventType, event_hash, verify_chain
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.services.actor import Actor


def payload(event: RequestEvent, number: str) -> dict[str, Any]:
    """What the hash covers: everything that happened, under the request's own number."""
    return {
        "service_request_id": number, "sequence": event.sequence, "at": event.at, "event_type": event.event_type,
        "status": event.status, "role": event.role, "user_id": event.user_id, "department_id": event.department_id,
        "note": event.note, "public": event.public, "data": event.data,
    }  # fmt: skip


def _last(request: ServiceRequest) -> tuple[int, str]:
    """Sequence and hash of the request's newest event; (0, genesis) before the first."""
    # Events of this transaction that are not flushed yet come after the stored ones.
    fresh = [e for e in db.session.new if isinstance(e, RequestEvent) and e.request is request]
    if fresh:
        return fresh[-1].sequence, fresh[-1].hash
    if not inspect(request).persistent:
        return 0, GENESIS_HASH
    with db.session.no_autoflush:
        last = db.session.execute(
            select(RequestEvent.sequence, RequestEvent.hash)
            .where(RequestEvent.request_id == request.id)
            .order_by(RequestEvent.sequence.desc())
            .limit(1)
        ).first()
    return (last.sequence, last.hash) if last else (0, GENESIS_HASH)


def append(
    request: ServiceRequest,
    event_type: EventType,
    actor: Actor,
    note: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> RequestEvent:
    """Add an event to a request's chain. Two writers at once collide on (request, sequence) and one gets a conflict."""
    sequence, previous = _last(request)
    event = RequestEvent(
        request=request, sequence=sequence + 1, at=at or utcnow(), event_type=event_type.value,
        status=request.status, role=actor.role.value, user_id=actor.user_id,
        department_id=actor.department_id or request.department_id, note=note.strip(),
        public=event_type in PUBLIC_EVENTS, data=data or {}, previous_hash=previous, hash="",
    )  # fmt: skip
    event.hash = event_hash(previous, payload(event, request.service_request_id))
    db.session.add(event)
    return event


def broken_chains() -> list[str]:
    """Tracking numbers of requests whose stored events do not verify. Empty is good."""
    statement = (
        select(RequestEvent, ServiceRequest.service_request_id)
        .join(ServiceRequest)
        .order_by(RequestEvent.request_id, RequestEvent.sequence)
    )
    broken: list[str] = []
    chain: list[tuple[str, dict[str, Any]]] = []
    current = ""
    for event, number in db.session.execute(statement).yield_per(2000):
        if number != current and chain:
            broken += [current] if verify_chain(chain) is not None else []
            chain = []
        current = number
        chain.append((event.hash, payload(event, number)))
    if chain and verify_chain(chain) is not None:
        broken.append(current)
    return broken


def count_events() -> int:
    """Number of stored events."""
    return db.session.scalar(select(func.count(RequestEvent.id))) or 0
