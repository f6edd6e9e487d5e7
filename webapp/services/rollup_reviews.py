"""All reviews, or some of them, counted at once for the roll-ups: read row by row, summed in numpy.

What a review adds depends on few facts beside its unit, day and channel. They travel as one small number, so that
:func:`review_counts` is asked once for each of them, however many reviews there are, and memory stays the same. Grouping in
the database sorts every review once for each roll-up: on SQLite that took three times as long and held all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, case, func, select

from webapp.extensions import db
from webapp.models import Rectification, Review
from webapp.models.rollup import REVIEW_COUNTERS
from webapp.services.rollup_counts import Counts, Key, ReviewFacts, review_counts, text_counts

Array = NDArray[np.int64]
# Rows beyond a few hundred at once outlive a round of garbage collection, which then costs more than reading them.
_FETCH, _PARTS = 500, 200
# Groups that wait to be added together: about 200 MB.
_WAITING = 2_000_000
# A group as one number: unit, channel (8 bits), day (16 bits), rating (3 bits, 0 for none) and eight flags.
_CHANNEL_BITS, _DAY_BITS, _CODE_BITS = 8, 16, 11
_FLAGS = ("is_default", "set_aside", "replied", "rectified", "asked", "heard", "satisfied", "asked_too")
_ASIDE = 8 << _FLAGS.index("set_aside")


def _code() -> ColumnElement[int]:
    """The facts of a review that are neither unit nor day nor channel nor text."""
    flags = (
        Review.is_default, Review.set_aside.is_not(None), Review.replied_at.is_not(None),
        Rectification.rectified_at.is_not(None), Rectification.followed_up_at.is_not(None),
        Rectification.satisfied.is_not(None), Rectification.satisfied >= 3, Review.asked,
    )  # fmt: skip
    code: ColumnElement[int] = func.coalesce(Review.rating, 0)
    for place, flag in enumerate(flags):
        code = code + case((flag, 8 << place), else_=0)
    return code


def _facts(code: int) -> ReviewFacts:
    """The facts behind a code, of no particular unit."""
    flags = {name: bool(code & 8 << place) for place, name in enumerate(_FLAGS)}
    return ReviewFacts(0, 0, 0, "", None, code & 7 or None, prediction=None, **flags)  # type: ignore[arg-type]


class _Numbers(dict[Any, int]):
    """Numbers things in the order in which they come."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._next, self._limit = count(), limit

    def __missing__(self, thing: Any) -> int:
        number = self[thing] = next(self._next)
        if number >= self._limit:
            raise OverflowError(f"more than {self._limit} different days or channels")
        return number

    def of(self, things: tuple[Any, ...]) -> Array:
        return np.fromiter(map(self.__getitem__, things), np.int64, len(things))


