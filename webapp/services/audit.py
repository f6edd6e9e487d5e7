"""The audit trail: append-only, hash-chained over the whole table, verified by ``flask audit verify``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from nlp.mask import mask_personal_data
from webapp.domain.workflow import GENESIS_HASH, event_hash
from webapp.extensions import db
from webapp.models import AuditEntry, Setting, utcnow

HEAD = "audit_head"
_TYPED = ("note", "reason", "query", "words")


def _payload(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at, "user_id": entry.user_id, "action": entry.action, "subject": entry.subject,
        "details": entry.details,
    }  # fmt: skip


def record(action: str, subject: str = "", user_id: int | None = None, **details: Any) -> None:
    """Append to the trail in the current transaction. Never pass personal data in ``details``.

    What people typed (a note, a reason, a query) is masked here, in case they did.

    Writers queue up at the head of the chain until the one before commits, so that the chain never forks.
    """
    details |= {name: mask_personal_data(str(details[name])) for name in _TYPED if details.get(name)}
    with db.session.no_autoflush:
        previous = _lock_head()
        entry = AuditEntry(
            at=utcnow(),
            user_id=user_id,
            action=action,
            subject=subject,
            details=details,
            previous_hash=previous,
        )
        entry.hash = event_hash(previous, _payload(entry))
        db.session.add(entry)
        db.session.execute(update(Setting).where(Setting.name == HEAD).values(value=entry.hash))
    # Flushed at once: ids, and with them the order of the chain, must follow the order of the calls.
    db.session.flush()


def _lock_head() -> str:
    """Hash of the newest entry; the row that holds it stays locked until this transaction ends."""
    touched = db.session.execute(update(Setting).where(Setting.name == HEAD).values(updated_at=utcnow()))
    if not touched.rowcount:  # type: ignore[attr-defined]
        db.session.execute(insert(Setting).values(name=HEAD, value=GENESIS_HASH, updated_at=utcnow()))
        return GENESIS_HASH
    return str(db.session.scalar(select(Setting.value).where(Setting.name == HEAD)))


def first_broken() -> int | None:
    """Id of the first entry that does not follow from those before it; None when the trail is whole.

    0 means that entries at the end are missing: the newest one is not the one that the head remembers.
    """
    previous = GENESIS_HASH
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).yield_per(2000):
        if entry.previous_hash != previous or event_hash(previous, _payload(entry)) != entry.hash:
            return entry.id
        previous = entry.hash
    head = db.session.scalar(select(Setting.value).where(Setting.name == HEAD)) or GENESIS_HASH
    return None if head == previous else 0


def verify(user_id: int | None) -> int | None:
    """Check the whole trail (see :func:`first_broken`) and note in it that and by whom it was checked. Commits."""
    broken = first_broken()
    record("audit.verify", "audit", user_id, first_broken=broken)
    db.session.commit()
    return broken
