"""Who must not see a complaint about themselves: the reported department, and every office below it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import Department, ServiceRequest
from webapp.queries.directory import directory


def line_of(department_id: int | None) -> tuple[int, ...]:
    """The department and those above it, smallest first; () for None."""
    parents, line = directory().department_parents, []
    while department_id is not None and department_id not in line:
        line.append(department_id)
        department_id = parents.get(department_id)
    return tuple(line)


def hides(request: ServiceRequest, role: Role, department_id: int | None) -> bool:
    """Whether this complaint must stay hidden from somebody of that role and department.

    Grid workers, who are known by their area only, see none of these.
    """
    if request.reported_department_id is None:
        return False
    return role is Role.GRID_WORKER or request.reported_department_id in line_of(department_id)


def visible(role: Role, department_id: int | None) -> list[ColumnElement[bool]]:
    """The same as conditions of a query."""
    reported = ServiceRequest.reported_department_id
    if role is Role.GRID_WORKER:
        return [reported.is_(None)]
    line = line_of(department_id)
    return [or_(reported.is_(None), reported.not_in(line))] if line else []


def department_names() -> list[tuple[str, int]]:
    """(name, id) of every department, full and short names, longest first."""
    rows = db.session.execute(select(Department.id, Department.name, Department.short_name))
    names = {(name, number) for number, *both in rows for name in both if len(name) >= 3}
    return sorted(names, key=lambda pair: (-len(pair[0]), pair))
