"""Waiting for residents and calling in other offices, in some of the lives. Draws of its own leave the others as they are."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from webapp.demo import patterns
from webapp.demo.records import DemoRequest, DemoTask
from webapp.domain import pauses
from webapp.domain.deadlines import add_workdays
from webapp.domain.workflow import Action, Role

if TYPE_CHECKING:
    from webapp.demo.lives import Life

PAUSED_SHARE = 0.02
JOINT_SHARE = 0.03
# Whom one calls when something lies between offices.
HELPERS = ("cg", "hb", "ry")


def pause_and_call(life: Life, accepted: datetime) -> None:
    """Perhaps wait for the resident, perhaps call another office in; both within the time left."""
    dice = random.Random(f"teamwork {life.request.key}")
    start = max(accepted, life.request.events[-1].at)
    draw = dice.random()
    if draw < PAUSED_SHARE:
        _pause(life, dice, start)
    elif draw < PAUSED_SHARE + JOINT_SHARE:
        _call(life, dice, start)


def _pause(life: Life, dice: random.Random, start: datetime) -> None:
    request, note = life.request, life.world.writer.note
    at = patterns.office_time(dice, start + timedelta(hours=dice.uniform(1, 6)), life.world.is_workday)
    if at >= request.due_at:
        return
    pause = pauses.begin(request.due_at, at, 0, life.world.policy)
    data = {"until": pause.ends_at.isoformat(), "due": pause.due.isoformat()}
    life._do(at, Action.PAUSE, Role.CLERK, note(dice, "pause"), data)
    request.paused_at, request.pause_ends_at, request.due_at = pause.began_at, pause.ends_at, pause.due
    answered = at + timedelta(hours=dice.uniform(3, 60))
    life._do(answered, Action.SUPPLEMENT, Role.RESIDENT, note(dice, "answer"))
    took, due = pause.seconds(answered), pause.due_if_ended(answered)
    life._do(answered, Action.RESUME, Role.SYSTEM, data={"paused_s": took, "due": due.isoformat()})
    request.paused_at = request.pause_ends_at = None
    request.paused_s, request.due_at = took, due


def _call(life: Life, dice: random.Random, start: datetime) -> None:
    request, note, is_workday = life.request, life.world.writer.note, life.world.is_workday
    policy = life.world.policy
    helper = dice.choice([code for code in HELPERS if code != request.department_code])
    at = patterns.office_time(dice, start + timedelta(hours=dice.uniform(1, 8)), is_workday)
    due = add_workdays(at, policy.joint_workdays, policy, is_workday)
    text = note(dice, "call_in")
    life._do(at, Action.CALL_IN, Role.CLERK, text, {"department": helper, "task_due": due.isoformat()})
    task = DemoTask(helper, text, at, due)
    request.tasks.append(task)
    if dice.random() < 0.15:
        return
    reported = patterns.office_time(dice, at + timedelta(hours=dice.uniform(4, 80)), is_workday)
    data: dict[str, Any] = {"department": helper} | ({"task_late": True} if reported > due else {})
    report = note(dice, "joint_report")
    life._do(reported, Action.REPORT_JOINT, Role.CLERK, report, data, department=helper)
    task.ended_at, task.outcome, task.report = reported, "reported", report


def unanswered(request: DemoRequest) -> dict[str, Any]:
    """What the event says that resolves a case over open tasks."""
    offices = [task.department_code for task in request.tasks if task.ended_at is None]
    return {"unanswered": offices, "unanswered_note": "问题已不在，不再等"} if offices else {}


def settle(request: DemoRequest, at: datetime) -> None:
    """End the tasks that nobody reported on."""
    for task in request.tasks:
        if task.ended_at is None:
            task.ended_at, task.outcome = at, "unanswered"
