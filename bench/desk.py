"""The desk under time: suggestions while a caller speaks, and full-text search among 7,000 and 200,000 requests.

Both in the demo city, through the pages; the larger one is the same city whose requests were multiplied, their halves
recombined. ``BENCH_REQUESTS`` sets other sizes. Milliseconds are this process's CPU time, as other work on the machine
would be measured otherwise. ``DATABASE_URL`` measures the search there instead (a loaded and filled database, which is
left as it is).
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, cast

from flask import Flask
from sqlalchemy import Table, func, insert, select

from bench.figure import Figure
from bench.pages import ROOT, place
from webapp import create_app
from webapp.extensions import db
from webapp.models import ServiceRequest, User
from webapp.queries import desk
from webapp.queries.desk import QueueFilter
from webapp.services import hints, language, search_index

SIZES = os.environ.get("BENCH_REQUESTS", "7000,200000")
QUERIES = (
    "路灯",
    "小区",
    "门口的路灯坏了",
    "物业 噪音",
    '"晚上睡不着"',
    "3号楼",
    "人民路12号",
    "小区 停车 收费",
    "的",
    "MP2",
)
CALLS = (
    "楼下烧烤摊晚上太吵了",
    "请问公租房怎么申请，需要哪些材料",
    "小区门口路灯坏了一周，老人晚上出门看不见",
    "楼道里有煤气味",
)
_BATCH = 5000


def _app(folder: Path) -> Flask:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'minping.sqlite3'}"
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://")
    return create_app({"SQLALCHEMY_DATABASE_URI": url, "VAR_DIR": folder, "LOG_LEVEL": "ERROR"})


def _grown(size: int) -> Path:
    """A folder with the demo city and ``size`` requests, indexed; made when it is not there yet."""
    small = place("SQLite", 13_000)[0]
    folder = small.with_name(f"{small.name}-requests-{size}")
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("secret_key", "field_keys"):
        shutil.copy(small / name, folder)
    shutil.copy(small / "minping.sqlite3", folder)
    with _app(folder).app_context():
        multiply(size)
        search_index.take_up(limit=size)
        db.engine.dispose()
    (folder / "done").touch()
    return folder


def multiply(size: int) -> None:
    """Add requests until there are ``size``: rows of the city with texts put together from two of its texts."""
    chance = random.Random(6)
    rows = [dict(row) for row in db.session.execute(select(ServiceRequest.__table__)).mappings()]
    texts = [row["text"] for row in rows]
    newest = db.session.scalar(select(func.max(ServiceRequest.id))) or 0
    for begin in range(len(rows), size, _BATCH):
        more: list[dict[str, Any]] = []
        for row in range(begin, min(begin + _BATCH, size)):
            one, other = chance.choice(texts), chance.choice(texts)
            more.append(
                {
                    **chance.choice(rows), "id": newest + row + 1, "service_request_id": f"MPX{row:08d}",
                    "text": one[: len(one) // 2] + other[len(other) // 2 :], "source": None, "source_id": None,
                    "merged_into_id": None, "returns_to_id": None,
                }
            )  # fmt: skip
        db.session.execute(insert(cast(Table, ServiceRequest.__table__)), more)
        db.session.commit()


def _times(work: Callable[[], object], rounds: int) -> list[float]:
    work()
    times = []
    for _round in range(rounds):
        db.session.expunge_all()
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    return times


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


def _search(rounds: int = 12) -> Iterator[Figure]:
    agent = db.session.scalars(select(User).where(User.role == "dispatcher")).first()
    clerk = db.session.scalars(select(User).where(User.role == "clerk")).first()
    assert agent is not None
    assert clerk is not None
    count, every = search_index.count(), []
    for words in QUERIES:
        times = []
        for user in (agent, clerk):
            wanted = QueueFilter.from_query({"view": "all", "words": words})
            times += _times(lambda user=user, wanted=wanted: desk.queue(user, wanted), rounds)  # type: ignore[misc]
        yield Figure(f"{count:>8,} requests: {words}", median(times), "ms")
        every += times
    yield Figure(f"{count:>8,} requests: p95 of all", _p95(every), "ms", "below 100")


def measure() -> Iterator[Figure]:
    """Suggestions, then the search for each size."""
    if "DATABASE_URL" in os.environ:
        with _app(ROOT / "var").app_context():
            yield from _search()
        return
    for size in map(int, SIZES.split(",")):
        app = _app(_grown(size))
        language.warm_up(app)
        with app.app_context():
            gc.freeze()
            times = [t for text in CALLS for t in _times(lambda text=text: hints.hints(text), 12)]  # type: ignore[misc]
            yield Figure(f"{size:>8,} requests: suggestions, p95", _p95(times), "ms", "below 150")
            yield from _search()
            db.engine.dispose()
