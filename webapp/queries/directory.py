"""The city's small, rarely changed tables as plain dictionaries, so that a report needs no look-ups.

Areas, categories, departments and dispatch rules are a few hundred rows that every submission consults. A process
keeps them for ``MAX_AGE_S`` seconds, and forgets them at once when it changes one itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Area, Category, Department, DispatchRule, Service

MAX_AGE_S = 5.0
_EXTENSION = "minping_directory"
_CHANGES = "minping_directory_changes"


@dataclass(frozen=True, slots=True)
class Directory:
    """Ids by code, and the trees as id → parent."""

    city_id: int
    area_ids: dict[str, int]
    area_lines: dict[int, tuple[int, ...]]
    """area → its ancestors from the smallest (itself) to the city"""
    category_ids: dict[str, int]
    category_parents: dict[int, int | None]
    rules: dict[tuple[int, int], int]
    """(category, area) → department"""
    offices: dict[int, int]
    """area → its comprehensive office, the department of last resort"""
    department_codes: dict[int, str]
    department_parents: dict[int, int | None]
    services: dict[str, tuple[int, int]]
    """service_code → (service, its department), active ones"""

    def category_id(self, code: str | None) -> int | None:
        """Id of the category, or of its nearest known ancestor."""
        while code:
            if code in self.category_ids:
                return self.category_ids[code]
            code = code[:-2]
        return None

    def responsible_department_id(self, category_id: int | None, area_id: int) -> int:
        """Department by the most specific rule (see :meth:`responsible`)."""
        return self.responsible(category_id, area_id)[0]

    def responsible(self, category_id: int | None, area_id: int) -> tuple[int, tuple[int, int] | None]:
        """Department by the most specific rule (deepest category first, then smallest area), and that rule's key.

        Where no rule reaches, the comprehensive office of the smallest area that has one (None for the rule).
        Raises ``NotFound`` when the city has no department at all.
        """
        line = self.area_lines.get(area_id, ())
        while category_id is not None:
            for area in line:
                if (found := self.rules.get((category_id, area))) is not None:
                    return found, (category_id, area)
            category_id = self.category_parents.get(category_id)
        for area in line:
            if area in self.offices:
                return self.offices[area], None
        if not self.department_codes:
            raise NotFound("no department exists")
        return min(self.department_codes), None


def _load() -> Directory:
    areas = db.session.execute(
        select(Area.id, Area.code, Area.level, Area.path).order_by(Area.level, Area.id)
    ).all()
    if not areas:
        raise NotFound("no city is here: run `flask city found` or `flask demo load` first")
    categories = db.session.execute(select(Category.id, Category.code, Category.parent_id)).all()
    departments = db.session.execute(
        select(Department.id, Department.code, Department.area_id, Department.parent_id).order_by(
            Department.id.desc()
        )
    ).all()
    rules = db.session.execute(
        select(DispatchRule.category_id, DispatchRule.area_id, DispatchRule.department_id)
    )
    services = select(Service.service_code, Service.id, Service.department_id).where(
        Service.is_active.is_(True)
    )
    return Directory(
        city_id=areas[0].id,
        area_ids={a.code: a.id for a in areas},
        area_lines={a.id: tuple(int(part) for part in reversed(a.path.split("/")) if part) for a in areas},
        category_ids={c.code: c.id for c in categories},
        category_parents={c.id: c.parent_id for c in categories},
        rules={(r.category_id, r.area_id): r.department_id for r in rules},
        offices={d.area_id: d.id for d in departments if "OFFICE" in d.code.upper()},
        department_codes={d.id: d.code for d in departments},
        department_parents={d.id: d.parent_id for d in departments},
        services={code: (service, department) for code, service, department in db.session.execute(services)},
    )


def directory() -> Directory:
    """The present directory. Raises ``NotFound`` before any city is loaded."""
    kept: tuple[float, Directory] | None = current_app.extensions.get(_EXTENSION)
    now = time.monotonic()
    if kept is None or now - kept[0] > MAX_AGE_S:
        with db.session.no_autoflush:
            kept = (now, _load())
        current_app.extensions[_EXTENSION] = kept
    return kept[1]


def forget() -> None:
    """Read the directory anew at the next use (after bulk changes that bypass the session)."""
    current_app.extensions.pop(_EXTENSION, None)
    current_app.extensions[_CHANGES] = changes() + 1


def changes() -> int:
    """How often this process has changed something the directory holds: what is made from it is stale then."""
    return int(current_app.extensions.get(_CHANGES, 0))


def _forget_changed(session: Session, *_: Any) -> None:
    kinds = (Area, Category, Department, DispatchRule, Service)
    if any(isinstance(obj, kinds) for obj in (*session.new, *session.dirty, *session.deleted)):
        session.info["directory_changed"] = True


def _forget_after_commit(session: Session) -> None:
    if session.info.pop("directory_changed", False):
        forget()


def listen() -> None:
    """Attach to the session (idempotent)."""
    if not event.contains(db.session, "before_flush", _forget_changed):
        event.listen(db.session, "before_flush", _forget_changed)
        event.listen(db.session, "after_commit", _forget_after_commit)
