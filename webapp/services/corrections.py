"""What staff correct in the language layer's reading of a case: the case changes, the city's model learns from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from nlp import REQUEST_TYPES
from webapp.domain.workflow import Role
from webapp.errors import Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import Area, Category, Correction, ServiceRequest
from webapp.services import dispatch
from webapp.services.actor import Actor

URGENCIES = ("normal", "urgent", "emergency")
# A department that could lower the urgency could set its own clock back.
MAY_LOWER = frozenset({Role.DISPATCHER, Role.HOTLINE_AGENT, Role.REVIEWER})


def _keep(
    request: ServiceRequest, field: str, before: str, after: str, actor: Actor, at: datetime
) -> dict[str, Any]:
    db.session.add(
        Correction(
            request_id=request.id, field=field, predicted=before, corrected=after, user_id=actor.user_id, created_at=at
        )
    )  # fmt: skip
    return {"from": before, "to": after}


def category(request: ServiceRequest, code: str | None, actor: Actor, at: datetime) -> dict[str, Any]:
    """File the case under another category; naming the present one confirms it. Raises ``InvalidInput``."""
    found = db.session.scalar(select(Category).where(Category.code == code))
    if found is None:
        raise InvalidInput(_("请选择正确的分类。"), "category_code")
    before = request.category.code if request.category else ""
    request.category_id, request.category = found.id, found
    request.needs_human = False
    return _keep(request, "category", before, found.code, actor, at)


def request_type(request: ServiceRequest, kind: str | None, actor: Actor, at: datetime) -> dict[str, Any]:
    """Complaint, help, inquiry, suggestion or praise. Raises ``InvalidInput``."""
    if kind not in REQUEST_TYPES:
        raise InvalidInput(_("请选择诉求类型。"), "request_type")
    before, request.request_type = request.request_type, kind
    return _keep(request, "request_type", before, kind, actor, at)


def area(request: ServiceRequest, code: str | None, actor: Actor, at: datetime) -> dict[str, Any]:
    """Put the case into another area; naming the present one confirms it. Who answers for it stays as it is.

    Raises ``InvalidInput``.
    """
    found = db.session.scalar(select(Area).where(Area.code == code))
    if found is None:
        raise InvalidInput(_("请选择正确的区域。"), "area_code")
    before = request.area.code
    request.area_id, request.area = found.id, found
    return _keep(request, "area", before, found.code, actor, at)


def levels_open_to(request: ServiceRequest, role: Role) -> tuple[str, ...]:
    """The levels that this role may set: raising is everybody's, lowering is not the bound department's."""
    return URGENCIES if role in MAY_LOWER else URGENCIES[URGENCIES.index(request.urgency) :]


def urgency(request: ServiceRequest, level: str | None, actor: Actor, at: datetime) -> dict[str, Any]:
    """Another urgency, and with it another deadline: sooner when raised, later when lowered, counted from receipt.

    Raises ``InvalidInput`` for an unknown level, ``Forbidden`` for one that this role may not set.
    """
    if level not in URGENCIES:
        raise InvalidInput(_("请选择紧急程度。"), "urgency")
    if level not in levels_open_to(request, actor.role):
        raise Forbidden(_("承办单位只能调高紧急程度；需要调低请联系派单员。"))
    before, old_due = request.urgency, request.due_at
    # Pauses so far moved this deadline, and move the new one as far.
    due = dispatch.deadline(request.received_at, level, request.complexity) + timedelta(
        seconds=request.paused_s
    )
    raised = URGENCIES.index(level) > URGENCIES.index(before)
    # An extension that was granted stays where it reaches further than the lowered level's own deadline.
    request.due_at = min(old_due, due) if raised else old_due if level == before else max(old_due, due)
    request.urgency = level
    kept = _keep(request, "urgency", before, level, actor, at)
    return kept | {"due_from": old_due.isoformat(), "due_to": request.due_at.isoformat()}


def was_corrected(request: ServiceRequest, field: str) -> bool:
    """Whether a person has set this field of the case."""
    return bool(
        db.session.scalar(
            select(exists().where(Correction.request_id == request.id, Correction.field == field))
        )
    )
