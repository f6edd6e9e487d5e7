"""Past public replies: what a department once answered to a question that anybody may read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest

CANDIDATES = 500
ANSWERS = ("replied", "resolved")


def _answered() -> list[ColumnElement[bool]]:
    return [
        ServiceRequest.is_public.is_(True), ServiceRequest.request_type == "inquiry",
        ServiceRequest.status.in_([Status.RESOLVED.value, Status.CLOSED.value]),
    ]  # fmt: skip


def answered_ids(limit: int = CANDIDATES) -> Sequence[int]:
    """The newest public questions (not complaints) that are answered."""
    newest = select(ServiceRequest.id).where(*_answered()).order_by(ServiceRequest.received_at.desc())
    return db.session.scalars(newest.limit(limit)).all()


def questions(ids: Collection[int]) -> dict[int, str]:
    """The words of these requests, by id."""
    rows = db.session.execute(
        select(ServiceRequest.id, ServiceRequest.text).where(ServiceRequest.id.in_(ids))
    )
    return dict(rows.tuples().all())


def answered(ids: Collection[int]) -> dict[int, ServiceRequest]:
    """Those of ``ids`` that are still public and answered, with department and history."""
    found = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(ids), *_answered())
        .options(joinedload(ServiceRequest.department), selectinload(ServiceRequest.events))
    )
    return {request.id: request for request in found}


def answer_of(request: ServiceRequest) -> RequestEvent | None:
    """The last public answer in a request's history."""
    answers = [e for e in request.events if e.public and e.note.strip() and e.event_type in ANSWERS]
    return answers[-1] if answers else None
