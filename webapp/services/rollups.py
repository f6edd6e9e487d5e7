"""Roll-ups: counted in the transaction that writes the facts, equal to a rebuild at every commit.

One definition serves both: :func:`review_counts` and :func:`request_counts` say what a row adds. A flush adds
(counts after − counts before) for each changed row; a rebuild adds (counts × rows) over the rows grouped by fact
(see :mod:`webapp.services.rollup_reviews`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import (
    Row,
    Table,
    case,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from webapp import database
from webapp.extensions import db
from webapp.models import COUNTERS, ROLLUPS, Rectification, Review, ServiceRequest
from webapp.services.rollup_counts import (
    Counts,
    Key,
    RequestFacts,
    ReviewFacts,
    request_counts,
    review_counts,
)
from webapp.services.rollup_reviews import review_totals

# --- in the writing transaction -------------------------------------------------------------------------------------


def _value(instance: Any, name: str, before: bool) -> Any:
    state = inspect(instance)
    # Asking for the history of what was not touched would cost more than all the rest.
    if not before or name not in state.committed_state:
        return getattr(instance, name)
    history = state.attrs[name].history
    if history.added:
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
        mended("satisfied") is not None, (mended("satisfied") or 0) >= 3, bool(get("asked")),
    )  # fmt: skip


def _request_facts(request: ServiceRequest, before: bool) -> RequestFacts:
    def get(name: str) -> Any:
        return _value(request, name, before)

    resolved_at, due_at = get("resolved_at"), get("due_at")
    return RequestFacts(
        get("service_id"), get("department_id"), get("area_id"), get("category_id"), get("channel"),
        get("received_day"), get("status") or "received", get("responded_at") is not None,
        resolved_at is not None and resolved_at <= due_at, get("solved"), get("contacted"),
        bool(get("unreached")), get("satisfied"), get("reopened_count") or 0,
        (get("objection_count") or 0) > 0, (get("transfer_count") or 0) > 0, bool(get("returned")),
        get("request_type") or "", get("urgency") or "normal", get("anger"), get("supporters") or 0,
        bool(get("on_the_spot")), get("sampled"),
    )  # fmt: skip


def _collect(session: Session, *_: Any) -> None:
    """Before a flush: fill defaults, then note what each changed review and request adds now and added before."""
    # Begun anew each time: what a flush that failed had noted must not be counted with the next one.
    pending: dict[Key, Counts] = {}
    session.info["rollup_changes"] = pending

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
    if not pending:
        return
    connection = session.connection()
    for key in sorted(pending):
        changes = {name: value for name, value in pending[key].items() if value}
        if changes:
            kind, unit_id, day, channel = key
            statement = _upsert(kind, tuple(changes), connection.dialect.paramstyle)
            connection.exec_driver_sql(statement, (unit_id, day.isoformat(), channel, *changes.values()))


def add_supporters(request: ServiceRequest, change: int) -> None:
    """Add to a request's supporters and to the roll-ups, in the caller's transaction, without moving its version.

    A neighbour's tap must neither refuse another tap nor a clerk's step. The UPDATE locks the row before the facts are
    read that the count belongs to.
    """
    statement = update(ServiceRequest).where(ServiceRequest.id == request.id)
    db.session.execute(
        statement.values(supporters=ServiceRequest.supporters + change),
        execution_options={"synchronize_session": False},
    )
    db.session.refresh(request)
    facts = _request_facts(request, before=False)
    after = request_counts(facts)
    before = request_counts(facts._replace(supporters=facts.supporters - change))
    difference = after.get("supporters", 0) - before.get("supporters", 0)
    db.session.info["rollup_changes"] = {key: {"supporters": difference} for key in facts.keys()}  # noqa: SIM118
    _write(db.session())


def count_set_aside(reviews: Sequence[int]) -> None:
    """Tell the roll-ups that these reviews (ids), which counted until now, were set aside in the caller's transaction."""
    pending: dict[Key, Counts] = defaultdict(lambda: defaultdict(int))
    for before, sign in ((True, -1), (False, 1)):
        for keys, counts in review_totals(Review.id.in_(reviews), as_if_counted=before):
            for key in keys:
                for name, value in counts.items():
                    pending[key][name] += sign * value
    db.session.info["rollup_changes"] = pending
    _write(db.session())


@lru_cache(maxsize=1024)
def _upsert(kind: str, counters: tuple[str, ...], paramstyle: str) -> str:
    """Add to some counters of one row. Plain SQL that SQLite and PostgreSQL share, given to the driver as it is: it runs
    in every submission, and building it from expressions cost more than running it. Names come from our own models."""
    table, mark = _table(kind).name, "?" if paramstyle == "qmark" else "%s"
    columns = ", ".join(counters)
    values = ", ".join([mark] * (3 + len(counters)))
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counters)
    return (
        f"INSERT INTO {table} (unit_id, day, channel, {columns}) VALUES ({values}) "  # noqa: S608
        f"ON CONFLICT (unit_id, day, channel) DO UPDATE SET {added}"
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


def _request_totals() -> Iterator[tuple[Iterable[Key], Counts]]:
    for facts, times in _request_rows():
        counts = {name: times * value for name, value in request_counts(facts).items()}
        yield facts.keys(), counts


def _request_rows() -> Iterator[tuple[RequestFacts, int]]:
    r = ServiceRequest
    on_time = case((r.resolved_at.is_(None), literal(False)), else_=r.resolved_at <= r.due_at)
    columns = (
        r.service_id, r.department_id, r.area_id, r.category_id, r.channel, r.received_day, r.status,
        r.responded_at.is_not(None), on_time, r.solved, r.contacted, r.unreached, r.satisfied,
        r.reopened_count, r.objection_count > 0, r.transfer_count > 0, r.returned, r.request_type,
        r.urgency, r.anger, r.supporters, r.on_the_spot, r.sampled,
    )  # fmt: skip
    labelled: list[Any] = [column.label(f"c{i}") for i, column in enumerate(columns)]
    inner = select(*labelled).subquery()
    for row in db.session.execute(select(*inner.c, func.count()).group_by(*inner.c)).yield_per(5000):
        yield RequestFacts(*row[:-1]), row[-1]


def recount() -> dict[Key, Counts]:
    """All roll-ups counted anew from reviews and requests (nothing is written)."""
    totals: dict[Key, Counts] = {}
    for keys, counts in chain(review_totals(), _request_totals()):
        for key in keys:
            target = totals.setdefault(key, defaultdict(int))
            for name, value in counts.items():
                target[name] += value
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
    take_stock()
    return len(totals)


def take_stock() -> None:
    """Let the database know how many rows the roll-ups have. A sweep; what it finds steers plans only."""
    database.take_stock(db.engine, [_table(kind).name for kind in ROLLUPS])


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
