"""A complaint about an office goes to the one above it, and the office itself never sees who spoke, or what they said.

Recognised by words (:mod:`webapp.domain.conduct`) or by the resident's own tick; a dispatcher may protect a case later,
or lift the protection where it was a misunderstanding. Both are in the audit trail.
"""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.conduct import is_about_staff
from webapp.domain.workflow import EventType, Role, Status
from webapp.errors import Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import Department, ServiceRequest, utcnow
from webapp.queries import shield
from webapp.queries.directory import directory
from webapp.services import audit, events, joint
from webapp.services.actor import SYSTEM, Actor

MAY_PROTECT = (Role.DISPATCHER, Role.HOTLINE_AGENT, Role.REVIEWER)
# Where the work has to begin anew at another office.
_AT_WORK = (Status.RECEIVED, Status.ASSIGNED, Status.ACCEPTED, Status.OBJECTED, Status.REOPENED)


def named_in(text: str) -> int | None:
    """The department that a text names, by its longest name or short name; None when it names none."""
    return next((number for name, number in shield.department_names() if name in text), None)


def supervisor_of(department_id: int) -> int:
    """The department that looks into complaints about this one: the one above it, else the city's office, else
    ``SUPERVISION_DEPARTMENT``. Without any the department itself: hidden from it, it waits for a dispatcher."""
    known = directory()
    wanted = current_app.config["SUPERVISION_DEPARTMENT"]
    by_code = {code: number for number, code in known.department_codes.items()}
    above = [
        known.department_parents.get(department_id),
        known.responsible_department_id(None, known.city_id),
        by_code.get(wanted),
    ]
    for found in above:
        if found is not None and department_id not in shield.line_of(found):
            return found
    return department_id


def shield_request(request: ServiceRequest, routed: int) -> str | None:
    """Protect a request that complains about conduct (in the caller's transaction); ``routed`` is who would handle it.

    Returns the code of the department that handles it instead; None where nothing had to be protected. A request that
    already has ``reported_department_id`` was ticked by the resident.
    """
    if request.reported_department_id is None and not is_about_staff(request.text):
        return None
    return _hide_from(request, named_in(request.text) or routed)


def _hide_from(request: ServiceRequest, reported: int) -> str:
    request.reported_department_id = reported
    # On a public page the reported office could read it.
    request.is_public = False
    found = supervisor_of(reported)
    if found == reported:
        request.needs_human = True
    request.department = db.session.get_one(Department, found)
    request.department_id = found
    request.asked_department, request.asked_department_id = None, None
    return directory().department_codes[found]


def protect(
    request: ServiceRequest, department_code: str, note: str, actor: Actor, at: datetime | None = None
) -> None:
    """A dispatcher sees that this is a complaint about that department: it moves to the supervising one. Commits."""
    _may(actor)
    department = db.session.scalar(select(Department).where(Department.code == department_code))
    if department is None:
        raise InvalidInput(_("请选择被投诉的单位。"), "reported_code")
    before = request.department.code
    handled_by = _hide_from(request, department.id)
    data = {"from": before, "department": handled_by, "protected": True}
    if before != handled_by and request.status in _AT_WORK:
        # No transfer of a department's making, so none is counted.
        request.status = Status.ASSIGNED.value
        request.assigned_at, request.accepted_at = at or utcnow(), None
    events.append(request, EventType.TRANSFERRED, actor, note, data, at or utcnow())
    for code in joint.withdraw_from_reported(request, at or utcnow()):
        events.append(request, EventType.CALLED_OFF, SYSTEM, data={"department": code}, at=at or utcnow())
    audit.record("request.protect", request.service_request_id, actor.user_id, reported=department.code)
    db.session.commit()


def lift(request: ServiceRequest, note: str, actor: Actor) -> None:
    """It was no complaint about an office after all. It stays not public: that is the resident's word. Commits."""
    _may(actor)
    if not note.strip():
        raise InvalidInput(_("请写明为什么不是对单位或工作人员的投诉。"), "protect-note")
    reported = request.reported_department
    request.reported_department_id, request.reported_department = None, None
    events.append(request, EventType.NOTE_ADDED, actor, note)
    audit.record(
        "request.unprotect", request.service_request_id, actor.user_id,
        reported=reported.code if reported else "",
    )  # fmt: skip
    db.session.commit()


def _may(actor: Actor) -> None:
    if actor.role not in MAY_PROTECT:
        raise Forbidden(_("您的岗位不能做这一步操作。"))
