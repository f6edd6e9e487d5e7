"""The second factor as pages and the guard read it."""

from __future__ import annotations

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import RecoveryCode, SecondFactor


def is_on(user_id: int) -> bool:
    """Whether this account is asked for a code."""
    found = db.session.get(SecondFactor, user_id)
    return found is not None and found.confirmed_at is not None


def codes_left(user_id: int) -> int:
    """Recovery codes that were not used yet."""
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count(RecoveryCode.id)).where(*unused)) or 0
