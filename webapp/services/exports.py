"""Files that leave the system are on record: who took which table, filtered how."""

from __future__ import annotations

from webapp.extensions import db
from webapp.services import audit
from webapp.services.actor import Actor


def record_audit_export(kind: str, query: str, rows: int, actor: Actor) -> None:
    """The trail itself was taken out: an entry like any other. Commits."""
    audit.record("audit.export", "audit", actor.user_id, format=kind, query=query[:200], rows=rows)
    db.session.commit()


def record_export(page: str, table: str, kind: str, query: str, actor: Actor) -> None:
    """Write an export to the audit trail. Commits."""
    audit.record("insight.export", page[:80], actor.user_id, table=table[:40], format=kind, query=query[:200])
    db.session.commit()
