"""A member of staff's own notifications."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Notification

PAGE_SIZE = 30


def unread_count(user_id: int) -> int:
    """How many they have not read."""
    statement = select(func.count(Notification.id)).where(
        Notification.user_id == user_id, Notification.read_at.is_(None)
    )
    return db.session.scalar(statement) or 0


def newest(user_id: int, page: int = 1) -> tuple[Sequence[Notification], int]:
    """One page of their notifications, newest first, and how many there are."""
    mine = Notification.user_id == user_id
    total = db.session.scalar(select(func.count(Notification.id)).where(mine)) or 0
    statement = select(Notification).where(mine).order_by(Notification.id.desc())
    return db.session.scalars(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all(), total


def one(user_id: int, notification_id: int) -> Notification | None:
    """This person's notification with this id."""
    return db.session.scalar(
        select(Notification).where(Notification.user_id == user_id, Notification.id == notification_id)
    )


def unread(user_id: int, limit: int) -> Sequence[Notification]:
    """Their newest unread ones."""
    return db.session.scalars(
        select(Notification)
        .where(Notification.user_id == user_id, Notification.read_at.is_(None))
        .order_by(Notification.id.desc())
        .limit(limit)
    ).all()
