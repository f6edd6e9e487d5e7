"""Public lists of requests."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Area, ServiceRequest


def public_requests(
    page: int = 1, page_size: int = 20, status: str | None = None, area_code: str | None = None
) -> tuple[Sequence[ServiceRequest], int]:
    """Public requests, newest first, and how many there are. ``area_code`` takes in the area's subtree."""
    where: list[ColumnElement[bool]] = [ServiceRequest.is_public.is_(True)]
    if status:
        where.append(ServiceRequest.status == status)
    if area_code:
        path = db.session.scalar(select(Area.path).where(Area.code == area_code)) or "none"
        inside = select(Area.id).where(Area.path.startswith(path))
        where.append(ServiceRequest.area_id.in_(inside))
    total = db.session.scalar(select(func.count(ServiceRequest.id)).where(*where)) or 0
    statement = (
        select(ServiceRequest)
        .where(*where)
        .options(
            joinedload(ServiceRequest.category),
            joinedload(ServiceRequest.department),
            joinedload(ServiceRequest.area),
        )
        .order_by(ServiceRequest.received_at.desc(), ServiceRequest.id.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    return db.session.scalars(statement).all(), total
