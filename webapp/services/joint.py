"""吹哨报到: the office in charge calls others in, each with a task and a clock; they report, it stays responsible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.deadlines import add_workdays
from webapp.domain.workflow import Action, Status
from webapp.errors import Conflict, Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import JointTask, ServiceRequest
from webapp.queries import deadlines, shield
from webapp.services.actor import Actor
from webapp.services.steps import Effect, Step, chosen_department
from webapp.workdays import is_workday

MAX_WORKDAYS = 15
# The case is answered, or another one carries it.
ENDING = (Status.RESOLVED, Status.MERGED, Status.CLOSED)


def open_tasks(request: ServiceRequest) -> Sequence[JointTask]:
    """Tasks that have not been reported done, soonest first."""
    if request.id is None:  # being imported
        return ()
    return db.session.scalars(
        select(JointTask)
        .where(JointTask.request_id == request.id, JointTask.ended_at.is_(None))
        .order_by(JointTask.due_at, JointTask.id)
    ).all()


def open_task(request: ServiceRequest, department_id: int | None) -> JointTask | None:
    """The task that this department still has on the case."""
    return next((task for task in open_tasks(request) if task.department_id == department_id), None)


def _call_in(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    department = chosen_department(request, step.department_code)
    if department.id == request.department_id:
        raise InvalidInput(_("承办单位自己不用召集，请选择其他单位。"), "department_code")
    if open_task(request, department.id) is not None:
        raise Conflict(_("“%(name)s”已在协办，还没有反馈。", name=department.name), "department_code")
    policy = deadlines.policy()
    days = policy.joint_workdays if step.workdays is None else step.workdays
    if not 1 <= days <= MAX_WORKDAYS:
        raise InvalidInput(_("协办时限应在 1 到 %(days)s 个工作日之间。", days=MAX_WORKDAYS), "workdays")
    due = add_workdays(at, days, policy, is_workday)
    db.session.add(
        JointTask(
            request_id=request.id,
            department_id=department.id,
            task=step.note.strip(),
            called_at=at,
            due_at=due,
        )
    )
    return {"department": department.code, "task_due": due.isoformat()}


def _end(task: JointTask, outcome: str, at: datetime) -> None:
    task.ended_at, task.outcome = at, outcome


def _report(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    task = open_task(request, actor.department_id)
    if task is None:
        raise Forbidden(_("本单位在这件诉求上没有待反馈的协办任务。"))
    _end(task, "reported", at)
    task.report = step.note.strip()
    return {"department": task.department.code} | ({"task_late": True} if at > task.due_at else {})


def _call_off(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    department = chosen_department(request, step.department_code)
    task = open_task(request, department.id)
    if task is None:
        raise InvalidInput(_("这个单位没有待反馈的协办任务。"), "department_code")
    _end(task, "withdrawn", at)
    return {"department": department.code}


def withdraw_from_reported(request: ServiceRequest, at: datetime) -> list[str]:
    """End the tasks of offices that the case turned out to be a complaint about (in the caller's transaction).

    Returns their codes; the caller writes the events.
    """
    ended = []
    for task in open_tasks(request):
        if request.reported_department_id in shield.line_of(task.department_id):
            _end(task, "withdrawn", at)
            ended.append(task.department.code)
    return ended


EFFECTS: dict[Action, Effect] = {
    Action.CALL_IN: _call_in, Action.REPORT_JOINT: _report, Action.CALL_OFF: _call_off,
}  # fmt: skip


def settle(request: ServiceRequest, after: Status, step: Step, at: datetime) -> dict[str, Any]:
    """What becomes of open tasks when the case is answered or merged; returns what the event says of them.

    Raises ``InvalidInput`` when somebody resolves over them without saying why.
    """
    tasks = open_tasks(request) if after in ENDING else ()
    if not tasks:
        return {}
    reason = step.unanswered_note.strip()
    if step.action is Action.RESOLVE and not reason:
        names = "、".join(task.department.name for task in tasks)
        raise InvalidInput(
            _("%(names)s还没有反馈协办结果。确实要办结，请写明为什么不再等。", names=names), "unanswered_note"
        )
    for task in tasks:
        _end(task, "unanswered" if step.action is Action.RESOLVE else "withdrawn", at)
    return {"unanswered": [task.department.code for task in tasks]} | (
        {"unanswered_note": reason} if reason else {}
    )
