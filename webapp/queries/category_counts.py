"""Requests of one area by category, counted live: the daily roll-ups hold each dimension alone."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, and_, func, select

from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest
from webapp.queries import tallies
from webapp.queries.reach import areas_below
from webapp.queries.tallies import Counts, Window

_DONE = (Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value)
_ELSEWHERE = (Status.MERGED.value, Status.OUT_OF_SCOPE.value)


def _counters() -> dict[str, ColumnElement[int]]:
    """The counters that a line of categories shows, each as the roll-ups define it."""
    r = ServiceRequest
    own = r.status.not_in(_ELSEWHERE)
    closed = r.status.in_(_DONE)
    # 当场办结 stands beside the clocks, as in the roll-ups.
    timed = and_(closed, r.on_the_spot.is_(False))
    met = and_(timed, r.resolved_at <= r.due_at)
    late = and_(timed, r.resolved_at > r.due_at)
    count = func.count()
    return {
        "received": count, "on_time": count.filter(met), "late": count.filter(late), "closed": count.filter(closed),
        "solved_yes": count.filter(own, r.solved == "yes"), "solved_partly": count.filter(own, r.solved == "partly"),
        "solved_no": count.filter(own, r.solved == "no"), "unreached": count.filter(own, r.unreached.is_(True)),
        "supporters": func.coalesce(func.sum(r.supporters).filter(own), 0),
    }  # fmt: skip


def category_counts_within(window: Window, digits: int, area_id: int) -> dict[str, Counts]:
    """Counts by the first ``digits`` of the category's code, of requests received in the area or below it."""
    r, counters = ServiceRequest, _counters()
    path = select(Area.path).where(Area.id == area_id).scalar_subquery()
    start, end = tallies.moments(window)
    rows = db.session.execute(
        select(Category.code, *counters.values())
        .join(Category, Category.id == r.category_id)
        .where(r.area_id.in_(areas_below(path)), r.received_at >= start, r.received_at < end)
        .where(r.status != Status.RECEIVED.value)
        .group_by(Category.code)
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict(tallies.NO_COUNTS))
    for code, *values in rows:
        line = found[code[:digits]]
        for name, value in zip(counters, values, strict=True):
            line[name] += int(value)
    return dict(found)
