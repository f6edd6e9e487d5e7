"""What a case's page shows beside its own facts: offices called in, reports merged into it, where like cases went."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from webapp.domain.deadlines import ClockState
from webapp.domain.workflow import AT_WORK, Action, Role, Status
from webapp.models import JointTask, ServiceRequest, utcnow
from webapp.queries import deadlines, dispatching
from webapp.queries import joint as joint_queries
from webapp.services import casework, joint, merging, pausing
from webapp.services.actor import Actor
from webapp.views.desk.presenting import CLOCK_TONES

TASK_OUTCOMES = ("reported", "withdrawn", "unanswered")
# Statuses in which a dispatcher decides where the case goes.
DECIDING = (Status.RECEIVED, Status.OBJECTED, Status.ASSIGNED, Status.REOPENED, Status.OUT_OF_SCOPE)


def offered(item: ServiceRequest, actor: Actor) -> list[Action]:
    """The actions that the page offers to this member of staff: the table's, less those that would be refused here."""
    possible = casework.open_to(item, actor)
    kind = deadlines.clock_class(item.urgency, item.complexity)
    if kind not in pausing.STOPPABLE or item.due_at < utcnow():
        possible = [a for a in possible if a is not Action.PAUSE]
    if item.extended:
        possible = [a for a in possible if a is not Action.EXTEND]
    if not joint.open_tasks(item):
        possible = [a for a in possible if a is not Action.CALL_OFF]
    return possible


def task_clock(task: JointTask) -> dict[str, str]:
    """A task's clock or what became of it, in words and tone."""
    if task.outcome == "withdrawn":
        return {"text": _("已撤销"), "tone": "info"}
    if task.outcome == "unanswered":
        return {"text": _("未反馈，已办结"), "tone": "bad"}
    state = joint_queries.clock_of_task(task)
    if task.outcome == "reported":
        return {
            "text": _("按时反馈") if state is ClockState.MET else _("超时反馈"),
            "tone": CLOCK_TONES[state],
        }
    return {"text": _(state.label), "tone": CLOCK_TONES[state]}


def context(item: ServiceRequest, actor: Actor, possible: list[Action]) -> dict[str, Any]:
    """Values for the partial templates ``desk/case_*.html``."""
    tasks = joint_queries.tasks_of(item)
    own = next((t for t in tasks if t.ended_at is None and t.department_id == actor.department_id), None)
    decides = actor.role in (Role.DISPATCHER, Role.HOTLINE_AGENT) and Status(item.status) in DECIDING
    return {
        "tasks": tasks,
        "task_clock": task_clock,
        "open_tasks": [t for t in tasks if t.ended_at is None],
        "own_task": own if Action.REPORT_JOINT in possible else None,
        "may_call_off": Action.CALL_OFF in possible,
        "joint_workdays": deadlines.policy().joint_workdays,
        "at_work": Status(item.status) in AT_WORK,
        "merged": list(merging.joined(item)),
        "lead": merging.lead_of(item),
        "likely": dispatching.likely_departments(item) if decides else [],
    }
