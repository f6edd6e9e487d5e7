"""Counts that only reports show: what was promised and done, who was heard, what was asked, and words as examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from webapp.domain.rectification import RectificationStatus
from webapp.extensions import db
from webapp.models import Appeal, Category, Rectification, Review, Service, ServiceRequest
from webapp.queries import tallies, voices
from webapp.queries.appeals import AppealCounts
from webapp.queries.counted import counted, today
from webapp.queries.kept import PAST_LAG_S, kept
from webapp.queries.tallies import Window, moments

LONG_ENOUGH = 6
_CANDIDATES = 40
# A review that no longer counts (an appeal was granted, or it was withdrawn) asks for nothing.
_NO_DUTY = (RectificationStatus.SET_ASIDE.value, RectificationStatus.RESCINDED.value)


def _of(column: ColumnElement[int], departments: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if departments is None else [column.in_(departments)]


@dataclass(frozen=True, slots=True)
class Commitments:
    """What fell due in the window, and what of it was done by the day that was promised.

    mended      bad reviews to be put right by a day in the window; extended: requests whose deadline had been moved to a
                day in the window; both done in time of all due
    supervised  requests that an official demanded an answer to in the window, and how many were answered since
    """

    mended: tuple[int, int]
    extended: tuple[int, int]
    supervised: tuple[int, int]


def commitments(window: Window, now: datetime, departments: Collection[int] | None = None) -> Commitments:
    """Promises of these departments (None: of all) that fell due by ``now``."""
    key = ("commitments", window, None if departments is None else frozenset(departments))
    if window.last < today():
        return kept(key, lambda: _commitments(window, now, departments), PAST_LAG_S)
    return _commitments(window, now, departments)


def _commitments(window: Window, now: datetime, departments: Collection[int] | None) -> Commitments:
    start, end = moments(window)
    end, m, r = min(end, now), Rectification, ServiceRequest
    count = func.count()
    mended = db.session.execute(
        select(count.filter(m.rectified_at <= m.rectify_due_at), count)
        .where(m.rectify_due_at >= start, m.rectify_due_at < end, m.status.not_in(_NO_DUTY))
        .where(*_of(m.department_id, departments))  # type: ignore[arg-type]
    ).one()
    mine = _of(r.department_id, departments)  # type: ignore[arg-type]
    extended = db.session.execute(
        select(count.filter(r.resolved_at <= r.due_at), count)
        .where(r.extended.is_(True), r.due_at >= start, r.due_at < end, *mine)
    ).one()  # fmt: skip
    supervised = db.session.execute(
        select(count.filter(r.resolved_at > r.supervised_at), count)
        .where(r.supervised_at >= start, r.supervised_at < end, *mine)
    ).one()  # fmt: skip
    return Commitments(*((int(done), int(due)) for done, due in (mended, extended, supervised)))


def votes_by_channel(window: Window, departments: Collection[int]) -> list[tuple[str, int]]:
    """(channel's key, valid active votes) of these departments, most first."""
    found: Counter[str] = Counter()
    for unit, channels in counted("department", window).items():
        if unit in departments:
            for channel, row in channels.items():
                found[channel] += tallies.votes(tallies.named([row]))
    return [(channel, number) for channel, number in found.most_common() if number]


@dataclass(frozen=True, slots=True)
class Asked:
    """A department's requests of one category: in the window and the one before, and residents' words on the solution
    (``solved`` "yes"; ``unsolved`` "partly" and "no")."""

    name: str
    received: int
    before: int
    solved: int
    unsolved: int


def asked(department_id: int, window: Window) -> list[Asked]:
    """What residents asked a department for, most frequent first."""
    r, count = ServiceRequest, func.count()
    (start, end), (earlier, _) = moments(window), moments(window.before())
    inside = r.received_at >= start
    rows = db.session.execute(
        select(
            Category.name, count.filter(inside), count.filter(r.received_at < start),
            count.filter(inside, r.solved == "yes"), count.filter(inside, r.solved.in_(("no", "partly"))),
        )
        .join(Category, Category.id == r.category_id)
        .where(r.department_id == department_id, r.received_at >= earlier, r.received_at < end)
        .group_by(Category.id, Category.name)
    )  # fmt: skip
    found = [Asked(name, *map(int, counts)) for name, *counts in rows]
    return sorted(found, key=lambda line: (-line.received, line.name))


def examples(department_id: int, window: Window, most: int = 4) -> list[Review]:
    """Bad reviews of the window with words, newest first, of as many services as possible; to be masked when shown."""
    start, end = moments(window)
    found: list[Review] = []
    for rating in (1, 2):
        found += db.session.scalars(
            select(Review)
            .where(Review.department_id == department_id, Review.rating == rating, Review.set_aside.is_(None))
            .where(Review.created_at >= start, Review.created_at < end)
            .where(func.length(Review.comment) >= LONG_ENOUGH)
            .order_by(Review.created_at.desc())
            .limit(_CANDIDATES)
            .options(joinedload(Review.service))
        )
    found.sort(key=lambda review: review.created_at, reverse=True)
    firsts: list[Review] = []
    seen: set[int] = set()
    for review in found:
        if review.service_id not in seen and review.comment not in {other.comment for other in firsts}:
            seen.add(review.service_id)
            firsts.append(review)
    return [*firsts, *(review for review in found if review not in firsts)][:most]


def set_aside_by_reason(window: Window, services: Collection[int] | None = None) -> list[tuple[str, int]]:
    """(reason, votes) of the window, most first; of these services, or of all."""
    counts: Counter[str] = Counter()
    for line in voices.set_aside(window, services):
        counts[line.reason] += line.count
    return counts.most_common()


def appeals(window: Window, departments: Collection[int]) -> AppealCounts:
    """Appeals that these departments filed in the window."""
    start, end = moments(window)
    count = func.count()
    row = db.session.execute(
        select(count, count.filter(Appeal.granted.is_(True)), count.filter(Appeal.granted.is_(False)))
        .join(Service, Service.id == Appeal.service_id)
        .where(Appeal.appealed_at >= start, Appeal.appealed_at < end, Service.department_id.in_(departments))
    ).one()
    return AppealCounts(*map(int, row))
