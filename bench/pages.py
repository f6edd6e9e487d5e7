"""Time of the department, official and public pages, with the demo city and with a million reviews.

Each page is opened again and again, once as it is in a quiet minute (nothing was written since the last view) and once
right after a resident wrote, when the scores must be computed anew. Databases are made once by ``flask demo load`` and
kept in ``var/bench`` (a million reviews take minutes); ``BENCH_REVIEWS`` sets other sizes, e.g. ``13000,100000``.
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
from webapp import create_app
from webapp.demo.load import PASSWORD
from webapp.domain.scoring import CaseTally, StratumTally, UnitTally, score_units
from webapp.services import reviews

ROOT = Path(__file__).resolve().parent.parent
SIZES = os.environ.get("BENCH_REVIEWS", "13000,1000000")
PAGES = {
    "official, overview": "/insight/",
    "official, all services": "/insight/services",
    "department": "/insight/departments/zj",
    "service": "/insight/services/zw-001",
    "public, services": "/services",
    "public, service": "/services/zw-001",
}
VIEWS, WRITES = 40, 12


def _folder(count: int) -> Path:
    """A folder with a loaded database; made when it is not there yet."""
    # A database of an older schema would measure something else, or nothing.
    schema = b"".join(
        path.read_bytes() for path in sorted((ROOT / "webapp/migrations/versions").glob("*.py"))
    )
    folder = ROOT / "var" / "bench" / f"reviews-{count}-{sha256(schema).hexdigest()[:8]}"
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "minping.sqlite3").unlink(missing_ok=True)
    environment = {**os.environ, "MINPING_VAR": str(folder)}
    environment.pop("DATABASE_URL", None)
    for command in (["db", "upgrade"], ["demo", "load", "--reviews", str(count)]):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command], cwd=ROOT, env=environment, check=True
        )
    (folder / "done").touch()
    return folder


def _client(folder: Path) -> FlaskClient:
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'minping.sqlite3'}", "VAR_DIR": folder,
            "UPLOAD_DIR": folder / "uploads", "RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )  # fmt: skip
    client = app.test_client()
    answer = client.post("/account/login", data={"username": "admin", "password": PASSWORD})
    assert answer.status_code == 302, answer.status_code
    # As gunicorn.conf.py does before it forks.
    gc.collect()
    gc.freeze()
    return client


def _times(
    client: FlaskClient, path: str, count: int, before: Callable[[], None] | None = None
) -> list[float]:
    """Milliseconds of ``count`` views, sorted."""
    found = []
    for _ in range(count):
        if before:
            before()
        started = time.perf_counter()
        answer = client.get(path)
        found.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (path, answer.status_code)
    return sorted(found)


def _pages(count: int) -> Iterator[Figure]:
    client = _client(_folder(count))

    def write() -> None:
        with client.application.app_context():
            reviews.submit_review(reviews.ReviewDraft("zw-001", secrets.token_hex(8), 4))

    for name, path in PAGES.items():
        client.get(path)
        times = _times(client, path, VIEWS)
        what = f"{count:>9,} reviews: {name}"
        yield Figure(f"{what}, p50", median(times), "ms")
        yield Figure(f"{what}, p95", times[int(0.95 * len(times))], "ms", "below 100")
        yield Figure(f"{what}, right after a write, p50", median(_times(client, path, WRITES, write)), "ms")


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
    for size in SIZES.split(","):
        yield from _pages(int(size))
