"""The clock stopped while an office waits for the resident, and started again by whatever comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain import pauses
from webapp.domain.deadlines import Urgency
from webapp.domain.workflow import Action, Status
from webapp.errors import Conflict
from webapp.extensions import db
from webapp.models import ServiceRequest, utcnow
from webapp.queries import deadlines
from webapp.services import sweeping
from webapp.services.actor import Actor
from webapp.services.steps import Effect, Step

# A clock of hours is there because nobody can wait.
STOPPABLE = frozenset({Urgency.ORDINARY, Urgency.COMPLEX})


def _pause(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if deadlines.clock_class(request.urgency, request.complexity) not in STOPPABLE:
        raise Conflict(_("紧急和特急诉求不能暂停计时。"))
    try:
        pause = pauses.begin(request.due_at, at, request.paused_s, deadlines.policy())
    except pauses.AlreadyOverdue:
        raise Conflict(_("这件诉求已经超期，不能再暂停计时。")) from None
    except pauses.PauseUsedUp:
        raise Conflict(_("这件诉求的暂停时间已经用完，不能再暂停计时。")) from None
    request.paused_at, request.pause_ends_at, request.due_at = pause.began_at, pause.ends_at, pause.due
    return {"until": pause.ends_at.isoformat()}


def end(request: ServiceRequest, at: datetime) -> dict[str, Any]:
    """Start the clock again where it stands still; returns the seconds that the pause took."""
    if request.paused_at is None or request.pause_ends_at is None:
        return {}
    pause = pauses.Pause(request.paused_at, request.pause_ends_at, request.due_at)
    took = pause.seconds(at)
    request.due_at, request.paused_s = pause.due_if_ended(at), request.paused_s + took
    request.paused_at = request.pause_ends_at = None
    return {"paused_s": took}


EFFECTS: dict[Action, Effect] = {Action.PAUSE: _pause}


def resume_used_up(now: datetime | None = None, limit: int = 500) -> int:
    """Sweep: what is paused beyond the cap is at work again. Its clock has been running since; now the status says so."""
    from webapp.services import casework

    moment = now or utcnow()
    r = ServiceRequest
    waiting = db.session.scalars(
        select(r).where(r.status == Status.PAUSED.value, r.pause_ends_at <= moment).limit(limit)
    ).all()

    def resume(request: ServiceRequest) -> None:
        casework.resume(request, _("暂停时间已到上限，自动恢复计时"), moment)
        db.session.commit()

    return sweeping.each(waiting, resume)
