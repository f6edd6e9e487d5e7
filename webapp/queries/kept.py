"""Results kept in the process while nothing new was written, so that a page costs milliseconds.

What residents and staff write moves the highest id of a review, an event or an audit entry; three look-ups at the end
of an index tell whether a kept result still holds, in every process and on every machine. ``MAX_AGE_S`` covers the
rest: the clock that makes requests overdue, and the rare change that leaves no such trace. What is about the past only
moves when an old case does, and lines over half a year move little in a minute: they may lag behind by so much.

All that a page asks for in one transaction is held against one look at those ids (:func:`once`), so that its parts are
of one moment, and what is computed anew takes over the units that nothing touched (:class:`Parts`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast

from flask import current_app
from sqlalchemy import event, func, select
from sqlalchemy.orm import ORMExecuteState, Session

from webapp.domain.looks import LOOKS
from webapp.extensions import db
from webapp.models import AuditEntry, RequestEvent, Review

T = TypeVar("T")
Ids = tuple[Any, ...]
"""Highest ids: of a review (unless only cases count), of an event, of an audit entry"""
MAX_AGE_S = 30.0
PAST_LAG_S = 300.0
TREND_LAG_S = 60.0
ONCE_S = 1.0
CAPACITY = 64
_EXTENSION, _ONCE = "minping_kept", "minping_once"
# Somebody's look at a case is on record, and moves no result.
_TRAIL = (
    select(AuditEntry.id)
    .where(AuditEntry.action.not_in(sorted(LOOKS)))
    .order_by(AuditEntry.id.desc())
    .limit(1)
)
_CASES = (select(func.max(RequestEvent.id)).scalar_subquery(), _TRAIL.scalar_subquery())
_NEWEST = {False: select(select(func.max(Review.id)).scalar_subquery(), *_CASES), True: select(*_CASES)}


def once(key: Hashable, compute: Callable[[], T]) -> T:
    """``compute()``, or what it gave earlier in this transaction, at most ``ONCE_S`` ago, if nothing was written in it."""
    found: dict[Hashable, tuple[float, Any]] = db.session().info.setdefault(_ONCE, {})
    at, value = found.get(key, (0.0, None))
    if key not in found or time.monotonic() - at > ONCE_S:
        value = compute()
        found[key] = time.monotonic(), value
    return cast(T, value)


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_transaction_end")
def _wrote(session: Session, *_: Any) -> None:
    session.info.pop(_ONCE, None)


@event.listens_for(Session, "do_orm_execute")
def _executes(state: ORMExecuteState) -> None:
    if not state.is_select:
        _wrote(state.session)


def _newest(cases_only: bool) -> Ids:
    return once(("newest", cases_only), lambda: tuple(db.session.execute(_NEWEST[cases_only]).one()))


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    newest: Ids
    value: Any


class Parts:
    """What a result was made of the last time: one value per unit, with all that it was computed from."""

    def __init__(self) -> None:
        self.made: dict[Hashable, tuple[tuple[Any, ...], Any]] = {}

    def get(self, key: Hashable, compute: Callable[..., T], *given: Any) -> T:
        """``compute(*given)``, or its last value for ``key`` if it was given the same. Values must not be changed."""
        found = self.made.get(key)
        # Equal parts are mostly the same objects, which Python compares by their addresses.
        if found is None or found[0] != given:
            found = self.made[key] = given, compute(*given)
        return cast(T, found[1])


class _Shelf:
    """What one process keeps, the least lately computed first."""

    def __init__(self) -> None:
        self.items: OrderedDict[Hashable, _Kept] = OrderedDict()
        self.parts: OrderedDict[Hashable, Parts] = OrderedDict()
        self.locks: dict[Hashable, Lock] = {}

    def find(self, key: Hashable, tolerate: float, cases_only: bool) -> _Kept | None:
        found = self.items.get(key)
        if found is None:
            return None
        age = time.monotonic() - found.at
        fresh = age < tolerate or (age < MAX_AGE_S and found.newest == _newest(cases_only))
        return found if fresh else None

    def put(self, key: Hashable, kept_now: _Kept) -> _Kept:
        self.items[key] = kept_now
        self.items.move_to_end(key)
        while len(self.items) > CAPACITY:
            gone, _ = self.items.popitem(last=False)
            self.locks.pop(gone, None)
        return kept_now


def kept(
    key: Hashable, compute: Callable[[], T], tolerate: float = 0.0, cases_only: bool = False,
    renew: Callable[[T, Ids, Ids], T | None] | None = None,
) -> T:  # fmt: skip
    """``compute()``, or its kept result for ``key`` if nothing was written since. Results must not be changed.

    ``tolerate``: so many seconds behind do not matter, however much is written meanwhile. ``cases_only``: new reviews
    do not move it, only casework does. ``renew``: brings a result that is not old yet up to date, given the ids that it
    was computed at and the present ones; None where that is not possible.
    """
    shelf = _shelf()
    found = shelf.find(key, tolerate, cases_only)
    if found is None:
        # Of many threads that want the same after a write, one computes and the others wait for it.
        with shelf.locks.setdefault(key, Lock()):
            found = shelf.find(key, tolerate, cases_only)
            if found is None:
                newest, old = _newest(cases_only), shelf.items.get(key)
                renewed = None
                if renew and old and time.monotonic() - old.at < MAX_AGE_S:
                    renewed = renew(old.value, old.newest, newest)
                if old and renewed is not None:
                    # As old as before: what leaves no trace must be seen in time.
                    found = shelf.put(key, _Kept(old.at, newest, renewed))
                else:
                    found = shelf.put(key, _Kept(time.monotonic(), newest, compute()))
    return cast(T, found.value)


def _shelf() -> _Shelf:
    shelf: _Shelf = current_app.extensions.setdefault(_EXTENSION, _Shelf())
    return shelf


def parts_of(key: Hashable) -> Parts:
    """The parts that the result ``key`` was last made of in this process; empty the first time."""
    shelf = _shelf()
    found = shelf.parts.pop(key, None) or Parts()
    shelf.parts[key] = found
    while len(shelf.parts) > CAPACITY:
        shelf.parts.popitem(last=False)
    return found


def forget() -> None:
    """Drop everything kept (after changes that no id tells of)."""
    db.session().info.pop(_ONCE, None)
    current_app.extensions.pop(_EXTENSION, None)
