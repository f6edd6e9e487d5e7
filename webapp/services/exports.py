"""Files that leave the system are on record: who took which table, filtered how."""

from __future__ import annotations

from webapp.extensions import db
from webapp.services import audit
from webapp.services.actor import Actor


def record_export(page: str, table: str, kind: str, query: str, actor: Actor) -> None:
    """Write an export to the audit trail. Commits."""
    audit.record("insight.export", page[:80], actor.user_id, table=table[:40], format=kind, query=query[:200])
    db.session.commit()
