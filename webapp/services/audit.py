"""The audit trail: append-only, hash-chained over the whole table, verified by ``flask audit verify``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from webapp.domain.workflow import GENESIS_HASH, event_hash
from webapp.extensions import db
from webapp.models import AuditEntry, utcnow


def _payload(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at, "user_id": entry.user_id, "action": entry.action, "subject": entry.subject,
        "details": entry.details,
    }  # fmt: skip


def record(action: str, subject: str = "", user_id: int | None = None, **details: Any) -> None:
    """Append to the trail in the current transaction. Never pass personal data in ``details``."""
    with db.session.no_autoflush:
        last = db.session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1))
    fresh = [e for e in db.session.new if isinstance(e, AuditEntry)]
    previous = fresh[-1].hash if fresh else (last or GENESIS_HASH)
    entry = AuditEntry(
        at=utcnow(), user_id=user_id, action=action, subject=subject, details=details, previous_hash=previous
    )
    entry.hash = event_hash(previous, _payload(entry))
    db.session.add(entry)
    # Flushed at once: ids, and with them the order of the chain, must follow the order of the calls.
    db.session.flush()


def first_broken() -> int | None:
    """Id of the first entry that does not follow from those before it; None when the trail is whole."""
    previous = GENESIS_HASH
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).yield_per(2000):
        if entry.previous_hash != previous or event_hash(previous, _payload(entry)) != entry.hash:
            return entry.id
        previous = entry.hash
    return None
