"""回访: the resident's word on contacted / solved / satisfied closes or reopens a request, not the department's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.deadlines import DEFAULT_POLICY
from webapp.domain.rating import Rating
from webapp.domain.workflow import Action, Solved, Status, after_follow_up
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import ServiceRequest, utcnow
from webapp.services import casework, sweeping
from webapp.services.actor import SYSTEM, Actor


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The three questions: did the department contact you, is it solved, how satisfied are you (5…1)."""

    contacted: bool
    solved: Solved
    satisfied: int
    note: str = ""


def answer(request: ServiceRequest, reply: FollowUp, actor: Actor, at: datetime | None = None) -> None:
    """Store the resident's word and close or reopen. Commits.

    Raises ``InvalidInput`` for a satisfaction outside 1…5 and ``IllegalTransition`` when nothing was resolved yet.
    """
    if reply.satisfied not in tuple(Rating):
        raise InvalidInput(_("请选择满意程度。"), "satisfied")
    moment = at or utcnow()
    words = {"contacted": reply.contacted, "solved": reply.solved.value, "satisfied": reply.satisfied}
    casework.apply_step(request, casework.Step(Action.FOLLOW_UP, reply.note, data=words), actor, moment)
    request.contacted = reply.contacted
    request.solved = reply.solved.value
    request.satisfied = reply.satisfied
    request.unreached = False
    # The words stand in the resident's own event; what follows from them does not repeat them.
    casework.apply_step(request, casework.Step(after_follow_up(reply.solved)), SYSTEM, moment)
    db.session.commit()


def close_silent(now: datetime | None = None, limit: int = 500) -> int:
    """Sweep: close requests whose reporter said nothing for ``silence_days``, as unreached, never as satisfied."""
    moment = now or utcnow()
    waiting = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.status == Status.RESOLVED.value)
        .where(ServiceRequest.resolved_at < moment - timedelta(days=DEFAULT_POLICY.silence_days))
        .limit(limit)
    ).all()

    def close(request: ServiceRequest) -> None:
        step = casework.Step(Action.CLOSE, _("未能联系到群众，按无回应结案"))
        casework.apply_step(request, step, SYSTEM, moment)
        db.session.commit()

    return sweeping.each(waiting, close)
