"""Which reply templates somebody has, and which fit a case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import ReplyTemplate, ServiceRequest, User

MOST = 200


def _usable(user: User) -> ColumnElement[bool]:
    # Of no office in particular (the administration keeps them): for everybody.
    office = ReplyTemplate.department_id.is_(None) | (ReplyTemplate.department_id == user.department_id)
    return or_(ReplyTemplate.author_id == user.id, and_(ReplyTemplate.shared.is_(True), office))


def templates_of(user: User) -> Sequence[ReplyTemplate]:
    """All that this person can use: their own first, then the office's and the city's; by title."""
    return db.session.scalars(
        select(ReplyTemplate)
        .where(_usable(user))
        .options(joinedload(ReplyTemplate.category), joinedload(ReplyTemplate.author))
        .order_by(ReplyTemplate.shared, ReplyTemplate.title)
        .limit(MOST)
    ).all()


def fitting(user: User, request: ServiceRequest) -> list[ReplyTemplate]:
    """Those for this case's category (or one above it) and status, the most special first."""
    code = request.category.code if request.category else ""
    fits = [
        template
        for template in templates_of(user)
        if (not template.status or template.status == request.status)
        and (template.category is None or code.startswith(template.category.code))
    ]
    return sorted(
        fits, key=lambda t: (-len(t.category.code) if t.category else 0, not t.status, t.shared, t.title)
    )
