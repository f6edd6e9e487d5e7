"""Roll-ups: counted in the transaction that writes the facts, equal to a rebuild at every commit.

One definition serves both: :func:`review_counts` and :func:`request_counts` say what a row adds. A flush adds
(counts after − counts before) for each changed row; a rebuild adds (counts × rows) over the rows grouped by fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Table, case, delete, func, insert, inspect, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import COUNTERS, ROLLUPS, Rectification, Review, ServiceRequest

Key = tuple[str, int, date, str]
"""(unit kind, unit id, local day, channel)"""
Counts = dict[str, int]

RESOLVED = frozenset({Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value})


class ReviewFacts(NamedTuple):
    """What a review adds to the counts depends on these values alone."""

    service_id: int
    department_id: int
    area_id: int
    channel: str
    day: date
    rating: int | None
    is_default: bool
    set_aside: bool
    prediction: int | None
    replied: bool
    rectified: bool
    asked: bool
    satisfied: bool

    def keys(self) -> Iterator[Key]:
        yield "service", self.service_id, self.day, self.channel
        yield "department", self.department_id, self.day, self.channel
        yield "area", self.area_id, self.day, self.channel


class RequestFacts(NamedTuple):
    """What a request adds to the counts depends on these values alone."""

    service_id: int | None
    department_id: int
    area_id: int
    category_id: int | None
    channel: str
    day: date
    status: str
    responded: bool
    on_time: bool
    solved: str | None
    contacted: bool | None
    unreached: bool
    satisfied: int | None
    reopened: int
    objected: bool
    transferred: bool
    returned: bool
    request_type: str
    urgency: str
    anger: int | None
    supporters: int

    def keys(self) -> Iterator[Key]:
        if self.service_id is not None:
            yield "service", self.service_id, self.day, self.channel
        yield "department", self.department_id, self.day, self.channel
        yield "area", self.area_id, self.day, self.channel
        if self.category_id is not None:
            yield "category", self.category_id, self.day, self.channel


def review_counts(facts: ReviewFacts) -> Counts:
    """Counters that one review adds, zero ones left out (units: see DESIGN §5; votes in quarters, texts in 1/1000)."""
    counts: Counts = {"uses": 1}
    active = facts.rating is not None and not facts.is_default and not facts.set_aside
    if facts.is_default:
        counts["defaults"] = 1
    elif facts.rating is None:
        counts["unrated"] = 1
    elif facts.set_aside:
        counts["set_aside"] = 1
    elif facts.rating is not None:
        counts[f"rating_{facts.rating}"] = 1
        if facts.rating <= 2:
            counts["bad_replied"] = int(facts.replied)
            counts["bad_rectified"] = int(facts.rectified)
            counts["bad_asked"] = int(facts.asked)
            counts["bad_satisfied"] = int(facts.satisfied)
    if facts.prediction is not None and not facts.set_aside:
        p = facts.prediction
        counts.update(text_n=1, text_sum=p, text_sq=p * p)
        if active and facts.rating is not None:
            v = facts.rating - 1
            counts.update(
                both_n=1,
                both_pred_sum=p,
                both_pred_sq=p * p,
                both_vote_sum=v,
                both_vote_sq=v * v,
                both_cross=p * v,
            )
    return {name: value for name, value in counts.items() if value}


def request_counts(facts: RequestFacts) -> Counts:
    """Counters that one request adds, zero ones left out.

    ``reopened`` counts each time: every 未解决 or 部分解决 that a resident ever gave led to one reopening.
    Merged requests count as received and merged only (the earlier request carries the work); so do those out of scope.
    """
    counts: Counts = {"received": 1}
    if facts.status in (Status.MERGED, Status.OUT_OF_SCOPE):
        counts[facts.status] = 1
        return counts
    closed = facts.status in RESOLVED
    counts.update(
        responded=int(facts.responded), closed=int(closed), on_time=int(closed and facts.on_time),
        late=int(closed and not facts.on_time), unreached=int(facts.unreached),
        contacted=int(facts.contacted is True), not_contacted=int(facts.contacted is False),
        reopened=facts.reopened, objected=int(facts.objected), transferred=int(facts.transferred),
        returned=int(closed and facts.returned), returned_eligible=int(closed), supporters=facts.supporters,
        emergency=int(facts.urgency == "emergency"),
    )  # fmt: skip
    if facts.solved:
        counts[f"solved_{facts.solved}"] = 1
    if facts.satisfied:
        counts[f"satisfied_{facts.satisfied}"] = 1
    if facts.request_type:
        counts[facts.request_type] = 1
    if facts.anger is not None:
        counts.update(anger_n=1, anger_sum=facts.anger)
    return {name: value for name, value in counts.items() if value}


# --- in the writing transaction -------------------------------------------------------------------------------------


def _value(instance: Any, name: str, before: bool) -> Any:
    history = inspect(instance).attrs[name].history
    if before and history.added:
        # Nothing deleted means that the column was never given a value since its INSERT: it is NULL.
        return history.deleted[0] if history.deleted else None
    return getattr(instance, name)


def _review_facts(review: Review, before: bool, session: Session) -> ReviewFacts:
    def get(name: str) -> Any:
        return _value(review, name, before)

    mending = review.rectification
    # A rectification added in this flush did not exist before it.
    known = mending is not None and not (before and mending in session.new)

    def mended(name: str) -> Any:
        return _value(mending, name, before) if known else None

    return ReviewFacts(
        get("service_id"), get("department_id"), get("area_id"), get("channel"), get("created_day"),
        get("rating"), bool(get("is_default")), get("set_aside") is not None, get("prediction"),
        get("replied_at") is not None, mended("rectified_at") is not None, mended("followed_up_at") is not None,
        (mended("satisfied") or 0) >= 3,
    )  # fmt: skip


def _request_facts(request: ServiceRequest, before: bool) -> RequestFacts:
    def get(name: str) -> Any:
        return _value(request, name, before)

    resolved_at, due_at = get("resolved_at"), get("due_at")
    return RequestFacts(
        get("service_id"), get("department_id"), get("area_id"), get("category_id"), get("channel"),
        get("received_day"), get("status") or Status.RECEIVED.value, get("responded_at") is not None,
        resolved_at is not None and resolved_at <= due_at, get("solved"), get("contacted"),
        bool(get("unreached")), get("satisfied"), get("reopened_count") or 0,
        (get("objection_count") or 0) > 0, (get("transfer_count") or 0) > 0, bool(get("returned")),
        get("request_type") or "", get("urgency") or "normal", get("anger"), get("supporters") or 0,
    )  # fmt: skip


def _collect(session: Session, *_: Any) -> None:
    """Before a flush: fill defaults, then note what each changed review and request adds now and added before."""
    pending: dict[Key, Counts] = session.info.setdefault("rollup_changes", {})

    def add(keys: Iterable[Key], counts: Counts, sign: int) -> None:
        for key in keys:
            target = pending.setdefault(key, defaultdict(int))
            for name, value in counts.items():
                target[name] += sign * value

    touched = {obj for obj in (*session.new, *session.dirty) if isinstance(obj, Review | ServiceRequest)}
    touched |= {obj.review for obj in (*session.new, *session.dirty) if isinstance(obj, Rectification)}
    for obj in touched:
        states = [(False, 1)] if obj in session.new else [(True, -1), (False, 1)]
        for before, sign in states:
            if isinstance(obj, Review):
                facts = _review_facts(obj, before, session)
                add(facts.keys(), review_counts(facts), sign)
            else:
                request = _request_facts(obj, before)
                add(request.keys(), request_counts(request), sign)


def _write(session: Session, *_: Any) -> None:
    """After the flush: add the differences. Sorted keys, so that two transactions never lock in opposite order."""
    pending: dict[Key, Counts] = session.info.pop("rollup_changes", {})
    connection = session.connection()
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for key in sorted(pending):
        changes = {name: value for name, value in pending[key].items() if value}
        if not changes:
            continue
        kind, unit_id, day, channel = key
        table = _table(kind)
        statement = upsert(table).values(unit_id=unit_id, day=day, channel=channel, **changes)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["unit_id", "day", "channel"],
                set_={name: table.c[name] + statement.excluded[name] for name in changes},
            )
        )


def _table(kind: str) -> Table:
    return cast(Table, ROLLUPS[kind].__table__)


def listen() -> None:
    """Attach the roll-ups to the session (idempotent)."""
    from sqlalchemy import event

    if not event.contains(db.session, "before_flush", _collect):
        event.listen(db.session, "before_flush", _collect)
        event.listen(db.session, "after_flush", _write)


# --- rebuild and verify ---------------------------------------------------------------------------------------------


def _review_rows() -> Iterator[tuple[ReviewFacts, int]]:
    mending = Rectification
    columns = (
        Review.service_id, Review.department_id, Review.area_id, Review.channel, Review.created_day,
        Review.rating, Review.is_default, Review.set_aside.is_not(None), Review.prediction,
        Review.replied_at.is_not(None), mending.rectified_at.is_not(None), mending.followed_up_at.is_not(None),
        func.coalesce(mending.satisfied, 0) >= 3,
    )  # fmt: skip
    statement = select(*columns, func.count()).outerjoin(mending, mending.review_id == Review.id)
    for row in db.session.execute(statement.group_by(*columns)).yield_per(5000):
        yield ReviewFacts(*row[:-1]), row[-1]


def _request_rows() -> Iterator[tuple[RequestFacts, int]]:
    r = ServiceRequest
    on_time = case((r.resolved_at.is_(None), literal(False)), else_=r.resolved_at <= r.due_at)
    columns = (
        r.service_id, r.department_id, r.area_id, r.category_id, r.channel, r.received_day, r.status,
        r.responded_at.is_not(None), on_time, r.solved, r.contacted, r.unreached, r.satisfied,
        r.reopened_count, r.objection_count > 0, r.transfer_count > 0, r.returned, r.request_type,
        r.urgency, r.anger, r.supporters,
    )  # fmt: skip
    labelled: list[Any] = [column.label(f"c{i}") for i, column in enumerate(columns)]
    inner = select(*labelled).subquery()
    for row in db.session.execute(select(*inner.c, func.count()).group_by(*inner.c)).yield_per(5000):
        yield RequestFacts(*row[:-1]), row[-1]


def recount() -> dict[Key, Counts]:
    """All roll-ups counted anew from reviews and requests (nothing is written)."""
    totals: dict[Key, Counts] = {}
    sources: tuple[tuple[Iterator[tuple[Any, int]], Any], ...] = (
        (_review_rows(), review_counts),
        (_request_rows(), request_counts),
    )
    for rows, count in sources:
        for facts, times in rows:
            counts = count(facts)
            for key in facts.keys():  # noqa: SIM118 - not a mapping
                target = totals.setdefault(key, defaultdict(int))
                for name, value in counts.items():
                    target[name] += times * value
    return totals


def rebuild() -> int:
    """Replace all roll-ups by a recount, in one transaction; returns the number of rows written."""
    totals = recount()
    for kind in ROLLUPS:
        table = _table(kind)
        db.session.execute(delete(table))
        rows = [
            {"unit_id": unit, "day": day, "channel": channel, **dict.fromkeys(COUNTERS, 0), **counts}
            for (k, unit, day, channel), counts in totals.items()
            if k == kind
        ]
        for start in range(0, len(rows), 2000):
            db.session.execute(insert(table), rows[start : start + 2000])
    db.session.commit()
    return len(totals)


def verify() -> list[str]:
    """Differences between the stored roll-ups and a recount, one line each; empty when they agree."""
    expected = recount()
    problems: list[str] = []
    for kind in ROLLUPS:
        table = _table(kind)
        for row in db.session.execute(select(table)).yield_per(5000):
            problems += _compare(kind, row, expected.pop((kind, row.unit_id, row.day, row.channel), {}))
    problems += [f"{key}: row missing" for key, counts in expected.items() if any(counts.values())]
    return problems


def _compare(kind: str, row: Row[Any], expected: Counts) -> list[str]:
    stored = row._mapping
    return [
        f"{kind} {row.unit_id} {row.day} {row.channel}: {name} stored {stored[name]}, counted {expected.get(name, 0)}"
        for name in COUNTERS
        if stored[name] != expected.get(name, 0)
    ]
