"""Time of the official, department, public and desk pages, with the demo city and with a million reviews, on both databases.

Each page is opened again and again, once as it is in a quiet minute (nothing was written since the last view) and once
right after a resident wrote, when the scores must be computed anew. Databases are made once by ``flask demo load`` and
kept (SQLite in ``var/bench``, PostgreSQL on the server of ``BENCH_POSTGRES``); ``BENCH_REVIEWS`` sets other sizes, e.g.
``13000,1000000,10000000``, ``BENCH_DATABASES`` one of the databases. Beside the time that a reader waits stands the CPU time
of this process, which a busy machine does not change: all of the work with SQLite, all but the server's with PostgreSQL.
"""

from __future__ import annotations

import gc
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

from bench.figure import Figure
from bench.places import drop_database, ensure_database
from webapp import create_app
from webapp.demo.load import PASSWORD
from webapp.domain.scoring import CaseTally, StratumTally, UnitTally, score_units
from webapp.extensions import db
from webapp.services import reviews

ROOT = Path(__file__).resolve().parent.parent
SIZES = os.environ.get("BENCH_REVIEWS", "13000,1000000")
DATABASES = os.environ.get("BENCH_DATABASES", "SQLite,PostgreSQL")
PAGES = {
    "official, overview": "/insight/",
    "official, all services": "/insight/services",
    "official, areas": "/insight/areas",
    "official, categories": "/insight/categories",
    "official, set-aside votes": "/insight/set-aside",
    "department": "/insight/departments/zj",
    "official, departments in tiers": "/insight/peers",
    "official, one street": "/insight/areas?area=990101001000&measure=unmet",
    "official, who is heard": "/insight/heard",
    "official, hot topics": "/insight/topics",
    "official, topics of the month": "/insight/monthly",
    "official, monthly reports": "/insight/reports",
    "official, report of a month": "/insight/reports/2026-10/city",
    "service": "/insight/services/zw-001",
    "public, home": "/",
    "public, services": "/services",
    "public, service": "/services/zw-001",
    "public, topics of the month": "/monthly",
    "public, departments": "/departments",
    "public, department": "/departments/zj",
    "public, open data": "/open-data",
    "public, requests": "/requests",
    "public, method": "/method",
}
DESK = {
    "desk": "/desk/",
    "desk, all requests": "/desk/?view=all",
    "desk, bad reviews": "/desk/reviews",
    "desk, good reviews of a service": "/desk/reviews?view=all&votes=good&service=zw-001",
}
ADMIN, DISPATCHER = "admin", "dispatcher"
VIEWS, WRITES = 40, 12


def place(database: str, count: int) -> tuple[Path, str]:
    """A folder and the address of a loaded database, made when it is not there yet; "" where no server answers."""
    # A database of an older schema would measure something else, or nothing.
    schema = b"".join(
        path.read_bytes() for path in sorted((ROOT / "webapp/migrations/versions").glob("*.py"))
    )
    name = f"reviews-{count}-{sha256(schema).hexdigest()[:8]}"
    folder = ROOT / "var" / "bench" / (name if database == "SQLite" else f"{name}-postgres")
    address = f"sqlite:///{folder / 'minping.sqlite3'}"
    if database != "SQLite":
        if not (folder / "done").exists() and ensure_database("postgres"):
            drop_database(f"minping_{name}")
        address = ensure_database(f"minping_{name}")
    if not address or (folder / "done").exists():
        return folder, address
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "minping.sqlite3").unlink(missing_ok=True)
    environment = {**os.environ, "MINPING_VAR": str(folder), "DATABASE_URL": address}
    for command in (["db", "upgrade"], ["demo", "load", "--reviews", str(count)]):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command], cwd=ROOT, env=environment, check=True
        )
    (folder / "done").touch()
    return folder, address


