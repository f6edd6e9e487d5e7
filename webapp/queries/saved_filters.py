"""Saved filters that somebody sees: their own, and what colleagues of the same office share."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import SavedFilter, User


def filters_of(user: User) -> Sequence[SavedFilter]:
    """Own filters, then shared ones of the department; who has no department shares with their own role there."""
    office = (
        and_(User.department_id.is_(None), User.role == user.role)
        if user.department_id is None
        else User.department_id == user.department_id
    )
    return db.session.scalars(
        select(SavedFilter)
        .join(User, User.id == SavedFilter.user_id)
        .where(
            or_(
                SavedFilter.user_id == user.id,
                and_(SavedFilter.shared.is_(True), User.active.is_(True), office),
            )
        )
        .options(joinedload(SavedFilter.user))
        .order_by(SavedFilter.user_id != user.id, SavedFilter.name)
    ).all()


def default_of(user: User) -> SavedFilter | None:
    """Where this person's queue starts."""
    return db.session.scalar(
        select(SavedFilter).where(SavedFilter.user_id == user.id, SavedFilter.is_default.is_(True)).limit(1)
    )
