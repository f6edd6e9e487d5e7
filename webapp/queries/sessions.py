"""Sessions of staff as they are looked up and listed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import StaffSession, utcnow


def by_hash(token_hash: str) -> StaffSession | None:
    """The session behind a token."""
    return db.session.scalar(select(StaffSession).where(StaffSession.token_hash == token_hash))


def open_sessions(user_id: int) -> Sequence[StaffSession]:
    """Where the user is signed in, the most recently seen first."""
    return db.session.scalars(
        select(StaffSession)
        .where(StaffSession.user_id == user_id, StaffSession.ended_at.is_(None))
        .where(StaffSession.last_seen_at > utcnow() - current_app.permanent_session_lifetime)
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
    ).all()