def _client(folder: Path, address: str, user: str = ADMIN) -> FlaskClient:
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": address, "VAR_DIR": folder,
            "UPLOAD_DIR": folder / "uploads", "RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )  # fmt: skip
    client = app.test_client()
    answer = client.post("/account/login", data={"username": user, "password": PASSWORD})
    assert answer.status_code == 302, answer.status_code
    # As gunicorn.conf.py does before it forks.
    gc.collect()
    gc.freeze()
    return client


def _times(
    client: FlaskClient, path: str, count: int, before: Callable[[], None] | None = None
) -> tuple[list[float], list[float]]:
    """Milliseconds of ``count`` views, sorted: as a reader waits, and CPU."""
    waited, worked = [], []
    for _ in range(count):
        if before:
            before()
        started, cpu = time.perf_counter(), time.process_time()
        answer = client.get(path)
        worked.append(1000 * (time.process_time() - cpu))
        waited.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (path, answer.status_code)
    return sorted(waited), sorted(worked)


def _p95(times: list[float]) -> float:
    return times[int(0.95 * len(times))]


def _pages(database: str, count: int, worst: dict[str, float]) -> Iterator[Figure]:
    """The figures of one database; ``worst`` takes each page's p95 in CPU time."""
    folder, address = place(database, count)
    if not address:
        return
    for user, pages in ((ADMIN, PAGES), (DISPATCHER, DESK)):
        yield from _of_user(f"{database}, {count:,} reviews", _client(folder, address, user), pages, worst)


def _of_user(
    where: str, client: FlaskClient, pages: dict[str, str], worst: dict[str, float]
) -> Iterator[Figure]:
    def write() -> None:
        with client.application.app_context():
            reviews.submit_review(reviews.ReviewDraft("zw-001", secrets.token_hex(8), 4))

    for name, path in pages.items():
        client.get(path)
        waited, worked = _times(client, path, VIEWS)
        after, after_cpu = _times(client, path, WRITES, write)
        what = f"{where}: {name}"
        yield Figure(f"{what}, p95", _p95(waited), "ms", "below 100")
        yield Figure(f"{what}, p95", _p95(worked), "CPU-ms")
        yield Figure(f"{what}, after a write, p95", _p95(after), "ms", "below 100")
        yield Figure(f"{what}, after a write, p95", _p95(after_cpu), "CPU-ms")
        worst[name], worst[f"{name}, after a write"] = _p95(worked), _p95(after_cpu)
    with client.application.app_context():
        db.engine.dispose()


def _many(count: int) -> list[UnitTally]:
    """Services of every size, three channels each."""
    units = []
    for i in range(count):
        n = 3 + i * 7 % 400
        strata = tuple(
            StratumTally(
                channel, n // 20, n // 15, n // 6, n // 3, n // 3 + k, 3 * n, n, 500 * n, 260_000 * n
            )
            for k, channel in enumerate(("web", "counter", "wechat"))
        )
        cases = CaseTally(n, n, n - n // 9, n // 9, i % 3, n // 2, n // 9, n // 8, n // 5, n // 20, n // 2)
        units.append(UnitTally(str(i), strata, cases, 1000.0 + n, 4 * n))
    return units


def measure() -> Iterator[Figure]:
    """Milliseconds per page and per scoring run."""
    units = _many(500)
    times = []
    for _ in range(7):
        started = time.perf_counter()
        score_units(units)
        times.append(1000 * (time.perf_counter() - started))
    yield Figure("scoring 500 services with intervals", median(times), "ms", "at most 300")
    for database in DATABASES.split(","):
        smaller: dict[str, float] = {}
        for size in sorted(map(int, SIZES.split(","))):
            worst: dict[str, float] = {}
            yield from _pages(database, size, worst)
            if smaller and worst:
                growth = sum(worst.values()) / sum(smaller.values())
                yield Figure(
                    f"{database}, {size:,}: all pages beside the size before", growth, "CPU", "at most 1.3"
                )
            smaller = worst
