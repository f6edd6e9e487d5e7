"""Writes the fictional city into an empty database: bulk inserts, real readings, valid chains, rebuilt roll-ups."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text, update

from nlp import Analysis, analyze
from nlp.taxonomy import categories
from webapp.database import take_stock
from webapp.demo import REQUESTS, REVIEWS, bulk, bulk_words, bulk_write, case_rows, rows
from webapp.demo.catalog import Catalog, build_catalog
from webapp.demo.feedback import add_feedback
from webapp.demo.history import build_history
from webapp.demo.month import add_monthly
from webapp.demo.places import LEVELS, City, build_city
from webapp.demo.records import History
from webapp.demo.rows import Ids, Row
from webapp.demo.track import Track, silent
from webapp.extensions import db
from webapp.models import (
    Area,
    Category,
    Correction,
    Department,
    DispatchRule,
    FirstDispatch,
    JointTask,
    Objection,
    Rectification,
    RequestEvent,
    Review,
    Service,
    ServiceRequest,
    Support,
    User,
)  # fmt: skip
from webapp.queries import deadlines, directory
from webapp.services import (
    escalation,
    events,
    hot_topics,
    integrity,
    public_scores,
    returns,
    rollups,
    search_index,
)
from webapp.services.accounts import hash_password
from webapp.workdays import is_workday

PASSWORD = "minping-demo"  # noqa: S105 - published on purpose: it opens nothing but the fictional city
BATCH = 4000


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written, and one case that can be opened on the track page."""

    requests: int
    events: int
    reviews: int
    set_aside: int
    sample_number: str
    sample_secret: str


def is_empty() -> bool:
    """Whether no city has been loaded or built yet."""
    return db.session.scalar(select(func.count(Area.id))) == 0


def load_city(
    now: datetime, seed: int = 20240601, reviews: int = REVIEWS, requests: int = REQUESTS,
    password: str = PASSWORD, track: Track = silent,
) -> Loaded:  # fmt: skip
    """Generate and write the city. Raises ``ValueError`` when the database already holds one.

    One transaction writes everything, so that a run that is cut off leaves nothing behind; roll-ups and integrity
    checks follow, as they would after a restore.
    """
    if not is_empty():
        raise ValueError("this database already holds a city")
    policy = deadlines.policy()
    # The look at areas and settings holds a lock that taking constraints off would wait for.
    db.session.rollback()
    city, catalog, history = build_history(now, seed, requests, reviews, cache(is_workday), policy)
    with db.engine.begin() as connection:
        ids = Ids()
        _write_catalogue(connection, city, catalog, ids, password, now)
        texts = [r.text for r in history.requests] + [r.comment for r in history.reviews if r.comment]
        readings = read_all(texts, track)
        _write_requests(connection, history, ids, readings, city, catalog)
        written = _write_reviews(connection, history, ids, readings, seed, track)
        _reset_sequences(connection)
    directory.forget()
    set_aside = integrity.sweep(now, counting=False)
    rollups.rebuild()
    search_index.rebuild()
    # As the worker would within five minutes: heads and officials find their lists filled.
    escalation.sweep(now)
    hot_topics.refresh(now)
    closed = next(r for r in reversed(history.requests) if r.status == "resolved")
    add_feedback(now, closed.number)
    # Which troubles came back is part of the story that was told.
    returns.remember(len(history.requests))
    add_monthly(now)
    public_scores.close_day(now)
    take_stock(db.engine)
    return Loaded(
        len(history.requests), events.count_events(), written, set_aside, closed.number, closed.secret
    )


def load_bare_city(now: datetime, seed: int = 20240601, password: str = PASSWORD) -> None:
    """Write the city, its catalogue and its staff without any casework. Raises ``ValueError`` as :func:`load_city`."""
    if not is_empty():
        raise ValueError("this database already holds a city")
    city = build_city(seed)
    with db.engine.begin() as connection:
        _write_catalogue(connection, city, build_catalog(city), Ids(), password, now)
        _reset_sequences(connection)
    directory.forget()


def read_all(texts: Iterable[str], track: Track = silent) -> dict[str, Analysis]:
    """The language layer's reading of each distinct text, on all cores."""
    distinct = list(dict.fromkeys(texts))
    workers = min(4, os.cpu_count() or 1)
    if len(distinct) < 400 or workers == 1:
        return dict(zip(distinct, map(analyze, track(distinct, len(distinct), "reading texts")), strict=True))
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(analyze, distinct, chunksize=100)
        return dict(zip(distinct, track(found, len(distinct), "reading texts"), strict=True))


