"""The SQL tracker store with three changes: personal data is masked, old events go, SQLite does not block."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

logger = logging.getLogger(__name__)
# Longer than the session (domain: session_expiration_time), so that no dialogue that could go on is cut.
KEEP_HOURS = float(os.environ.get("RASA_TRACKER_HOURS", "48"))
PURGE_EVERY_S = 600.0
_ALONE = re.compile(r"\s*(?=.*\d)[2-9A-HJ-NP-Za-hj-np-z]{6}\s*$")  # a message that is nothing but a secret
_MASKS = (
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),  # mobile phone
    (re.compile(r"(?<!\d)(1[3-9]\d)[ -]\d{4}[ -](\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"[一幺1][零〇一幺二两三四五六七八九\s]{10,14}"), "1**********"),  # a number read out
    (re.compile(r"(?<!\d)(0\d{2,3}-?)\d{4}(\d{3,4})(?!\d)"), r"\1****\2"),  # telephone
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)"), r"\1********\2"),  # identity card
    (re.compile(r"(查询码[：:是 ]*)[0-9A-Za-z]{6}"), r"\1***"),  # what opens a case
)


def tracker_url() -> str:
    """``RASA_TRACKER_URL``, else an SQLite file of its own in ``MINPING_VAR``: web and bot never share one."""
    var = Path(os.environ.get("MINPING_VAR") or "../var").resolve()
    return os.environ.get("RASA_TRACKER_URL") or f"sqlite:///{var / 'rasa.sqlite3'}"


def masked(value: Any) -> Any:
    """``value`` (JSON) without full phone numbers, identity card numbers and secrets, however deep they are."""
    if isinstance(value, str):
        for pattern, replacement in _MASKS:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked_item(key, item, value) for key, item in value.items()}
    return value


def _masked_item(key: str, item: Any, around: dict[str, Any]) -> Any:
    typed_secret = key == "text" and isinstance(item, str) and _ALONE.match(item)
    kept_secret = key == "value" and around.get("name") == "progress_secret" and item not in (None, "own")
    if typed_secret or kept_secret or (key == "secret" and item):
        return "***"
    return masked(item)


@sa.event.listens_for(SQLTrackerStore.SQLEvent, "before_insert")
def _mask_before_insert(mapper: Any, connection: Any, event: Any) -> None:
    event.data = json.dumps(masked(json.loads(event.data)))


def _forget(store: weakref.ref[ExpiringTrackerStore]) -> None:
    """Delete what is too old now and every ``PURGE_EVERY_S``, as long as the store is there."""
    while (alive := store()) is not None:
        try:
            alive.purge(time.time() - KEEP_HOURS * 3600)
        except sa.exc.SQLAlchemyError as error:
            logger.error("old dialogues could not be deleted: %s", type(error).__name__)
        del alive
        time.sleep(PURGE_EVERY_S)


class ExpiringTrackerStore(SQLTrackerStore):
    """Keeps the events of ``RASA_TRACKER_HOURS`` hours (48 by default) in the database ``RASA_TRACKER_URL``."""

    def __init__(self, host: str | None = None, **kwargs: Any) -> None:
        super().__init__(host=host or tracker_url(), **kwargs)
        if self.engine.dialect.name == "sqlite":
            # As in webapp/database.py: what a process has committed survives its crash, and no turn waits for the disk.
            sa.event.listen(
                self.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=NORMAL")
            )
            # Rasa opens a connection for each look; with none left open, each end would write all back into the file.
            self._open = self.engine.connect()
            self._open.execute(sa.text("PRAGMA journal_mode=WAL"))
        # By the clock, not with the next message: what is old goes on a day when nobody writes, too.
        threading.Thread(target=_forget, args=(weakref.ref(self),), daemon=True).start()

    def purge(self, before: float) -> int:
        """Delete events older than ``before`` (seconds since the epoch); return how many."""
        with self.session_scope() as session:
            query = session.query(self.SQLEvent).filter(self.SQLEvent.timestamp < before)
            deleted = query.delete(synchronize_session=False)
            session.commit()
        return int(deleted)
