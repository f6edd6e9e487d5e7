"""Insert with roll-ups beside insert alone, in one run; and how fast the bulk path fills a database.

A review per transaction, through the same session, with and without the listeners that count; alternating in blocks, CPU
time of this process. ``BENCH_POSTGRES`` (an SQLAlchemy URL of a server) measures PostgreSQL too, where the server's own
time is not in the figure and wall time is given instead.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from bench.figure import Figure
from bench.places import postgres_database
from tests.factories import make_town
from webapp import create_app
from webapp.demo import bulk, bulk_words, bulk_write
from webapp.demo.history import build_history
from webapp.demo.load import load_bare_city
from webapp.demo.rows import Ids
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Area, Department, Review, Service, utcnow
from webapp.services import rollups

BLOCKS, PER_BLOCK = 8, 150
BULK = int(os.environ.get("BENCH_BULK", "200000"))
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def _app(folder: Path, url: str = "") -> Flask:
    return create_app(
        {
            "SQLALCHEMY_DATABASE_URI": url or f"sqlite:///{folder / 'minping.sqlite3'}", "VAR_DIR": folder,
            "UPLOAD_DIR": folder / "uploads", "SECRET_KEY": "bench", "FIELD_KEYS": ["bench"], "LOG_LEVEL": "ERROR",
        }
    )  # fmt: skip


def _insert(service: tuple[int, int, int], start: int, clock: Callable[[], float]) -> float:
    """Seconds for ``PER_BLOCK`` reviews, each in a transaction of its own."""
    service_id, department_id, area_id = service
    began = clock()
    for number in range(start, start + PER_BLOCK):
        now = utcnow()
        db.session.add(
            Review(
                review_id=f"PJ{number:09d}", service_id=service_id, department_id=department_id, area_id=area_id,
                channel="web", rating=1 + number % 5, identity=f"{number:064d}", use_key=f"u{number}", is_default=False,
                created_at=now, created_day=local(now).date(), prediction=number % 1000,
            )
        )  # fmt: skip
        db.session.commit()
    return clock() - began


def _switch(on: bool) -> None:
    change = event.listen if on else event.remove
    change(db.session, "before_flush", rollups._collect)
    change(db.session, "after_flush", rollups._write)


def _shares(app: Flask, clock: Callable[[], float]) -> tuple[float, float]:
    """Seconds per insert without and with roll-ups."""
    with app.app_context():
        db.create_all()
        town = make_town()
        service = (town.services["HR-001"], town.departments["HR"], town.areas["T"])
        spent = {True: 0.0, False: 0.0}
        for block in range(2 * (BLOCKS + 1)):
            on = block % 2 == 0
            if not on:
                _switch(False)
            seconds = _insert(service, block * PER_BLOCK, clock)
            if not on:
                _switch(True)
            # The first blocks fill caches.
            spent[on] += seconds if block > 1 else 0.0
        db.drop_all()
        db.session.remove()
        db.engine.dispose()
    return spent[False] / (BLOCKS * PER_BLOCK), spent[True] / (BLOCKS * PER_BLOCK)


def _filled(app: Flask) -> tuple[float, float, int]:
    """CPU seconds and wall seconds of the bulk path for ``BULK`` reviews with their rectifications, and how many."""
    with app.app_context():
        db.create_all()
        load_bare_city(NOW)
        ids = Ids()
        for name, model, code in (
            ("areas", Area, Area.code), ("departments", Department, Department.code), ("services", Service, Service.service_code),
        ):  # fmt: skip
            setattr(ids, name, dict(db.session.execute(db.select(code, model.id)).tuples().all()))
        db.session.commit()
        _city, _catalog, history = build_history(NOW, requests=10, reviews=BULK)
        words = bulk_words.unread_pool(bulk_words.compose_pool(history.reviewer))
        drawn = bulk.Bulk(history.reviewer, ids, 1)
        cpu, wall = time.process_time(), time.perf_counter()
        with db.engine.begin() as connection:
            count = bulk_write.fill(connection, BULK, drawn, words, 1)
        found = time.process_time() - cpu, time.perf_counter() - wall, count
        db.session.remove()
        db.engine.dispose()
    return found


def measure() -> Iterator[Figure]:
    """Share of an insert's throughput that is left with roll-ups, and rows per second of the bulk path."""
    with tempfile.TemporaryDirectory() as name:
        alone, counted = _shares(_app(Path(name)), time.process_time)
        yield Figure("SQLite: insert alone", 1000 * alone, "CPU-ms")
        yield Figure("SQLite: insert + roll-ups", 1000 * counted, "CPU-ms")
        yield Figure("SQLite: throughput with roll-ups beside without", alone / counted, "", "at least 0.65")
    with tempfile.TemporaryDirectory() as name:
        cpu, wall, count = _filled(_app(Path(name)))
        yield Figure("SQLite: bulk path, reviews per CPU second", count / cpu, "")
        yield Figure("SQLite: bulk path, reviews per second", count / wall, "")
    with postgres_database("rollups") as url, tempfile.TemporaryDirectory() as name:
        if url:
            alone, counted = _shares(_app(Path(name), url), time.perf_counter)
            yield Figure("PostgreSQL: insert alone", 1000 * alone, "ms")
            yield Figure(
                "PostgreSQL: throughput with roll-ups beside without", alone / counted, "", "at least 0.65"
            )
            cpu, wall, count = _filled(_app(Path(name), url))
            yield Figure("PostgreSQL: bulk path, reviews per second", count / wall, "")
