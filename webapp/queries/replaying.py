"""Is the stored row of a request what its events say (webapp.domain.replay)?"""

from __future__ import annotations

import itertools

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.domain.replay import PublicState, replay
from webapp.extensions import db
from webapp.models import Department, JointTask, RequestEvent, ServiceRequest
from webapp.queries.directory import directory

BATCH = 500


def stored_state(request: ServiceRequest, joint: frozenset[str], filed: bool) -> PublicState:
    """What the row (and its open joint tasks, by code) says; ``filed`` as the replay found it."""
    departments = directory().department_codes
    return PublicState(
        status=request.status, filed=filed, category=request.category.code if request.category else None,
        area=request.area.code, urgency=request.urgency, request_type=request.request_type,
        department=departments[request.department_id], due=request.due_at,
        asked=departments[request.asked_department_id] if request.asked_department_id else None,
        pause_ends_at=request.pause_ends_at, extended=request.extended, resolved_at=request.resolved_at,
        closed_at=request.closed_at, reopened=request.reopened_count, supervised_at=request.supervised_at,
        solved=request.solved, satisfied=request.satisfied, joint=joint,
        merged_into=request.merged_into.service_request_id if request.merged_into else None,
    )  # fmt: skip


def _joint(ids: list[int]) -> dict[int, frozenset[str]]:
    rows = db.session.execute(
        select(JointTask.request_id, Department.code)
        .join(Department, Department.id == JointTask.department_id)
        .where(JointTask.request_id.in_(ids), JointTask.ended_at.is_(None))
    )
    found: dict[int, set[str]] = {}
    for request_id, code in rows:
        found.setdefault(request_id, set()).add(code)
    return {request_id: frozenset(codes) for request_id, codes in found.items()}


def differences(ids: list[int]) -> list[str]:
    """``number: fields`` for each of these requests whose row is not what its events say."""
    joint = _joint(ids)
    events = db.session.scalars(
        select(RequestEvent)
        .where(RequestEvent.request_id.in_(ids))
        .order_by(RequestEvent.request_id, RequestEvent.sequence)
    )
    states = {
        request_id: replay(group) for request_id, group in itertools.groupby(events, lambda e: e.request_id)
    }
    found = []
    for request in db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(ids))
        .options(
            joinedload(ServiceRequest.category), joinedload(ServiceRequest.area),
            joinedload(ServiceRequest.merged_into),
        )
        .order_by(ServiceRequest.id)
    ):  # fmt: skip
        state = states.get(request.id, PublicState())
        stored = stored_state(request, joint.get(request.id, frozenset()), state.filed)
        if wrong := state.differences(stored):
            found.append(f"{request.service_request_id}: {', '.join(wrong)}")
    return found


def all_differences() -> list[str]:
    """The same for every request, in batches."""
    found: list[str] = []
    last = 0
    while ids := list(
        db.session.scalars(
            select(ServiceRequest.id).where(ServiceRequest.id > last).order_by(ServiceRequest.id).limit(BATCH)
        )
    ):
        found += differences(ids)
        last = ids[-1]
        db.session.expunge_all()
    return found
