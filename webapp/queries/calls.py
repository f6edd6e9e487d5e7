"""What the hotline's screen reads besides the lists of the desk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from webapp.domain.workflow import OPEN_STATUSES, Status
from webapp.extensions import db
from webapp.models import Category, Service, ServiceRequest


def category_names(codes: Sequence[str]) -> dict[str, str]:
    """Code → "group › name" of those categories that exist and are in use (second and third level as in the list)."""
    wanted = {code[:end] for code in codes for end in range(2, len(code) + 1, 2)}
    rows = db.session.execute(
        select(Category.code, Category.name).where(Category.code.in_(wanted), Category.is_active.is_(True))
    )
    names = dict(rows.tuples().all())
    return {
        code: " › ".join(names[code[:end]] for end in range(2, len(code) + 1, 2) if code[:end] in names)
        for code in codes
        if code in names
    }


def services_by_code(codes: Sequence[str]) -> list[Service]:
    """The services with these codes, in this order."""
    found = db.session.scalars(select(Service).where(Service.service_code.in_(codes))).all()
    return sorted(found, key=lambda service: codes.index(service.service_code))


def can_be_joined(number: str) -> bool:
    """Whether a call may still be joined to the case with this tracking number: it is open."""
    status = db.session.scalar(
        select(ServiceRequest.status).where(ServiceRequest.service_request_id == number.strip().upper())
    )
    return status is not None and Status(status) in OPEN_STATUSES
