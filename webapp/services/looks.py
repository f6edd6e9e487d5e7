"""Who has looked at a case how far: what happened since then is marked as new in their list."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.extensions import db
from webapp.models import CaseLook, Mention, ServiceRequest, User, utcnow
from webapp.services import audit


def look(user: User, request: ServiceRequest) -> None:
    """Note that ``user`` sees the case as it is now; mentions of them in it are answered by that. Commits."""
    seen = db.session.scalar(
        select(CaseLook.event_count).where(CaseLook.user_id == user.id, CaseLook.request_id == request.id)
    )
    asked = db.session.scalar(
        select(Mention.id).where(
            Mention.user_id == user.id, Mention.request_id == request.id, Mention.seen_at.is_(None)
        )
    )
    # Reloading a page writes nothing.
    if seen == request.event_count and asked is None:
        return
    _remember(user.id, request)
    db.session.execute(
        update(Mention)
        .where(Mention.user_id == user.id, Mention.request_id == request.id, Mention.seen_at.is_(None))
        .values(seen_at=utcnow())
    )
    db.session.commit()


def printed(user: User, request: ServiceRequest) -> None:
    """Note in the audit trail that the case was put on paper. Commits."""
    audit.record("request.print", request.service_request_id, user.id)
    db.session.commit()


def _remember(user_id: int, request: ServiceRequest) -> None:
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(CaseLook).values(
        user_id=user_id, request_id=request.id, event_count=request.event_count, at=utcnow()
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "request_id"],
            set_={"event_count": statement.excluded.event_count, "at": statement.excluded.at},
        )
    )
