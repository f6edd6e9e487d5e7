"""回访: the resident's word on contacted / solved / satisfied closes or reopens a request, not the department's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select

from webapp.domain.rating import Rating
from webapp.domain.workflow import Action, EventType, Role, Solved, Status, Verdict, after_follow_up
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.queries import deadlines
from webapp.queries.feedback_policy import follow_up_policy
from webapp.services import casework, sweeping
from webapp.services.actor import SYSTEM, Actor

SELF, PHONE, SAMPLE = "self", "phone", "sample"
"""How a word was obtained: given by the resident, asked on the phone in the course of a case, drawn at random"""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The three questions: did the department contact you, is it solved, how satisfied are you (5…1).

    ``through`` says how the word was obtained, so that evaluation can compare who came with who was drawn.
    """

    contacted: bool
    solved: Solved
    satisfied: int
    note: str = ""
    through: str = SELF


def is_waiting(request: ServiceRequest) -> bool:
    """Whether the resident's word on the department's last answer is still to be heard, closed in silence or not."""
    if request.status not in (Status.RESOLVED, Status.CLOSED) or request.resolved_at is None:
        return False
    return request.heard_at is None or request.heard_at < request.resolved_at


def is_correctable(request: ServiceRequest) -> bool:
    """Whether the word that was given may still be changed: until the case closes, or somebody works on it anew."""
    if request.status == Status.FOLLOWED_UP:
        return True
    return request.status == Status.REOPENED and _last(request, EventType.REOPENED, Role.SYSTEM)


def _last(request: ServiceRequest, kind: EventType, role: Role) -> bool:
    """Whether the newest event of this kind was this role's doing."""
    newest = next((e for e in reversed(request.events) if e.event_type == kind), None)
    return newest is not None and newest.role == role


def last_answer(request: ServiceRequest) -> RequestEvent | None:
    """The event with which the department last answered."""
    return next((e for e in reversed(request.events) if e.event_type == EventType.RESOLVED), None)


def answer(
    request: ServiceRequest,
    reply: FollowUp,
    actor: Actor,
    at: datetime | None = None,
    *,
    may_correct: bool = False,
) -> None:
    """Store the resident's word and close or reopen, or replace their word of a moment ago. Commits.

    ``may_correct``: "solved" closes only after the hours of correction (:func:`close_answered`), because a finger on a
    phone slips; a trouble not solved goes back to the department at once, its clock runs. Raises ``InvalidInput`` for a
    satisfaction outside 1…5, ``Conflict`` where the word was given and stands, ``IllegalTransition`` when nothing was
    resolved yet.
    """
    if reply.satisfied not in tuple(Rating):
        raise InvalidInput(_("请选择满意程度。"), "satisfied")
    if request.status == Status.CLOSED and not is_waiting(request):
        raise Conflict(_("这件诉求已经回访过并结案。如果问题又出现，可以要求重新办理。"))
    if request.status == Status.REOPENED:
        _take_back(request)
    moment = at or utcnow()
    words = {
        "contacted": reply.contacted, "solved": reply.solved.value, "satisfied": reply.satisfied,
        "through": reply.through,
    }  # fmt: skip
    casework.apply_step(request, casework.Step(Action.FOLLOW_UP, reply.note, data=words), actor, moment)
    request.contacted, request.solved, request.satisfied = (
        reply.contacted,
        reply.solved.value,
        reply.satisfied,
    )
    request.unreached = False
    request.heard_at, request.heard_through = moment, reply.through
    if not (may_correct and reply.solved is Solved.YES):
        # The words stand in the resident's own event; what follows from them does not repeat them.
        casework.apply_step(request, casework.Step(after_follow_up(reply.solved)), SYSTEM, moment)
    db.session.commit()


def _take_back(request: ServiceRequest) -> None:
    """Undo the reopening that a word to be corrected led to. Raises ``Conflict`` when it was no such word."""
    answered = last_answer(request)
    if answered is None or not is_correctable(request):
        raise Conflict(_("这件诉求正在重新办理，等承办单位再次答复后，会再请您回访。"))
    request.reopened_count -= 1
    request.resolved_at = answered.at


def close_answered(now: datetime | None = None, limit: int = 500) -> int:
    """Sweep: close requests said to be solved once their word can no longer be corrected."""
    moment = now or utcnow()
    until = moment - timedelta(hours=follow_up_policy().correction_hours)
    answered = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.status == Status.FOLLOWED_UP.value, ServiceRequest.heard_at < until)
        .limit(limit)
    ).all()

    def close(request: ServiceRequest) -> None:
        casework.apply_step(request, casework.Step(Action.CLOSE), SYSTEM, moment)
        db.session.commit()

    return sweeping.each(answered, close)


def close_silent(now: datetime | None = None, limit: int = 500) -> int:
    """Sweep: close requests whose reporter said nothing for ``silence_days``, as unreached, never as satisfied.

    Where a grid worker saw that it is not done, silence closes nothing: a reviewer decides.
    """
    moment = now or utcnow()
    waiting = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.status == Status.RESOLVED.value)
        .where(ServiceRequest.resolved_at < moment - timedelta(days=deadlines.policy().silence_days))
        .where(or_(ServiceRequest.verdict.is_(None), ServiceRequest.verdict == Verdict.FIXED.value))
        .limit(limit)
    ).all()

    def close(request: ServiceRequest) -> None:
        step = casework.Step(Action.CLOSE, _("未能联系到群众，按无回应结案"))
        casework.apply_step(request, step, SYSTEM, moment)
        db.session.commit()

    return sweeping.each(waiting, close)
