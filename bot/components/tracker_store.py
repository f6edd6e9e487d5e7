"""The SQL tracker store with three changes: personal data is masked, old events go, SQLite does not block."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

# Longer than the session (domain: session_expiration_time), so that no dialogue that could go on is cut.
KEEP_HOURS = float(os.environ.get("RASA_TRACKER_HOURS", "48"))
PURGE_EVERY_S = 600.0
_PHONE = re.compile(r"(?<![0-9A-Za-z.])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z.])")
_ID_CARD = re.compile(r"(?<![0-9A-Za-z.])([0-9]{6})[0-9]{8}([0-9]{3}[0-9Xx])(?![0-9A-Za-z.])")
_SECRET = re.compile(r'(\\?"secret\\?": \\?")[^"\\]+')


def tracker_url() -> str:
    """``RASA_TRACKER_URL``, else an SQLite file of its own in ``MINPING_VAR``: web and bot never share one."""
    var = Path(os.environ.get("MINPING_VAR") or "../var").resolve()
    return os.environ.get("RASA_TRACKER_URL") or f"sqlite:///{var / 'rasa.sqlite3'}"


def mask(data: str) -> str:
    """``data`` (an event as JSON) without full phone numbers, identity card numbers and query secrets."""
    data = _PHONE.sub(r"\1****\2", data)
    data = _ID_CARD.sub(r"\1********\2", data)
    return _SECRET.sub(r"\1***", data)


@sa.event.listens_for(SQLTrackerStore.SQLEvent, "before_insert")
def _mask_before_insert(mapper: Any, connection: Any, event: Any) -> None:
    event.data = mask(event.data)


class ExpiringTrackerStore(SQLTrackerStore):
    """Keeps the events of ``RASA_TRACKER_HOURS`` hours (48 by default) in the database ``RASA_TRACKER_URL``."""

    def __init__(self, host: str | None = None, **kwargs: Any) -> None:
        super().__init__(host=host or tracker_url(), **kwargs)
        self._purged_at = 0.0
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.execute(sa.text("PRAGMA journal_mode=WAL"))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save ``tracker``; once in a while delete what is too old."""
        await super().save(tracker)
        now = time.time()
        if now - self._purged_at > PURGE_EVERY_S:
            self._purged_at = now
            self.purge(now - KEEP_HOURS * 3600)

    def purge(self, before: float) -> int:
        """Delete events older than ``before`` (seconds since the epoch); return how many."""
        with self.session_scope() as session:
            query = session.query(self.SQLEvent).filter(self.SQLEvent.timestamp < before)
            deleted = query.delete(synchronize_session=False)
            session.commit()
        return int(deleted)
