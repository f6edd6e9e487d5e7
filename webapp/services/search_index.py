"""The search index, kept in the transaction that changes a request: a flush writes what the search then finds.

Personal data is starred out first, so that nobody finds by searching what the screen hides. Whoever changes texts past
the session (bulk statements) calls :func:`refresh`; whoever takes them away, :func:`forget`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from nlp.mask import mask_personal_data
from nlp.segment import search_characters, search_words
from webapp.extensions import db
from webapp.models import RequestEvent, SearchText, ServiceRequest

_TABLE = cast(Table, SearchText.__table__)
_PENDING = "search_changes"
_BATCH = 500
# Between the parts of a document: a word of nobody's language, so that no phrase runs from one into the next.
_BREAK = " x0x0x0x "


def document(parts: Iterable[str]) -> dict[str, str]:
    """The columns ``words`` and ``chars`` of a request that consists of these texts."""
    masked = [mask_personal_data(part) for part in parts if part.strip()]
    return {
        "words": " ".join(word for part in masked for word in search_words(part)),
        "chars": _BREAK.join(" ".join(search_characters(part)) for part in masked),
    }


def refresh(ids: Sequence[int], connection: Connection | None = None) -> int:
    """Index these requests as they are now stored, in the caller's transaction; those that are gone are forgotten.

    Returns how many there are.
    """
    connection = connection or db.session.connection()
    columns = ServiceRequest.id, ServiceRequest.text, ServiceRequest.address
    texts = {
        row.id: [row.text, row.address]
        for row in connection.execute(select(*columns).where(ServiceRequest.id.in_(ids)))
    }
    notes = (
        select(RequestEvent.request_id, RequestEvent.note)
        .where(RequestEvent.request_id.in_(ids), RequestEvent.note != "")
        .order_by(RequestEvent.request_id, RequestEvent.sequence)
    )
    for number, note in connection.execute(notes):
        texts[number].append(note)
    if rows := [{"request_id": number, **document(parts)} for number, parts in texts.items()]:
        connection.execute(_upsert(connection), rows)
    if gone := [number for number in ids if number not in texts]:
        forget(gone, connection)
    return len(rows)


def forget(ids: Sequence[int], connection: Connection | None = None) -> None:
    """Take these requests out of the index, in the caller's transaction."""
    connection = connection or db.session.connection()
    connection.execute(delete(_TABLE).where(_TABLE.c.request_id.in_(ids)))


def _upsert(connection: Connection) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(_TABLE)
    return statement.on_conflict_do_update(
        index_elements=["request_id"],
        set_={"words": statement.excluded.words, "chars": statement.excluded.chars},
    )


# --- in the writing transaction -------------------------------------------------------------------------------------


def _collect(session: Session, *_: Any) -> None:
    """Before a flush: which requests will read differently after it."""
    changed: set[ServiceRequest] = set()
    for obj in (*session.new, *session.dirty):
        if isinstance(obj, ServiceRequest):
            state = inspect(obj).attrs
            if obj in session.new or state.text.history.has_changes() or state.address.history.has_changes():
                changed.add(obj)
        elif isinstance(obj, RequestEvent) and obj.note and obj.request is not None:
            changed.add(obj.request)
    session.info[_PENDING] = changed


def _write(session: Session, *_: Any) -> None:
    changed: set[ServiceRequest] = session.info.pop(_PENDING, set())
    if ids := sorted(request.id for request in changed):
        refresh(ids, session.connection())


def listen() -> None:
    """Attach the index to the session (idempotent)."""
    if not event.contains(db.session, "before_flush", _collect):
        event.listen(db.session, "before_flush", _collect)
        event.listen(db.session, "after_flush", _write)


# --- sweep and rebuild ----------------------------------------------------------------------------------------------


def take_up(limit: int = 2000) -> int:
    """Sweep: index requests that are not yet (from before there was an index, or loaded in bulk). Returns how many."""
    missing = (
        select(ServiceRequest.id)
        .outerjoin(SearchText, SearchText.request_id == ServiceRequest.id)
        .where(SearchText.request_id.is_(None))
        .order_by(ServiceRequest.id.desc())
        .limit(limit)
    )
    return _in_batches(db.session.scalars(missing).all())


def rebuild() -> int:
    """Index every request anew, batch by batch, while the desk goes on searching. Returns how many there are."""
    orphans = select(SearchText.request_id).outerjoin(ServiceRequest).where(ServiceRequest.id.is_(None))
    forget(db.session.scalars(orphans).all())
    return _in_batches(db.session.scalars(select(ServiceRequest.id).order_by(ServiceRequest.id)).all())


def _in_batches(ids: Sequence[int]) -> int:
    done = 0
    for begin in range(0, len(ids), _BATCH):
        done += refresh(ids[begin : begin + _BATCH])
        # Each batch by itself: writers wait for a tenth of a second, not for the whole.
        db.session.commit()
    return done


def count() -> int:
    """How many requests the search knows."""
    return db.session.scalar(select(func.count(SearchText.request_id))) or 0
