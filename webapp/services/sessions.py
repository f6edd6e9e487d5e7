"""Where staff are signed in: begun, seen, ended. A session is over when its row says so, whatever the cookie says."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, update

from webapp import crypto
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import StaffSession, utcnow
from webapp.queries import sessions as queries
from webapp.services import audit

SEEN_EVERY = timedelta(minutes=5)
KEEP_ENDED = timedelta(days=30)


def _hash(token: str) -> str:
    return crypto.keyed_hash("staff-session", token)


def begin(user_id: int, method: str, address: str, user_agent: str) -> str:
    """Begin a session in the caller's transaction; returns the token for the cookie. Forgets long-ended ones."""
    now, token = utcnow(), secrets.token_urlsafe(32)
    db.session.execute(
        delete(StaffSession).where(
            StaffSession.user_id == user_id,
            StaffSession.last_seen_at < now - KEEP_ENDED - current_app.permanent_session_lifetime,
        )
    )
    db.session.add(StaffSession(
        user_id=user_id, method=method, token_hash=_hash(token), created_at=now, last_seen_at=now,
        address=address[:45], user_agent=user_agent[:300],
    ))  # fmt: skip
    return token


def find(token: str | None, user_id: int) -> StaffSession | None:
    """The open session of this token and user; None when it was ended or nobody was seen for too long."""
    found = queries.by_hash(_hash(token)) if token else None
    if found is None or found.user_id != user_id or found.ended_at is not None:
        return None
    return found if found.last_seen_at > utcnow() - current_app.permanent_session_lifetime else None


def seen(session: StaffSession) -> None:
    """Note that somebody is there, every few minutes at most. Commits when it writes."""
    now = utcnow()
    if now - session.last_seen_at < SEEN_EVERY:
        return
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session.id)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def close(session: StaffSession) -> None:
    """Sign out: this session is over. Commits."""
    session.ended_at = utcnow()
    db.session.commit()


def end_all(user_id: int, but: int | None = None) -> int:
    """End every session of the user, ``but`` one, in the caller's transaction; returns how many."""
    open_ones = (StaffSession.user_id == user_id, StaffSession.ended_at.is_(None))
    others = (StaffSession.id != but,) if but is not None else ()
    ended = db.session.execute(update(StaffSession).where(*open_ones, *others).values(ended_at=utcnow()))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def end_one(user_id: int, session_id: int) -> None:
    """End one of one's own sessions. Commits. Raises ``NotFound`` for anybody else's."""
    found = db.session.get(StaffSession, session_id)
    if found is None or found.user_id != user_id:
        raise NotFound("no such session")
    found.ended_at = found.ended_at or utcnow()
    audit.record("session.end", f"user:{user_id}", user_id, count=1)
    db.session.commit()


def end_others(user_id: int, but: int) -> int:
    """End one's own sessions elsewhere. Commits; returns how many there were."""
    count = end_all(user_id, but)
    audit.record("session.end", f"user:{user_id}", user_id, count=count)
    db.session.commit()
    return count
