"""Offices called in on others' cases: what one office has to do, and what became of it on a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.domain.deadlines import ClockState, clock_state
from webapp.extensions import db
from webapp.models import Department, JointTask, ServiceRequest, utcnow
from webapp.queries import shield

PAGE_SIZE = 25


def tasks_of(request: ServiceRequest) -> Sequence[JointTask]:
    """Every task on a case, in the order of the calls."""
    return db.session.scalars(
        select(JointTask)
        .where(JointTask.request_id == request.id)
        .options(joinedload(JointTask.department))
        .order_by(JointTask.called_at, JointTask.id)
    ).all()


def at_work(request_ids: Sequence[int]) -> dict[int, list[Department]]:
    """The offices called in that have not reported yet, per request."""
    rows = db.session.execute(
        select(JointTask.request_id, Department)
        .join(Department, Department.id == JointTask.department_id)
        .where(JointTask.request_id.in_(request_ids), JointTask.ended_at.is_(None))
        .order_by(JointTask.called_at, JointTask.id)
    )
    found: dict[int, list[Department]] = {}
    for request_id, department in rows:
        found.setdefault(request_id, []).append(department)
    return found


def offices_at_work(request_ids: Sequence[int]) -> dict[int, list[str]]:
    """Names of the offices of :func:`at_work`."""
    return {number: [office.name for office in offices] for number, offices in at_work(request_ids).items()}


def clock_of_task(task: JointTask, now: datetime | None = None) -> ClockState:
    """The state of a task's own clock, due soon on its last day."""
    return clock_state(now or utcnow(), task.due_at, task.ended_at)


def queue(department_id: int, page: int = 1, done: bool = False) -> tuple[Sequence[JointTask], int]:
    """Tasks of an office, next deadline first (those that ended: the latest first), and how many there are."""
    ended = JointTask.ended_at.is_not(None) if done else JointTask.ended_at.is_(None)
    # A case that turned out to be a complaint about this office is none of its business any more.
    about_them = select(ServiceRequest.id).where(
        ServiceRequest.reported_department_id.in_(shield.line_of(department_id))
    )
    where = [JointTask.department_id == department_id, ended, JointTask.request_id.not_in(about_them)]
    total = db.session.scalar(select(func.count(JointTask.id)).where(*where)) or 0
    statement = (
        select(JointTask)
        .where(*where)
        .options(
            joinedload(JointTask.request).joinedload(ServiceRequest.department),
            joinedload(JointTask.request).joinedload(ServiceRequest.area),
        )
        .order_by(JointTask.ended_at.desc() if done else JointTask.due_at, JointTask.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return db.session.scalars(statement).all(), total


def waiting_count(department_id: int | None) -> int:
    """How many tasks of an office wait for its report."""
    return (
        db.session.scalar(
            select(func.count(JointTask.id)).where(
                JointTask.department_id == department_id, JointTask.ended_at.is_(None)
            )
        )
        or 0
    )
