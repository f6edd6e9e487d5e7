"""Sweep: find requests that are an earlier trouble come back, so that it counts in V (DESIGN §5.6).

Same category, same place, much the same words, received within 30 days after the earlier one was resolved. What neither
the place nor the words show is not guessed: a return that is missed costs less than a department blamed for another one.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from webapp.domain.returning import RETURN_DAYS, Spot, came_back_in_time, is_same_place
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import ServiceRequest, Setting
from webapp.queries import similar as queries
from webapp.services import similar_index, sweeping
from webapp.services.rollup_counts import RESOLVED
from webapp.services.similar import LEAST

PROGRESS = "returns_sweep"
# A transaction with a lower id may commit after one with a higher, and a category may be put right soon after.
OVERLAP = 200
LIMIT = 1000
_CANDIDATES = 60
_TROUBLES = ("complaint", "help")
_NOT_ONE = (Status.RECEIVED.value, Status.MERGED.value, Status.OUT_OF_SCOPE.value)


def sweep(limit: int = LIMIT) -> int:
    """Look at requests that no sweep has seen; returns how many of them were an earlier trouble. Commits.

    The first sweep begins with what was received in the last 30 days before the newest request.
    """
    last = db.session.scalar(select(Setting.value).where(Setting.name == PROGRESS))
    start = int(last) - OVERLAP if last is not None else _month_ago()
    fresh = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id > start, ServiceRequest.returns_to_id.is_(None))
        .where(ServiceRequest.status.not_in(_NOT_ONE), ServiceRequest.category_id.is_not(None))
        .where(ServiceRequest.request_type.in_(_TROUBLES))
        .options(joinedload(ServiceRequest.area))
        .order_by(ServiceRequest.id)
        .limit(limit)
    ).all()
    found = 0

    def link(request: ServiceRequest) -> None:
        nonlocal found
        earlier = earlier_trouble(request)
        if earlier is not None:
            request.returns_to_id, earlier.returned = earlier.id, True
            found += 1
        db.session.commit()

    sweeping.each(fresh, link)
    remember(fresh[-1].id if len(fresh) == limit else _newest())
    return found


def _newest() -> int:
    return db.session.scalar(select(func.max(ServiceRequest.id))) or 0


def _month_ago() -> int:
    newest = db.session.scalar(select(func.max(ServiceRequest.received_at)))
    if newest is None:
        return 0
    first = select(func.min(ServiceRequest.id)).where(ServiceRequest.received_at >= newest - RETURN_DAYS)
    return (db.session.scalar(first) or 1) - 1


def remember(request_id: int) -> None:
    """Sweeps go on after this request. Commits."""
    done = db.session.execute(update(Setting).where(Setting.name == PROGRESS).values(value=request_id))
    if not done.rowcount:  # type: ignore[attr-defined]
        db.session.add(Setting(name=PROGRESS, value=request_id))
    db.session.commit()


def earlier_trouble(request: ServiceRequest) -> ServiceRequest | None:
    """The resolved request that this one shows was not really solved: the likest of those at its place; None if none."""
    r = ServiceRequest
    known = db.session.scalars(
        select(r)
        .where(r.category_id == request.category_id, r.id != request.id, r.status.in_(sorted(RESOLVED)))
        .where(r.resolved_at <= request.received_at, r.resolved_at >= request.received_at - RETURN_DAYS)
        .where(r.received_at < request.received_at)
        .options(joinedload(r.area))
        .order_by(r.received_at.desc())
        .limit(_CANDIDATES)
    ).all()
    here = _spot(request)
    near = [
        other
        for other in known
        if came_back_in_time(other.resolved_at, request.received_at) and is_same_place(here, _spot(other))
    ]
    if not near:
        return None
    likeness = _likeness(request.text, [other.text for other in near])
    best = max(range(len(near)), key=likeness.__getitem__)
    return near[best] if likeness[best] >= 1.0 else None


def _spot(request: ServiceRequest) -> Spot:
    pin = None
    if request.latitude is not None and request.longitude is not None:
        pin = (request.longitude, request.latitude)
    return Spot(request.area_id, request.area.level, request.address, pin)


def _likeness(text: str, others: list[str]) -> list[float]:
    """How like texts are, in multiples of what makes two the same trouble: by the index, else by their words."""
    found = similar_index.ask(lambda index: index.compare(text, others))
    if found is not None:
        return [value / LEAST for value in found]
    return [queries.words_shared(text, other) / queries.THRESHOLD for other in others]
