"""Missed deadlines by who must see them: lists for heads and officials, and the people behind a level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from webapp.domain.deadlines import Escalation
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import Area, Department, ServiceRequest, User, utcnow
from webapp.queries import deadlines

PAGE_SIZE = 25


def _scope(user: User) -> list[ColumnElement[bool]]:
    r = ServiceRequest
    if user.role == Role.HEAD:
        return [
            r.escalated_level >= Escalation.HEAD.value,
            (r.department_id == user.department_id) | (r.asked_department_id == user.department_id),
        ]
    where: list[ColumnElement[bool]] = [r.escalated_level >= Escalation.OFFICIAL.value]
    if user.area is not None and user.area.level > 1:
        where.append(r.area_id.in_(select(Area.id).where(Area.path.startswith(user.area.path))))
    return where


def escalated_to(
    user: User, page: int = 1, now: datetime | None = None
) -> tuple[Sequence[ServiceRequest], int]:
    """What has been escalated to a head or an official and is still not answered, longest overdue first; and how many."""
    where = [deadlines.overdue(now or utcnow()), *_scope(user)]
    total = db.session.scalar(select(func.count(ServiceRequest.id)).where(*where)) or 0
    statement = (
        select(ServiceRequest)
        .where(*where)
        .options(
            joinedload(ServiceRequest.department), joinedload(ServiceRequest.asked_department),
            joinedload(ServiceRequest.area), joinedload(ServiceRequest.category),
        )
        .order_by(ServiceRequest.due_at, ServiceRequest.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )  # fmt: skip
    return db.session.scalars(statement).all(), total


def who_must_see(request: ServiceRequest, level: Escalation) -> Sequence[User]:
    """The active members of staff whom a clock at ``level`` concerns: the department's clerks, its head, the officials.

    A department without a head has that of the department above it; officials are those whose area holds the request.
    """
    if level is Escalation.NONE:
        return []
    if level is Escalation.OFFICIAL:
        line = [int(part) for part in request.area.path.split("/") if part]
        area = User.area_id.in_(line) | User.area_id.is_(None)
        return _active(User.role == Role.OFFICIAL.value, area)
    if level is Escalation.CLERK:
        return _active(User.role == Role.CLERK.value, User.department_id == request.department_id)
    seen: set[int] = set()
    department: Department | None = request.department
    while department is not None and department.id not in seen:
        seen.add(department.id)
        if heads := _active(User.role == Role.HEAD.value, User.department_id == department.id):
            return heads
        department = department.parent
    return []


def _active(*where: ColumnElement[bool]) -> Sequence[User]:
    return db.session.scalars(select(User).where(User.active.is_(True), *where).order_by(User.id)).all()
