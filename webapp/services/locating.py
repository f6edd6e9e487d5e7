"""Which area words mean: the city's names and nicknames as the language layer's gazetteer, one per process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import func, select

from nlp.gazetteer import AreaGuess, Entry, Gazetteer
from webapp.extensions import db
from webapp.models import Area
from webapp.queries import directory

logger = structlog.get_logger("language")
_EXTENSION = "minping_gazetteer"
MAX_AGE_S = 30.0
# From this confidence on a request is put where its words say; below, a clerk is shown the guess.
SURE = 0.6
_GRID = 5
_renewing = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Known:
    """A gazetteer, what it was made from, and until when nobody needs to ask whether that is still true."""

    stamp: tuple[Any, ...]
    gazetteer: Gazetteer | None
    checked_at: float
    changes: int

    def is_fresh(self) -> bool:
        return time.monotonic() - self.checked_at < MAX_AGE_S and self.changes == directory.changes()


def gazetteer() -> Gazetteer | None:
    """The names of the areas as they are now (other processes' changes: within ``MAX_AGE_S``); None without areas.

    Building takes a tenth of a second per thousand names, and only when an area was added or changed. One thread
    builds, the others go on with what they have.
    """
    kept = _kept()
    if kept is not None and kept.is_fresh():
        return kept.gazetteer
    if not _renewing.acquire(blocking=kept is None):
        return kept.gazetteer if kept is not None else None
    try:
        kept = _kept()
        if kept is None or not kept.is_fresh():
            kept = current_app.extensions[_EXTENSION] = _renewed(kept)
        return kept.gazetteer
    finally:
        _renewing.release()


def located(text: str, address: str, said: AreaGuess) -> AreaGuess:
    """The area (its code) of a message with an address beside it; ``said`` is what the text alone tells.

    The address decides, the text tells namesakes apart: 「安居」 beside a text about 松坪街道.
    """
    known = gazetteer()
    if known is None or not address.strip():
        return said
    there, both = known.resolve((), address), known.resolve((), f"{address}，{text}")
    narrowed = both.confidence >= SURE and known.holds(there.area_id, both.area_id)
    if there.confidence >= SURE and not narrowed:
        return there
    return max(both, said, key=lambda guess: guess.confidence)


def area_named(text: str, address: str = "") -> Area | None:
    """The area that the words surely mean, without reading anything else in them."""
    known = gazetteer()
    if known is None:
        return None
    guess = located(text, address, known.resolve((), text))
    if guess.area_id is None or guess.confidence < SURE:
        return None
    return db.session.scalar(select(Area).where(Area.code == guess.area_id))


def _kept() -> _Known | None:
    kept: _Known | None = current_app.extensions.get(_EXTENSION)
    return kept


def _renewed(kept: _Known | None) -> _Known:
    # Taken first: what changes while we read is then read again.
    changes, now = directory.changes(), time.monotonic()
    with db.session.no_autoflush:
        stamp = tuple(db.session.execute(select(func.count(Area.id), func.max(Area.updated_at))).one())
        if kept is not None and kept.stamp == stamp:
            return _Known(stamp, kept.gazetteer, now, changes)
        entries = _entries()
    return _Known(stamp, _built(entries), now, changes)


def _entries() -> list[Entry]:
    rows = db.session.execute(
        select(Area.id, Area.code, Area.name, Area.nicknames, Area.level, Area.parent_id).order_by(Area.id)
    ).all()
    known = {row.id: row for row in rows}
    entries = []
    for row in rows:
        above = known.get(row.parent_id)
        # Every community has a first grid.
        full = row.level == _GRID and above is not None and above.name not in row.name
        entries.append(
            Entry(
                row.code, f"{above.name}{row.name}" if above and full else row.name, tuple(row.nicknames or ()),
                row.level, above.code if above else None,
            )
        )  # fmt: skip
    return entries


def _built(entries: list[Entry]) -> Gazetteer | None:
    if not entries:
        return None
    try:
        return Gazetteer(entries)
    except ValueError as error:
        # A tree that does not hold together must not cost a resident their report.
        logger.error("areas cannot be used", reason=str(error))
        return None
