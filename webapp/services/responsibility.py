"""Who answers for a request: assigning, handing over, accepting, objecting. 首接负责: the first one asked stays
responsible until another one accepts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.deadlines import add_workdays
from webapp.domain.workflow import Action, Role, Status
from webapp.errors import Conflict, Forbidden
from webapp.extensions import db
from webapp.models import Department, Objection, ServiceRequest
from webapp.queries import deadlines
from webapp.queries.directory import directory
from webapp.services.actor import Actor
from webapp.services.steps import Effect, Step, chosen_department
from webapp.workdays import is_workday

# Nobody has the case there, so that whoever is asked is responsible at once.
WITH_NOBODY = (Status.RECEIVED.value, Status.OUT_OF_SCOPE.value)


def handlers(request: ServiceRequest) -> set[int]:
    """Departments that may work on the case: the responsible one, and the one asked to take over."""
    return {request.department_id, asked(request)}


def asked(request: ServiceRequest) -> int:
    """The department whose move it is: the one asked to take over, else the responsible one."""
    return request.asked_department_id or request.department_id


def _hand_over(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    department = chosen_department(request, step.department_code)
    data = {"from": request.department.code, "department": department.code}
    if step.action is Action.TRANSFER:
        if department.id == asked(request):
            raise Conflict(_("这件诉求已经在“%(name)s”。", name=department.name), "department_code")
        request.transfer_count += 1
    if request.status in WITH_NOBODY:
        request.department_id, request.department = department.id, department
        _ask(request, None)
    else:
        _ask(request, None if department.id == request.department_id else department)
    request.assigned_at = at
    request.accepted_at = None
    return data


def _ask(request: ServiceRequest, department: Department | None) -> None:
    request.asked_department_id = department.id if department else None
    request.asked_department = department


def ask_nobody(request: ServiceRequest, after: Status) -> None:
    """A case that another one carries, or that is nobody's here, asks no department to take it over."""
    if after in (Status.MERGED, Status.OUT_OF_SCOPE):
        _ask(request, None)


def _accept(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    # A grid worker without a department accepts for the one that is asked.
    taker = request.asked_department
    if taker is not None and actor.department_id != request.department_id:
        request.department_id, request.department = taker.id, taker
    _ask(request, None)
    request.accepted_at = at
    # By id: a request that is being imported has no department loaded yet.
    return {"department": directory().department_codes[request.department_id]}


def _object(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if actor.role in (Role.CLERK, Role.HEAD) and actor.department_id != asked(request):
        raise Forbidden(_("这件诉求正等其他单位签收，本单位不能再退单；需要时可以签收后自己办。"))
    request.objection_count += 1
    policy = deadlines.policy()
    due = add_workdays(at, policy.objection_workdays, policy, is_workday)
    db.session.add(
        Objection(
            request_id=request.id, department_id=actor.department_id or asked(request), reason=step.note.strip(),
            objected_at=at, due_at=due,
        )
    )  # fmt: skip
    return {"review_by": due.isoformat()}


_OUTCOMES = {
    Action.GRANT_OBJECTION: "granted", Action.REFUSE_OBJECTION: "refused", Action.ACCEPT: "withdrawn",
    Action.MARK_OUT_OF_SCOPE: "out_of_scope",
}  # fmt: skip


def close_objection(request: ServiceRequest, action: Action, at: datetime) -> dict[str, Any]:
    """Note how a waiting objection ended; returns whether the review came late."""
    waiting = db.session.scalar(
        select(Objection).where(Objection.request_id == request.id, Objection.reviewed_at.is_(None))
    )
    if waiting is None:
        return {}
    waiting.reviewed_at, waiting.outcome = at, _OUTCOMES[action]
    return {"review_late": True} if at > waiting.due_at else {}


EFFECTS: dict[Action, Effect] = {
    Action.ASSIGN: _hand_over, Action.TRANSFER: _hand_over, Action.GRANT_OBJECTION: _hand_over,
    Action.ACCEPT: _accept, Action.OBJECT: _object,
}  # fmt: skip
