"""What staff and residents do with a request: every step through the one table of DESIGN §4."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, select
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.deadlines import extended_due_at
from webapp.domain.permissions import Permission, Reach, covers, reach_of
from webapp.domain.workflow import (
    Action,
    EventType,
    Role,
    Status,
    Verdict,
    allowed_actions,
    transition,
)
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import JointTask, RequestEvent, ServiceRequest, utcnow
from webapp.queries import deadlines, shield
from webapp.queries.directory import directory
from webapp.services import (
    corrections,
    dispatch,
    events,
    joint,
    language,
    mentions,
    merging,
    outbox,
    pausing,
    responsibility,
)
from webapp.services.actor import SYSTEM, Actor
from webapp.services.steps import Effect, Step
from webapp.workdays import is_workday

__all__ = [
    "ANNOUNCED",
    "Step",
    "act",
    "apply_step",
    "find",
    "handled",
    "may_do",
    "may_handle",
    "may_see",
    "open_to",
    "read_again",
    "resume",
]

# Steps that tell the resident something; the rest are between offices.
ANNOUNCED = frozenset(
    {
        EventType.ACCEPTED, EventType.TRANSFERRED, EventType.EXTENDED, EventType.PAUSED, EventType.REPLIED,
        EventType.RESOLVED, EventType.OUT_OF_SCOPE, EventType.MERGED, EventType.UNMERGED, EventType.REOPENED,
        EventType.MEDIATION_REFERRED, EventType.MEDIATION_ENDED,
    }
)  # fmt: skip


def find(number: str) -> ServiceRequest:
    """The request with this tracking number. Raises ``NotFound``."""
    request = db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.service_request_id == number.strip().upper())
    )
    if request is None:
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    return request


def may_handle(request: ServiceRequest, actor: Actor) -> bool:
    """Whether handling reaches this request (what may be done in which status is the workflow's table).

    A department reaches what it answers for and what it is asked to take over; nobody a complaint about themselves.
    """
    return _reaches(Permission.HANDLE_CASE, request, actor)


def _reaches(permission: Permission, request: ServiceRequest, actor: Actor) -> bool:
    if shield.hides(request, actor.role, actor.department_id):
        return False
    return any(
        covers(actor, permission, department, request.area.path)
        for department in responsibility.handlers(request)
    )


def may_do(request: ServiceRequest, action: Action, actor: Actor) -> bool:
    """Whether this action is this actor's (see :func:`may_handle`): an office that is called in may report, no more."""
    if action is Action.REPORT_JOINT:
        return joint.open_task(request, actor.department_id) is not None
    return may_handle(request, actor)


def open_to(request: ServiceRequest, actor: Actor) -> list[Action]:
    """The steps that this actor may take on this request now: the one rule behind the page, bulk steps and mediation."""
    possible = allowed_actions(Status(request.status), actor.role)
    return [action for action in possible if may_do(request, action, actor)]


def may_see(request: ServiceRequest, actor: Actor) -> bool:
    """Whether this actor may open the request: those who may handle it, a department that once had a part in it, auditors."""
    if _reaches(Permission.SEE_CASE, request, actor):
        return True
    hidden = shield.hides(request, actor.role, actor.department_id)
    # The history is read only where it can make a difference.
    if hidden or reach_of(actor.role, Permission.SEE_CASE) is not Reach.DEPARTMENT_EVER:
        return False
    called = db.session.scalars(select(JointTask.department_id).where(JointTask.request_id == request.id))
    former = {event.department_id for event in request.events if event.department_id is not None} | set(
        called
    )
    return covers(actor, Permission.SEE_CASE, request.department_id, request.area.path, former)


def may_unmask(request: ServiceRequest, actor: Actor) -> bool:
    """Whether this actor may see whom the request is from, in the clear."""
    return _reaches(Permission.UNMASK_CONTACT, request, actor)


def handled(number: str, action: Action, actor: Actor, version: int | None) -> ServiceRequest:
    """The request, if this action on it is this actor's and it is still at ``version`` (None: whatever it is at).

    Raises ``NotFound`` (also for a complaint about the actor's own office), ``Forbidden``, ``Conflict``.
    """
    request = find(number)
    if shield.hides(request, actor.role, actor.department_id):
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    if not may_do(request, action, actor):
        raise Forbidden(_("这件诉求由其他单位承办，您不能操作。"))
    if version is not None and version != request.version:
        last = request.events[-1]
        raise Conflict(
            _(
                "这件诉求刚被别人更新过，最新一步是“%(event)s”（%(time)s）。请看过进展再决定。",
                event=_(EventType(last.event_type).label), time=f"{local(last.at):%H:%M}",
            )
        )  # fmt: skip
    return request


def act(number: str, step: Step, actor: Actor, at: datetime | None = None) -> RequestEvent:
    """Do one step and commit. ``at`` is for imports of past casework.

    Raises ``NotFound``, ``Forbidden`` (another department's case), ``Conflict`` (stale version), ``InvalidInput``
    (something the action needs is missing) and the workflow's own errors.
    """
    request = handled(number, step.action, actor, step.version)
    event = apply_step(request, step, actor, at or utcnow())
    if step.action is Action.ADD_NOTE:
        mentions.record(event, lambda user: may_see(request, Actor.of(user)))
    db.session.commit()
    return event


def apply_step(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> RequestEvent:
    """Do one step, and what follows from it by itself, in the caller's transaction (see :func:`act` for the errors).

    Raises ``StaleDataError`` if somebody else has changed the request since it was read.
    """
    _hold(request)
    before, due = Status(request.status), request.due_at
    moved = transition(before, step.action, actor.role, step.note)
    at = events.not_before(request, at)
    data: dict[str, Any] = {}
    if before is Status.PAUSED and moved.status is not Status.PAUSED:
        data |= pausing.end(request, at)
    if before is Status.OBJECTED and moved.status is not Status.OBJECTED:
        data |= responsibility.close_objection(request, step.action, at)
    data |= joint.settle(request, moved.status, step, at)
    data |= _EFFECTS.get(step.action, _no_effect)(request, step, actor, at) | step.data
    responsibility.ask_nobody(request, moved.status)
    if before is Status.RECEIVED and moved.status is not Status.RECEIVED:
        data["facts"] = events.facts(request)
    if request.due_at != due:
        data["due"] = request.due_at.isoformat()
        # A new deadline may pass anew.
        request.escalated_level = 0
    request.status = moved.status.value
    event = events.append(request, moved.event_type, actor, step.note, data, at)
    if actor.role is not Role.RESIDENT and moved.event_type in ANNOUNCED:
        outbox.notify_reporters(request, event)
    _consequences(request, step, at)
    return event


def _hold(request: ServiceRequest) -> None:
    """Let whoever else takes a step on this request wait for ours, before either has touched what hangs on it.

    Two steps that write the request and, say, its objection in opposite orders would each wait for the other. SQLite
    has one writer anyway.
    """
    if db.session.get_bind().dialect.name == "sqlite" or not inspect(request).persistent:
        return
    with db.session.no_autoflush:
        stored = select(ServiceRequest.version).where(ServiceRequest.id == request.id)
        if db.session.scalar(stored.with_for_update()) != request.version:
            raise StaleDataError(f"request {request.id} has been changed since version {request.version}")


def _consequences(request: ServiceRequest, step: Step, at: datetime) -> None:
    """What the system does next in the same transaction, through the same table."""
    if step.action is Action.SUPPLEMENT and request.status == Status.PAUSED.value:
        resume(request, "", at)
    if step.action is Action.UNMERGE:
        _dispatch_again(request, at)


def resume(request: ServiceRequest, note: str, at: datetime) -> None:
    """Start a paused clock again, by the system, in the caller's transaction."""
    apply_step(request, Step(Action.RESUME, note), SYSTEM, at)


def _dispatch_again(request: ServiceRequest, at: datetime) -> None:
    """Back to the department that had it, with the clock it had; to the one by the rules if nobody had it yet."""
    if request.assigned_at is None:
        dispatch.route(request)
    code = directory().department_codes[request.department_id]
    apply_step(request, Step(Action.ASSIGN, department_code=code), SYSTEM, at)


def _no_effect(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return {}


def _respond(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # Only the responsible department's first word is the response that the indicator 响应率 counts.
    if request.responded_at is None and actor.role in (Role.CLERK, Role.HEAD, Role.GRID_WORKER):
        request.responded_at = at
    return {}


def _resolve(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    _respond(request, step, actor, at)
    request.resolved_at = at
    request.verdict = None
    return {}


def _extend(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if request.extended:
        raise Conflict(_("这件诉求已经延期过一次，不能再延。"))
    policy = deadlines.policy()
    days = 5 if step.workdays is None else step.workdays
    if not 1 <= days <= policy.max_extension_workdays:
        raise InvalidInput(
            _("延期天数应在 1 到 %(days)s 个工作日之间。", days=policy.max_extension_workdays), "workdays"
        )
    data = {"from": request.due_at.isoformat()}
    request.due_at = extended_due_at(request.due_at, days, 0, policy, is_workday)
    request.extended = True
    return data | {"to": request.due_at.isoformat()}


def _reopen(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # The deadline stays: the clock runs on, and the score sees it.
    request.reopened_count += 1
    request.resolved_at = None
    request.closed_at = None
    request.verdict = None
    # From here on it is work like any other.
    request.on_the_spot = False
    return {}


def _verify(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if step.data.get("verdict") not in tuple(Verdict):
        raise InvalidInput(_("请选择现场看到的情况。"), "verdict")
    answered = [event for event in request.events if event.event_type == EventType.RESOLVED]
    if answered and actor.user_id is not None and answered[-1].user_id == actor.user_id:
        raise Forbidden(_("这件是您自己办结的，要由别人核实。"))
    request.verdict = step.data["verdict"]
    return {}


def _close(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.closed_at = at
    if request.solved is None:
        request.unreached = True
    return {}


def _supervise(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.supervised_at = at
    return {}


def _with_facts(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # These come with facts that a service of their own has checked; a bare step would leave a case without them.
    if not step.data:
        raise InvalidInput(_("没有这一步操作，请从页面上选择。"), "action")
    return {}


def _correct_category(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.category(request, step.category_code, actor, at)


def _correct_type(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.request_type(request, step.request_type, actor, at)


def _correct_urgency(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.urgency(request, step.urgency, actor, at)


def _correct_area(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.area(request, step.area_code, actor, at)


def _escalate(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.escalated_level, request.escalated_at = step.data["level"], at
    return {}


_EFFECTS: dict[Action, Effect] = {
    **responsibility.EFFECTS, **pausing.EFFECTS, **joint.EFFECTS, **merging.EFFECTS,
    Action.REPLY: _respond, Action.RESOLVE: _resolve, Action.EXTEND: _extend, Action.REOPEN: _reopen,
    Action.CLOSE: _close, Action.SUPERVISE: _supervise, Action.ESCALATE: _escalate,
    Action.CORRECT_CATEGORY: _correct_category, Action.CORRECT_TYPE: _correct_type,
    Action.CORRECT_URGENCY: _correct_urgency, Action.CORRECT_AREA: _correct_area,
    Action.FOLLOW_UP: _with_facts, Action.REFER_MEDIATION: _with_facts, Action.END_MEDIATION: _with_facts,
    Action.VERIFY: _verify,
}  # fmt: skip


def read_again(request: ServiceRequest) -> None:
    """Let the language layer read a request anew without touching what people decided. Commits."""
    urgency = request.urgency
    language.apply_to_request(request, language.read(request.text, request.address))
    if corrections.was_corrected(request, "urgency"):
        request.urgency = urgency
    db.session.commit()
