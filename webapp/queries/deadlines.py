"""The city's clocks: setting ``deadline_policy`` over the defaults, and the state of a request's clock at any moment."""

from __future__ import annotations

import time
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, false, or_, select

from webapp.domain import deadline_policy
from webapp.domain.deadlines import (
    ClockState,
    DeadlinePolicy,
    Escalation,
    Urgency,
    clock_state,
    escalation,
)
from webapp.domain.workflow import UNANSWERED_STATUSES
from webapp.extensions import db
from webapp.models import ServiceRequest, Setting, utcnow

SETTING = "deadline_policy"
MAX_AGE_S = 5.0
_EXTENSION = "minping_deadline_policy"
UNANSWERED = tuple(sorted(status.value for status in UNANSWERED_STATUSES))


def stored_values() -> dict[str, float]:
    """The values in force, those that nobody has set from the defaults."""
    value = db.session.scalar(select(Setting.value).where(Setting.name == SETTING))
    return deadline_policy.checked(value if isinstance(value, dict) else {})


def policy() -> DeadlinePolicy:
    """The policy in force; a process notices another one's change after ``MAX_AGE_S`` seconds."""
    kept: tuple[float, DeadlinePolicy] | None = current_app.extensions.get(_EXTENSION)
    now = time.monotonic()
    if kept is None or now - kept[0] > MAX_AGE_S:
        with db.session.no_autoflush:
            found = deadline_policy.policy_from(stored_values(), current_app.config["CITY_TIMEZONE"])
        kept = current_app.extensions[_EXTENSION] = (now, found)
    return kept[1]


def forget() -> None:
    """Read the policy anew at the next use (after a change)."""
    current_app.extensions.pop(_EXTENSION, None)


def clock_class(urgency: str, complexity: str) -> Urgency:
    """The clock that applies: emergencies and urgent matters by urgency, the rest by complexity."""
    return Urgency(urgency) if urgency in (Urgency.EMERGENCY, Urgency.URGENT) else Urgency(complexity)


def clock_of(request: ServiceRequest, now: datetime | None = None) -> ClockState:
    """The state of a request's clock at a moment, from its stored facts."""
    return clock_state(
        now or utcnow(), request.due_at, request.resolved_at,
        urgency=clock_class(request.urgency, request.complexity), policy=policy(), pause_ends_at=request.pause_ends_at,
    )  # fmt: skip


def escalation_of(request: ServiceRequest, now: datetime) -> Escalation:
    """Who must see a request's clock at a moment."""
    kind = clock_class(request.urgency, request.complexity)
    return escalation(now, request.due_at, urgency=kind, policy=policy(), pause_ends_at=request.pause_ends_at)


def overdue(now: datetime) -> ColumnElement[bool]:
    """Requests that are overdue at a moment, as ``clock_of`` says it: a running pause never leaves one so."""
    r = ServiceRequest
    return and_(r.status.in_(UNANSWERED), r.due_at < now)


def paused(now: datetime) -> ColumnElement[bool]:
    """Requests whose clock stands still at a moment."""
    return and_(ServiceRequest.status.in_(UNANSWERED), ServiceRequest.pause_ends_at > now)


def due_soon(now: datetime) -> ColumnElement[bool]:
    """Requests that are due soon at a moment: each kind of clock has its own warning time."""
    r = ServiceRequest
    kind = case((r.urgency.in_((Urgency.EMERGENCY, Urgency.URGENT)), r.urgency), else_=r.complexity)
    kinds = [
        and_(kind == urgency.value, r.due_at <= now + allowance.warn_before)
        for urgency, allowance in policy().allowances.items()
    ]
    stopped = and_(r.pause_ends_at.is_not(None), r.pause_ends_at > now)
    return and_(r.status.in_(UNANSWERED), r.due_at >= now, ~stopped, or_(false(), *kinds))
