"""The index behind "same trouble": one folder, filled by the worker's sweep, read by every process.

It holds hashed words (personal data masked before) and ids of what may be shown as a neighbour's request, nothing
else. The history of the cases says what changed: whatever happens to a request appends an event, so a sweep looks at
the requests of new events, and adds or removes each as it is now. Once a day the index is made anew: what fell out of
the window, or was deleted or changed without an event, is then gone from the files as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import structlog
from flask import current_app
from sqlalchemy import func, select

from nlp.mask import mask_personal_data
from nlp.similar import Message, SimilarIndex, SimilarIndexBusy, SimilarIndexError
from nlp.similar_files import exists
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest
from webapp.queries.similar import showable

T = TypeVar("T")
logger = structlog.get_logger("similar")
_OPENED = "minping_similar_index"
_COMPLAINED = "minping_similar_complained"
_TAKEN = "TAKEN"
# A transaction with a lower number may commit after one with a higher: the last so many events are looked at again.
OVERLAP = 200
_BATCH = 500


def folder() -> Path:
    """Where the index lies."""
    chosen = current_app.config.get("SIMILAR_DIR")
    return Path(chosen or Path(current_app.config["VAR_DIR"]) / "similar")


def ask(question: Callable[[SimilarIndex], T]) -> T | None:
    """What the index, as last saved, answers; None where it is not there or cannot be used.

    That is logged once, until it answers again.
    """
    problem = "missing"
    try:
        index = _opened()
        if index is not None:
            answer = question(index)
            if current_app.extensions.pop(_COMPLAINED, None):
                logger.info("similar requests come from the index again")
            return answer
    except (SimilarIndexError, OSError, ValueError) as error:
        current_app.extensions.pop(_OPENED, None)
        problem = str(error)
    if not current_app.extensions.get(_COMPLAINED):
        current_app.extensions[_COMPLAINED] = True
        logger.warning("similar requests are found by their words alone", reason=problem)
    return None


def _opened() -> SimilarIndex | None:
    """One per process; it notices by itself what others save."""
    if not exists(folder()):
        current_app.extensions.pop(_OPENED, None)
        return None
    kept: SimilarIndex | None = current_app.extensions.get(_OPENED)
    if kept is None:
        kept = current_app.extensions[_OPENED] = SimilarIndex.open(folder())
    return kept


def take_up() -> int:
    """Sweep: bring the index up to the newest event; safe to run again. Returns how many requests came or went."""
    taken, newest = _taken(), _newest_event()
    try:
        index = _opened()
        # Another database under the same folder knows fewer events than were taken up.
        if index is None or taken is None or taken > newest:
            return rebuild()
        # Looks whether it is whole, too.
        if taken == newest and len(index) >= 0:
            return 0
        changed = _taken_up(index, max(0, taken - OVERLAP))
    except SimilarIndexError as error:
        logger.warning("similar index is made anew", reason=str(error))
        return rebuild()
    except SimilarIndexBusy:
        logger.info("similar index is being written by another process")
        return 0
    _remember(newest)
    return changed


def _taken_up(index: SimilarIndex, after: int) -> int:
    touched = db.session.scalars(
        select(RequestEvent.request_id).where(RequestEvent.id > after).distinct().order_by("request_id")
    ).all()
    changed = 0
    try:
        for begin in range(0, len(touched), _BATCH):
            ids = touched[begin : begin + _BATCH]
            there, wanted = index.saved(ids), {message.key: message for message in _messages(ids)}
            for key in there - wanted.keys():
                index.remove(key)
            for key in wanted.keys() - there:
                index.add(*wanted[key])
            changed += len(there ^ wanted.keys())
        if changed:
            index.save()
    finally:
        index.close()
    return changed


def rebuild() -> int:
    """Make the index anew from the database. Returns how many requests are in it.

    Raises ``SimilarIndexBusy`` when another process is writing.
    """
    newest = _newest_event()
    index = SimilarIndex.rebuild(folder(), _messages())
    current_app.extensions[_OPENED] = index
    _remember(newest)
    return len(index)


def _messages(ids: Sequence[int] | None = None) -> Iterator[Message]:
    """What may be shown, all of it or among ``ids``, as the index takes it."""
    columns = ServiceRequest.id, ServiceRequest.text, ServiceRequest.received_at
    statement = select(*columns).where(*showable()).order_by(ServiceRequest.id)
    if ids is not None:
        statement = statement.where(ServiceRequest.id.in_(ids))
    for number, text, received_at in db.session.execute(statement.execution_options(yield_per=_BATCH)):
        yield Message(number, mask_personal_data(text), int(received_at.timestamp()))


def _newest_event() -> int:
    return db.session.scalar(select(func.max(RequestEvent.id))) or 0


def _taken() -> int | None:
    """Number of the last event that the index has seen; None when that is not known."""
    try:
        return int(json.loads((folder() / _TAKEN).read_text(encoding="utf-8"))["event"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(event: int) -> None:
    # After saving: what was taken up twice is there once, what was never taken up would be missed.
    new = folder() / f"{_TAKEN}.{os.getpid()}"
    new.write_text(json.dumps({"event": event}), encoding="utf-8")
    new.replace(folder() / _TAKEN)
