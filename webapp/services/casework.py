"""What staff and residents do with a request: every step through the one table of DESIGN §4."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.deadlines import DEFAULT_POLICY, extended_due_at
from webapp.domain.workflow import Action, EventType, Role, Status, transition
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Department, RequestEvent, ServiceRequest, utcnow
from webapp.services import corrections, dispatch, events, language, outbox, rollups
from webapp.services.actor import Actor

# Steps that tell the resident something; the rest are between offices.
ANNOUNCED = frozenset(
    {
        EventType.ACCEPTED, EventType.TRANSFERRED, EventType.EXTENDED, EventType.REPLIED, EventType.RESOLVED,
        EventType.OUT_OF_SCOPE, EventType.MERGED, EventType.REOPENED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One action on a request, with what the action needs.

    ``version`` is the version that the actor saw: when given and stale, the step is refused (no lost update).
    """

    action: Action
    note: str = ""
    department_code: str | None = None
    category_code: str | None = None
    request_type: str | None = None
    urgency: str | None = None
    area_code: str | None = None
    merge_into: str | None = None
    workdays: int = 5
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


def find(number: str) -> ServiceRequest:
    """The request with this tracking number. Raises ``NotFound``."""
    request = db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.service_request_id == number.strip().upper())
    )
    if request is None:
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    return request


def may_handle(request: ServiceRequest, actor: Actor) -> bool:
    """Whether this actor's department or area covers the request (the table of roles is checked separately)."""
    if actor.role in (Role.CLERK, Role.HEAD):
        return actor.department_id == request.department_id
    if actor.role in (Role.GRID_WORKER, Role.OFFICIAL) and actor.area_id:
        return f"/{actor.area_id}/" in f"/{request.area.path}"
    return True


def may_see(request: ServiceRequest, actor: Actor) -> bool:
    """Whether this actor may open the request: those who may handle it, and a department that once had it."""
    if may_handle(request, actor):
        return True
    return any(event.department_id == actor.department_id for event in request.events if actor.department_id)


def act(number: str, step: Step, actor: Actor, at: datetime | None = None) -> RequestEvent:
    """Do one step and commit. ``at`` is for imports of past casework.

    Raises ``NotFound``, ``Forbidden`` (another department's case), ``Conflict`` (stale version), ``InvalidInput``
    (something the action needs is missing) and the workflow's own errors.
    """
    request = find(number)
    if not may_handle(request, actor):
        raise Forbidden(_("这件诉求由其他单位承办，您不能操作。"))
    if step.version is not None and step.version != request.version:
        raise Conflict(_("这件诉求刚被别人更新过，请刷新页面看最新进展后再操作。"))
    event = apply_step(request, step, actor, at or utcnow())
    db.session.commit()
    return event


def apply_step(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> RequestEvent:
    """Do one step in the caller's transaction (see :func:`act` for the errors)."""
    moved = transition(Status(request.status), step.action, actor.role, step.note)
    data = _EFFECTS.get(step.action, _no_effect)(request, step, actor, at) | step.data
    request.status = moved.status.value
    event = events.append(request, moved.event_type, actor, step.note, data, at)
    if actor.role is not Role.RESIDENT and moved.event_type in ANNOUNCED:
        outbox.notify_reporter(request, event)
    return event


def _no_effect(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return {}


def _department(code: str | None) -> Department:
    department = db.session.scalar(
        select(Department).where(Department.code == code, Department.is_active.is_(True))
    )
    if department is None:
        raise InvalidInput(_("请选择要派往的承办单位。"), "department_code")
    return department


def _reassign(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    department = _department(step.department_code)
    data = {"from": request.department.code, "department": department.code}
    if step.action is Action.TRANSFER:
        request.transfer_count += 1
    request.department_id, request.department = department.id, department
    request.assigned_at = at
    request.accepted_at = None
    return data


def _accept(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.accepted_at = at
    return {}


def _object(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.objection_count += 1
    return {}


def _respond(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # Only the responsible department's first word is the response that the indicator 响应率 counts.
    if request.responded_at is None and actor.role in (Role.CLERK, Role.HEAD, Role.GRID_WORKER):
        request.responded_at = at
    return {}


def _resolve(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    _respond(request, step, actor, at)
    request.resolved_at = at
    return {}


def _extend(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if request.extended:
        raise Conflict(_("这件诉求已经延期过一次，不能再延。"))
    if not 1 <= step.workdays <= DEFAULT_POLICY.max_extension_workdays:
        raise InvalidInput(
            _("延期天数应在 1 到 %(days)s 个工作日之间。", days=DEFAULT_POLICY.max_extension_workdays),
            "workdays",
        )
    data = {"from": request.due_at.isoformat()}
    request.due_at = extended_due_at(request.due_at, step.workdays, 0, DEFAULT_POLICY, dispatch.is_workday)
    request.extended = True
    return data | {"to": request.due_at.isoformat()}


def _merge(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if not step.merge_into:
        raise InvalidInput(_("请填写要并入的诉求编号。"), "merge_into")
    target = find(step.merge_into)
    while target.merged_into is not None:
        target = target.merged_into
    if target.id == request.id or target.received_at > request.received_at:
        raise InvalidInput(_("只能并入更早的、另一件诉求。"), "merge_into")
    request.merged_into_id, request.merged_into = target.id, target
    rollups.add_supporters(target, 1)
    return {"into": target.service_request_id}


def _unmerge(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    target = request.merged_into
    request.merged_into_id = None
    request.merged_into = None
    if target is None:
        return {}
    rollups.add_supporters(target, -1)
    return {"from": target.service_request_id}


def _reopen(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # The deadline stays: the clock runs on, and the score sees it.
    request.reopened_count += 1
    request.resolved_at = None
    request.closed_at = None
    return {}


def _close(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.closed_at = at
    if request.solved is None:
        request.unreached = True
    return {}


def _supervise(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    request.supervised_at = at
    return {}


def _correct_category(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.category(request, step.category_code, actor, at)


def _correct_type(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.request_type(request, step.request_type, actor, at)


def _correct_urgency(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.urgency(request, step.urgency, actor, at)


def _correct_area(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    return corrections.area(request, step.area_code, actor, at)


_EFFECTS = {
    Action.ASSIGN: _reassign, Action.TRANSFER: _reassign, Action.GRANT_OBJECTION: _reassign,
    Action.ACCEPT: _accept, Action.OBJECT: _object, Action.REPLY: _respond, Action.RESOLVE: _resolve,
    Action.EXTEND: _extend, Action.MERGE: _merge, Action.UNMERGE: _unmerge, Action.REOPEN: _reopen,
    Action.CLOSE: _close, Action.SUPERVISE: _supervise, Action.CORRECT_CATEGORY: _correct_category,
    Action.CORRECT_TYPE: _correct_type, Action.CORRECT_URGENCY: _correct_urgency,
    Action.CORRECT_AREA: _correct_area,
}  # fmt: skip


def read_again(request: ServiceRequest) -> None:
    """Let the language layer read a request anew without touching what people decided. Commits."""
    urgency = request.urgency
    language.apply_to_request(request, language.read(request.text, request.address))
    if corrections.was_corrected(request, "urgency"):
        request.urgency = urgency
    db.session.commit()
