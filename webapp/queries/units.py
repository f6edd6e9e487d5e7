"""The units that are scored, with the names that pages print. Read once and kept while nobody changes the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Area, Category, Department, Service
from webapp.queries.kept import kept
from webapp.queries.scorecards import Unit

DISTRICT, STREET, COMMUNITY = 2, 3, 4
_LAG_S = 5.0
GENERAL = "general:"
"""Code prefix of a department's requests about no service in particular."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Units by id and the lines between them.

    services     services, and under −department the department's requests about no service
    districts    area → its district (None for the city itself)
    up           area → its ancestors by level
    """

    services: Mapping[int, Unit]
    departments: Mapping[int, Unit]
    areas: Mapping[int, Unit]
    up: Mapping[int, Mapping[int, int]]
    outlines: Mapping[int, Mapping[str, Any]]
    categories: Mapping[int, tuple[str, str]]
    category_names: Mapping[str, str]
    owners: frozenset[int]

    def department(self, code: str) -> Unit | None:
        """The department with this code."""
        return next((unit for unit in self.departments.values() if unit.code == code), None)

    def service(self, code: str) -> Unit | None:
        """The service with this code."""
        return next((unit for unit in self.services.values() if unit.code == code and unit.id > 0), None)

    def area(self, code: str) -> Unit | None:
        """The area with this code."""
        return next((unit for unit in self.areas.values() if unit.code == code), None)

    def owned(self, department_id: int) -> list[Unit]:
        """What a department's score is made of: its services and its requests about none."""
        code = self.departments[department_id].code
        return [unit for unit in self.services.values() if unit.department == code]

    def within(self, level: int) -> list[Unit]:
        """Areas of one level."""
        return [unit for unit in self.areas.values() if unit.level == level]


def catalogue() -> Catalogue:
    """The present catalogue."""
    # Whoever changes it is staff, on record.
    return kept("catalogue", _load, _LAG_S, cases_only=True)


def _load() -> Catalogue:
    areas = db.session.execute(
        select(Area.id, Area.code, Area.name, Area.level, Area.parent_id, Area.path, Area.population)
        .order_by(Area.code)
    ).all()  # fmt: skip
    codes, levels = {a.id: a.code for a in areas}, {a.id: a.level for a in areas}
    up = {
        a.id: {levels[i]: i for i in (int(part) for part in a.path.split("/") if part) if i in levels}
        for a in areas
    }
    # A unit's ``area`` is the district that it lies in: what pages filter by.
    district = {area: codes.get(line.get(DISTRICT, 0), "") for area, line in up.items()}
    units = {
        a.id: Unit("area", a.id, a.code, a.name, area=district[a.id], parent=codes.get(a.parent_id or 0, ""),
                   exposure=float(a.population), level=a.level)
        for a in areas
    }  # fmt: skip
    departments = _departments(district, units)
    services = _services(departments)
    owners = frozenset(
        d.id for d in departments.values() if any(s.department == d.code for s in services.values())
    )
    for d in departments.values():
        services[-d.id] = Unit("service", -d.id, f"{GENERAL}{d.code}", d.name, d.code, d.name, d.area)
    outlines = db.session.execute(
        select(Area.id, Area.outline).where(Area.level.in_((DISTRICT, STREET)), Area.outline.is_not(None))
    )
    categories = {c.id: (c.code, c.name) for c in db.session.scalars(select(Category))}
    return Catalogue(
        services, departments, units, up, {i: o for i, o in outlines if o}, categories,
        dict(categories.values()), owners,
    )  # fmt: skip


def _departments(district: Mapping[int, str], areas: Mapping[int, Unit]) -> dict[int, Unit]:
    rows = db.session.scalars(select(Department).order_by(Department.id))
    return {
        d.id: Unit("department", d.id, d.code, d.name, d.code, d.short_name or d.name, district.get(d.area_id, ""),
                   exposure=areas[d.area_id].exposure)
        for d in rows
    }  # fmt: skip


def _services(departments: Mapping[int, Unit]) -> dict[int, Unit]:
    found: dict[int, Unit] = {}
    for s in db.session.scalars(
        select(Service).where(Service.is_active.is_(True)).order_by(Service.service_code)
    ):
        home = departments[s.department_id]
        found[s.id] = Unit(
            "service", s.id, s.service_code, s.name, home.code, home.department_name, home.area,
            exposure=float(s.monthly_uses),
        )  # fmt: skip
    return found


def path_of(area_id: int) -> str:
    """The path of an area, as ``Area.path`` has it: the ids from the city down to it."""
    return "".join(f"{i}/" for _level, i in sorted(catalogue().up[area_id].items()))