def _table(model: type[Any]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker
    return table


def _insert(connection: Connection, model: type[Any], all_rows: Iterable[Row]) -> int:
    """Insert rows in batches; returns how many."""
    count, stream = 0, iter(all_rows)
    while batch := list(islice(stream, BATCH)):
        connection.execute(insert(_table(model)), batch)
        count += len(batch)
    return count


def _write_catalogue(
    connection: Connection, city: City, catalog: Catalog, ids: Ids, password: str, now: datetime
) -> None:
    _write_areas(connection, city, ids)
    ids.departments = {code: number for number, code in enumerate(catalog.departments, start=1)}
    parents_first = sorted(catalog.departments.values(), key=lambda d: ids.departments[d.code])
    department_rows = [
        {
            "id": ids.departments[d.code], "code": d.code, "name": d.name, "short_name": d.short_name,
            "parent_id": ids.departments[d.parent_code] if d.parent_code else None,
            "area_id": ids.areas[d.area_code], "phone": d.phone, "is_active": True,
        }
        for d in parents_first
    ]  # fmt: skip
    _insert(connection, Department, [row | {"parent_id": None} for row in department_rows])
    for row in department_rows:
        statement = update(_table(Department)).where(_table(Department).c.id == row["id"])
        connection.execute(statement.values(parent_id=row["parent_id"]))
    ids.categories = {node.code: number for number, node in enumerate(categories(), start=1)}
    _insert(connection, Category, [
        {
            "id": ids.categories[n.code], "code": n.code, "name": n.name, "level": n.level, "is_active": True,
            "parent_id": ids.categories[n.parent_code] if n.parent_code else None,
        }
        for n in sorted(categories(), key=lambda node: node.level)
    ])  # fmt: skip
    _write_services(connection, catalog, ids)
    _write_staff(connection, catalog, ids, password, now)


def _write_areas(connection: Connection, city: City, ids: Ids) -> None:
    ids.areas = {code: number for number, code in enumerate(city.places, start=1)}
    area_rows = []
    for code, place in city.places.items():
        area_rows.append(
            {
                "id": ids.areas[code], "code": code, "name": place.name, "level": LEVELS.index(place.level) + 1,
                "parent_id": ids.areas[place.parent_code] if place.parent_code else None,
                "path": "".join(f"{ids.areas[p.code]}/" for p in reversed(city.ancestors(code))),
                "population": place.population, "outline": place.geojson(),
                "nicknames": place.nicknames(),
                "latitude": place.centre[1], "longitude": place.centre[0],
            }
        )  # fmt: skip
    _insert(connection, Area, area_rows)


def _write_services(connection: Connection, catalog: Catalog, ids: Ids) -> None:
    ids.services = {code: number for number, code in enumerate(catalog.services, start=1)}
    _insert(connection, Service, [
        {
            "id": ids.services[s.service_code], "service_code": s.service_code, "name": s.name,
            "nicknames": [*s.nicknames, *s.keywords], "department_id": ids.departments[s.department_code],
            "category_id": ids.categories[s.category_code], "description": s.description,
            "materials": list(s.materials), "place": s.place, "hours": s.hours, "phone": s.phone, "scope": s.scope,
            "monthly_uses": s.monthly_uses, "is_active": True,
        }
        for s in catalog.services.values()
    ])  # fmt: skip
    _insert(connection, DispatchRule, [
        {
            "category_id": ids.categories[rule.category_code], "area_id": ids.areas[rule.area_code],
            "department_id": ids.departments[rule.department_code],
        }
        for rule in catalog.rules
    ])  # fmt: skip


def _write_staff(connection: Connection, catalog: Catalog, ids: Ids, password: str, now: datetime) -> None:
    ids.users = {person.username: number for number, person in enumerate(catalog.staff, start=1)}
    # One hash for all: hashing 240 times what everybody may know would cost ten seconds.
    hashed = hash_password(password)
    _insert(connection, User, [
        {
            "id": ids.users[p.username], "username": p.username, "name": p.name, "password_hash": hashed,
            "role": p.role, "active": True, "created_at": now, "failed_logins": 0,
            "department_id": ids.departments[p.department_code] if p.department_code else None,
            "area_id": ids.areas[p.area_code],
        }
        for p in catalog.staff
    ])  # fmt: skip


def _write_requests(
    connection: Connection,
    history: History,
    ids: Ids,
    readings: dict[str, Analysis],
    city: City,
    catalog: Catalog,
) -> None:
    records = list(enumerate(history.requests, start=1))
    ids.requests = {record.key: number for number, record in records}
    corrections = [rows.correction_row(r, n, ids, readings[r.text]) for n, r in records]
    _insert(connection, ServiceRequest, (rows.request_row(r, n, ids, readings[r.text]) for n, r in records))
    _insert(connection, Correction, [row for row in corrections if row])
    dispatched = (case_rows.dispatch_row(r, n, ids, city, catalog) for n, r in records)
    _insert(connection, FirstDispatch, (row for row in dispatched if row))
    _insert(connection, Objection, (row for n, r in records for row in case_rows.objection_rows(r, n, ids)))
    _insert(connection, JointTask, (row for n, r in records for row in case_rows.task_rows(r, n, ids)))
    _insert(connection, Support, (row for n, r in records for row in rows.support_rows(r, n, history.now)))
    _insert(connection, RequestEvent, (row for n, r in records for row in rows.event_rows(r, n, ids)))
    events.remember_heads(connection)


def _write_reviews(
    connection: Connection, history: History, ids: Ids, readings: dict[str, Analysis], seed: int, track: Track
) -> int:
    """Reviews and rectifications; returns how many reviews."""
    numbered = [(record, place) for place, record in enumerate(history.reviews, start=1)]
    _insert(connection, Review, (rows.review_row(r, n, ids, readings.get(r.comment)) for r, n in numbered))
    _insert(connection, Rectification, rows.rectification_rows(numbered, ids, history.now))
    if not history.more:
        return len(numbered)
    pool = bulk_words.compose_pool(history.reviewer)
    readings = read_all([comment for pairs in pool.values() for _tags, comment in pairs], track)
    words, first = bulk_words.read_pool(pool, readings), len(numbered) + 1
    drawn = bulk.Bulk(history.reviewer, ids, seed)
    return len(numbered) + bulk_write.fill(connection, history.more, drawn, words, first, track)


def _reset_sequences(connection: Connection) -> None:
    """PostgreSQL counts on its own sequences, which explicit ids do not move."""
    if connection.dialect.name != "postgresql":
        return
    for model in (Area, Department, Category, Service, User, ServiceRequest, Review):
        name = _table(model).name
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")  # noqa: S608
        )
