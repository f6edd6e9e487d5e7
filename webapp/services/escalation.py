"""提级: whoever is above a missed deadline is told of it, once per level and request; the fact is in the case's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from webapp.domain.deadlines import Escalation
from webapp.domain.workflow import Action
from webapp.extensions import db
from webapp.models import ServiceRequest, utcnow
from webapp.queries import deadlines
from webapp.services import casework, sweeping
from webapp.services.actor import SYSTEM


def _due_for(now: datetime, limit: int) -> Sequence[ServiceRequest]:
    """Overdue requests whose next level has not been told."""
    r = ServiceRequest
    long_ago = r.due_at < now - deadlines.policy().escalate_after
    wanted = or_(
        r.escalated_level < Escalation.HEAD.value, (r.escalated_level < Escalation.OFFICIAL.value) & long_ago
    )
    return db.session.scalars(
        select(r).where(deadlines.overdue(now), wanted).order_by(r.due_at).limit(limit)
    ).all()


def sweep(now: datetime | None = None, limit: int = 500) -> int:
    """Note for each missed deadline which level it has reached; returns how many were noted. Commits each.

    A level that was passed over (the sweep did not run) is noted with the one above it: both see the case.
    """
    moment = now or utcnow()

    def note(request: ServiceRequest) -> None:
        level = deadlines.escalation_of(request, moment)
        data = {"level": level.value, "due_at": request.due_at.isoformat()}
        casework.apply_step(request, casework.Step(Action.ESCALATE, data=data), SYSTEM, moment)
        db.session.commit()

    return sweeping.each(_due_for(moment, limit), note)
