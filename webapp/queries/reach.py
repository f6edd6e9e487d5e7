"""The reach of a permission as SQL: the same table as :func:`webapp.domain.permissions.covers`, for lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select

from webapp.domain.permissions import Holder, Permission, Reach, reach_of
from webapp.extensions import db
from webapp.models import Area, Department

CITY = 1


def areas_below(path: str | ColumnElement[str]) -> Select[Any]:
    """Ids of an area and all below it."""
    return select(Area.id).where(Area.path.startswith(path))


def _own_area(holder: Holder) -> Area | None:
    return db.session.get(Area, holder.area_id) if holder.area_id is not None else None


def within(
    holder: Holder, permission: Permission, department: Any, area: Any
) -> list[ColumnElement[bool]]:  # fmt: skip
    """Conditions that keep what the permission reaches, given the columns with a row's department and area.

    Empty where everything is reached. Former departments are no matter of lists.
    """
    reach = reach_of(holder.role, permission)
    if reach is Reach.ALL:
        return []
    if reach in (Reach.DEPARTMENT, Reach.DEPARTMENT_EVER) and holder.department_id is not None:
        return [department == holder.department_id]
    own = _own_area(holder) if reach is Reach.AREA else None
    if own is None:
        return [false()]
    return [] if own.level == CITY else [area.in_(areas_below(own.path))]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an evaluation may show: codes of departments, and of areas; None is all of them."""

    departments: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    own: Area | None = None
    nowhere: bool = False
    """nothing at all: the reach is an area or a department, and the account has none"""

    def has_department(self, code: str) -> bool:
        """Whether this department's results may be shown."""
        return self.departments is None or code in self.departments

    def has_area(self, code: str) -> bool:
        """Whether this area's results may be shown."""
        return self.areas is None or code in self.areas


def bounds(holder: Holder, permission: Permission) -> Bounds:
    """The departments and areas that the permission reaches; ``own`` is the area that bounds them, if one does.

    A department's clerks may look at every area's name, but their permissions name no area pages.
    """
    where = within(holder, permission, Department.__table__.c.id, Department.__table__.c.area_id)
    if not where:
        return Bounds()
    own = _own_area(holder) if reach_of(holder.role, permission) is Reach.AREA else None
    departments = frozenset(db.session.scalars(select(Department.code).where(*where)))
    below = select(Area.code).where(Area.path.startswith(own.path)) if own else None
    areas = frozenset(db.session.scalars(below)) if below is not None else frozenset()
    return Bounds(departments, areas, own, nowhere=own is None and not departments)
