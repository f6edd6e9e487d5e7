"""What an action on a request needs: passed to :mod:`webapp.services.casework` by every screen, program and sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.workflow import Action
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Department, ServiceRequest
from webapp.queries import shield
from webapp.services.actor import Actor


@dataclass(frozen=True, slots=True)
class Step:
    """One action on a request, with what the action needs.

    ``version`` is the version that the actor saw: when given and stale, the step is refused (no lost update).
    """

    action: Action
    note: str = ""
    department_code: str | None = None
    category_code: str | None = None
    request_type: str | None = None
    urgency: str | None = None
    area_code: str | None = None
    merge_into: str | None = None
    workdays: int | None = None  # of an extension, or of an office called in (then None: as the policy says)
    unanswered_note: str = ""  # why a case is resolved although an office that was called in has not reported
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


Effect = Callable[[ServiceRequest, Step, Actor, datetime], dict[str, Any]]
"""What a step changes besides the status, at a moment; returns what the event says of it."""


def chosen_department(request: ServiceRequest, code: str | None) -> Department:
    """The department that a step names for this request. Raises ``InvalidInput``, also where it is who is reported."""
    department = db.session.scalar(
        select(Department).where(Department.code == code, Department.is_active.is_(True))
    )
    if department is None:
        raise InvalidInput(_("请选择要派往的承办单位。"), "department_code")
    if request.reported_department_id in shield.line_of(department.id):
        raise InvalidInput(_("这是对该单位的投诉，不能派给被投诉的单位或其下属单位。"), "department_code")
    return department
