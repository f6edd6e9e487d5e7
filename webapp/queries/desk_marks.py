"""What is new to a member of staff: cases never opened or changed since, and notes that mention them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, select

from webapp.domain.workflow import OPEN_STATUSES
from webapp.extensions import db
from webapp.models import CaseLook, Mention, ServiceRequest, User

_OPEN = frozenset(status.value for status in OPEN_STATUSES)


def marks(user: User, items: Sequence[ServiceRequest]) -> dict[int, str]:
    """Request id → ``"new"`` (open, never looked at) or ``"changed"`` (something happened since); the rest is left out."""
    looks = dict(
        db.session.execute(
            select(CaseLook.request_id, CaseLook.event_count).where(
                CaseLook.user_id == user.id, CaseLook.request_id.in_([item.id for item in items])
            )
        )
        .tuples()
        .all()
    )
    found = {item.id: "new" for item in items if item.id not in looks and item.status in _OPEN}
    return found | {
        item.id: "changed" for item in items if looks.get(item.id, item.event_count) < item.event_count
    }


def unread(user: User) -> ColumnElement[bool]:
    """Condition: this person has not seen the case as it is now."""
    return ~exists().where(
        CaseLook.user_id == user.id,
        CaseLook.request_id == ServiceRequest.id,
        CaseLook.event_count >= ServiceRequest.event_count,
    )


def mentioned(user: User) -> ColumnElement[bool]:
    """Condition: a note mentions this person, who has not opened the case since."""
    return ServiceRequest.id.in_(
        select(Mention.request_id).where(Mention.user_id == user.id, Mention.seen_at.is_(None))
    )


def mention_count(user: User) -> int:
    """Number of cases whose notes wait for this person."""
    return (
        db.session.scalar(
            select(func.count(Mention.request_id.distinct())).where(
                Mention.user_id == user.id, Mention.seen_at.is_(None)
            )
        )
        or 0
    )
