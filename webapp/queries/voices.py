"""The cases behind the numbers: what residents wrote, what waits, what was set aside. Live, each from an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.domain.rectification import OPEN
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import Area, Rectification, Review, Service, ServiceRequest, utcnow
from webapp.queries.deadlines import due_soon
from webapp.queries.kept import kept
from webapp.queries.tallies import RUNNING, Window, moments

_TAGS_FROM = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a department has open: requests by state, bad reviews without a rectification, and those late."""

    overdue: int
    due_soon: int
    reopened: int
    unheard: int
    bad: int
    bad_overdue: int


def waiting(department_id: int, now: datetime | None = None) -> Waiting:
    """Counts of everything open at a department; ``unheard``: answered, the resident's word outstanding."""
    if now is not None:
        return _waiting(department_id, now)
    # Thousands of bad reviews may be open; a new one waits for the next look.
    return kept(("waiting", department_id), lambda: _waiting(department_id, utcnow()), cases_only=True)


def _waiting(department_id: int, moment: datetime) -> Waiting:
    r, m = ServiceRequest, Rectification
    late, soon = r.due_at < moment, due_soon(moment)
    running = r.status.in_(RUNNING)
    requests = db.session.execute(
        select(
            func.count().filter(running, late), func.count().filter(soon),
            func.count().filter(r.status == Status.REOPENED.value),
            func.count().filter(r.status == Status.RESOLVED.value),
        ).where(r.department_id == department_id, r.status.in_((*RUNNING, Status.RESOLVED.value)))
    ).one()  # fmt: skip
    bad = db.session.execute(
        select(func.count(), func.count().filter(m.rectify_due_at < moment))
        .where(m.department_id == department_id, m.rectified_at.is_(None), m.status.in_(OPEN))
    ).one()  # fmt: skip
    return Waiting(*map(int, requests), *map(int, bad))


def comments(service_ids: Sequence[int], limit: int = 12) -> list[Review]:
    """Newest reviews with words, of any of the services, set-aside ones left out."""
    found: list[Review] = []
    for service_id in service_ids:
        found += db.session.scalars(
            select(Review)
            .where(Review.service_id == service_id, Review.comment != "", Review.set_aside.is_(None))
            .order_by(Review.created_at.desc())
            .limit(limit)
            .options(joinedload(Review.service))
        )
    return sorted(found, key=lambda review: review.created_at, reverse=True)[:limit]


def bad_tags(department_id: int, window: Window, service_id: int | None = None) -> list[tuple[str, int]]:
    """Tags of the window's bad reviews (the latest few hundred), most frequent first."""
    counts: Counter[str] = Counter()
    start, end = moments(window)
    for rating in (1, 2):
        statement = (
            select(Review.tags)
            .where(Review.department_id == department_id, Review.rating == rating, Review.set_aside.is_(None))
            .where(Review.created_at >= start, Review.created_at < end)
            .order_by(Review.created_at.desc())
            .limit(_TAGS_FROM)
        )
        if service_id is not None:
            # Not for an index: the department's bad reviews are few and in order, the service's reviews are many.
            statement = statement.where(Review.service_id + 0 == service_id)
        for tags in db.session.scalars(statement):
            counts.update(tags or [])
    return counts.most_common(8)


@dataclass(frozen=True, slots=True)
class AsideLine:
    """How many votes of a service were set aside for one reason."""

    service_code: str
    service_name: str
    reason: str
    count: int


def set_aside(window: Window, service_ids: Collection[int] | None = None) -> list[AsideLine]:
    """Set-aside votes of the window by service and reason, most first; of all services, if none are named."""
    # Whoever sets votes aside or restores them is on record; those set aside as they come are seen with the next look.
    found = kept(("set aside", window), lambda: _set_aside(window), cases_only=True)
    return [line for number, line in found if service_ids is None or number in service_ids]


def _set_aside(window: Window) -> list[tuple[int, AsideLine]]:
    """The same for all services with their ids, counted within the index of the votes that are set aside."""
    counts = (
        select(Review.service_id, Review.set_aside, func.count().label("votes"))
        .where(Review.set_aside.is_not(None), Review.created_day.between(window.first, window.last))
        .group_by(Review.service_id, Review.set_aside)
        .subquery()
    )
    rows = db.session.execute(
        select(Service.id, Service.service_code, Service.name, counts.c.set_aside, counts.c.votes)
        .join(counts, counts.c.service_id == Service.id)
        .order_by(counts.c.votes.desc(), Service.id)
    )
    return [
        (number, AsideLine(code, name, str(reason), int(votes))) for number, code, name, reason, votes in rows
    ]


def set_aside_votes(service_id: int, limit: int = 50) -> Sequence[Review]:
    """Newest set-aside votes of a service, to be looked at one by one."""
    return db.session.scalars(
        select(Review)
        .where(Review.service_id == service_id, Review.set_aside.is_not(None))
        .order_by(Review.created_at.desc())
        .limit(limit)
    ).all()


def overdue_requests(
    area_id: int | None = None, department_id: int | None = None, limit: int = 15
) -> tuple[Sequence[ServiceRequest], int]:
    """Requests past their deadline and not answered, longest overdue first, and how many there are.

    ``area_id``: with all that lies in the area."""
    r = ServiceRequest
    where = [r.status.in_(RUNNING), r.due_at < utcnow()]
    if department_id is not None:
        where.append(r.department_id == department_id)
    if area_id is not None:
        path = select(Area.path).where(Area.id == area_id).scalar_subquery()
        where.append(r.area_id.in_(select(Area.id).where(Area.path.startswith(path))))
    counting = select(func.count()).select_from(r).where(*where)
    # Only the clock and casework move it.
    key = ("overdue now", area_id, department_id)
    total = kept(key, lambda: db.session.scalar(counting) or 0, cases_only=True)
    items = db.session.scalars(
        select(r)
        .where(*where)
        .options(joinedload(r.department), joinedload(r.area), joinedload(r.category))
        .order_by(r.due_at)
        .limit(limit)
    ).all()
    return items, total


def complaints(department_id: int, window: Window, limit: int = 8) -> list[tuple[int, int, int]]:
    """(category id, requests, of them not solved or partly) of a department in the window, most asked first."""
    r = ServiceRequest
    unsolved = func.count().filter(r.solved.in_(("no", "partly")))
    start, end = moments(window)
    rows = db.session.execute(
        select(r.category_id, func.count(), unsolved)
        .where(r.department_id == department_id, r.received_at >= start, r.received_at < end)
        .where(r.category_id.is_not(None))
        .group_by(r.category_id)
        .order_by(func.count().desc())
        .limit(limit)
    )
    return [(int(category or 0), int(count), int(bad)) for category, count, bad in rows]