class _Sums:
    """Group → reviews, texts, Σ prediction and Σ prediction²."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Array, Array]] = []
        self._size = 0

    def add(self, groups: Array, values: Array) -> None:
        self._waiting.append(_summed(groups, values))
        self._size += len(self._waiting[-1][0])
        if self._size > _WAITING:
            self.total()

    def total(self) -> tuple[Array, Array]:
        if len(self._waiting) > 1:
            groups, values = zip(*self._waiting, strict=True)
            self._waiting = [_summed(np.concatenate(groups), np.concatenate(values))]
            self._size = len(self._waiting[0][0])
        return self._waiting[0] if self._waiting else (np.empty(0, np.int64), np.empty((0, 4), np.int64))


def _summed(groups: Array, values: Array) -> tuple[Array, Array]:
    """Groups ascending, each once, with the sums of its rows of ``values``."""
    order = np.argsort(groups, kind="stable")
    groups = groups[order]
    starts = np.flatnonzero(np.diff(groups, prepend=-(2**62)))
    return groups[starts], np.add.reduceat(values[order], starts, axis=0)


def review_totals(
    *where: ColumnElement[bool], as_if_counted: bool = False
) -> Iterator[tuple[tuple[Key], Counts]]:
    """What all reviews, or those that fulfil ``where``, add to each roll-up; ``as_if_counted``: as before they were set
    aside."""
    columns = (
        Review.service_id, Review.department_id, Review.area_id, Review.channel, Review.created_day,
        Review.prediction, _code(),
    )  # fmt: skip
    mending = Rectification.review_id == Review.id
    statement = select(*columns).outerjoin(Rectification, mending).where(*where)
    channels, days = _Numbers(1 << _CHANNEL_BITS), _Numbers(1 << _DAY_BITS)
    sums = {"service": _Sums(), "department": _Sums(), "area": _Sums()}
    for facts in _blocks(statement, channels, days):
        *units, channel, day, prediction, code = facts
        if as_if_counted:
            code &= ~_ASIDE
        tail = ((channel << _DAY_BITS | day) << _CODE_BITS) | code
        texts, read = (prediction >= 0).astype(np.int64), np.maximum(prediction, 0)
        values = np.stack([np.ones_like(read), texts, read, read * read], axis=1)
        for unit, kind in zip(units, sums, strict=True):
            sums[kind].add(unit << _CHANNEL_BITS + _DAY_BITS + _CODE_BITS | tail, values)
    for kind, sum_ in sums.items():
        yield from _told(kind, *sum_.total(), list(channels), list(days))


def _blocks(statement: Select[Any], channels: _Numbers, days: _Numbers) -> Iterator[Array]:
    """The columns of the statement's rows, a block of rows after the other; no prediction is -1."""
    result = db.session.connection().execute(statement, execution_options={"yield_per": _FETCH})
    parts: list[Array] = []
    for rows in result.partitions():
        *units, channel, day, prediction, code = zip(*rows, strict=True)
        read = [-1 if p is None else p for p in prediction]
        parts.append(np.array([*units, channels.of(channel), days.of(day), read, code], dtype=np.int64))
        if len(parts) == _PARTS:
            yield np.concatenate(parts, axis=1)
            parts = []
    if parts:
        yield np.concatenate(parts, axis=1)


def _told(
    kind: str, groups: Array, values: Array, channels: list[str], days: list[Any]
) -> Iterator[tuple[tuple[Key], Counts]]:
    """The counters of each key of one roll-up, zero ones left out."""
    if not len(groups):
        return
    codes, which = np.unique(groups & (1 << _CODE_BITS) - 1, return_inverse=True)
    added = np.array([_added(_facts(int(code))) for code in codes])
    keys = groups >> _CODE_BITS
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    counters = np.empty((len(starts), len(REVIEW_COUNTERS)), dtype=np.int64)
    for place in range(len(REVIEW_COUNTERS)):
        counters[:, place] = np.add.reduceat((values * added[which, :, place]).sum(axis=1), starts)
    for key, row in zip(keys[starts].tolist(), counters, strict=True):
        unit, rest = key >> _CHANNEL_BITS + _DAY_BITS, key & (1 << _CHANNEL_BITS + _DAY_BITS) - 1
        counts = {name: value for name, value in zip(REVIEW_COUNTERS, row.tolist(), strict=True) if value}
        yield ((kind, unit, days[rest & (1 << _DAY_BITS) - 1], channels[rest >> _DAY_BITS]),), counts


def _added(facts: ReviewFacts) -> list[list[int]]:
    """What one review of these facts, one text, one unit of Σ prediction and one of Σ prediction² add to the counters."""
    text, total, square = (text_counts(facts, 1, *sums) for sums in ((0, 0), (1, 0), (0, 1)))
    rows: list[Counts] = [review_counts(facts), text]
    # The sums count per text: what the text itself adds is taken off.
    rows += [{name: more[name] - text[name] for name in more} for more in (total, square)]
    return [[row.get(name, 0) for name in REVIEW_COUNTERS] for row in rows]
