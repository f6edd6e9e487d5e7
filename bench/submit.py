"""CPU per submission with analysis and dispatch, beside a bare Flask + SQLAlchemy insert, in one run.

Both applications take the same JSON through Flask's test client, on SQLite files with the same settings in one
temporary folder, alternating in blocks so that a busy machine slows both. CPU time of this process, not wall time.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from flask import Flask, request
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.figure import Figure
from tests.factories import make_town
from webapp import create_app
from webapp.database import configure_engine
from webapp.extensions import db

BLOCKS, PER_BLOCK = 8, 50
WHAT = (
    "路灯不亮",
    "半夜施工噪声很大",
    "垃圾三天没有人清运",
    "下水道堵了，污水漫到路面",
    "电梯又停了",
    "公交改线没有通知",
)
WHERE = (
    "柳树社区3号楼",
    "石桥街道菜市场门口",
    "东门区政务大厅旁边",
    "小区北门",
    "幼儿园对面",
    "地下车库入口",
)
WISH = (
    "请尽快派人来看看。",
    "已经反映过两次，一直没有答复。",
    "希望给一个明确的时间。",
    "老人出门很不方便。",
)


def texts(count: int) -> list[str]:
    """``count`` different reports of two to four sentences."""
    rng = random.Random(20)
    return [
        f"{rng.choice(WHERE)}{rng.choice(WHAT)}，从{rng.randint(1, 28)}号开始。{''.join(rng.sample(WISH, 2))}第{n}次记录。"
        for n in range(count)
    ]


def bare_app(folder: Path) -> Flask:
    """The least that could store a report: one table, one insert, one commit."""

    class Base(DeclarativeBase):
        pass

    bare_db = SQLAlchemy(model_class=Base)

    class Report(bare_db.Model):  # type: ignore[name-defined]
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(Text)
        address: Mapped[str] = mapped_column(Text)

    app = Flask("bare")
    app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'bare.sqlite3'}", VAR_DIR=folder)
    # Also attaches the SQLite settings that Minping runs with; on SQLite's defaults the baseline would look slower.
    configure_engine(app)
    bare_db.init_app(app)

    @app.post("/reports")
    def add() -> tuple[dict[str, int], int]:
        data = request.get_json()
        report = Report(text=data["text"], address=data["address"])
        bare_db.session.add(report)
        bare_db.session.commit()
        return {"id": report.id}, 201

    with app.app_context():
        bare_db.create_all()
    return app


def full_app(folder: Path) -> Flask:
    """Minping as it runs, in a small town; only the rate limit is lifted."""
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'minping.sqlite3'}",
            "VAR_DIR": folder,
            "UPLOAD_DIR": folder / "uploads",
            "SECRET_KEY": "bench",
            "FIELD_KEYS": ["bench"],
            "RATE_SUBMIT": "1000000 per minute",
            "LOG_LEVEL": "WARNING",
        }
    )
    with app.app_context():
        db.create_all()
        make_town()
    return app


def check_settings(folder: Path) -> None:
    """Raise ``RuntimeError`` unless both files are in WAL mode: the mode stays with the file."""
    for name in ("bare.sqlite3", "minping.sqlite3"):
        with closing(sqlite3.connect(folder / name)) as connection:
            if (mode := connection.execute("PRAGMA journal_mode").fetchone()[0]) != "wal":
                raise RuntimeError(f"{name} is in journal mode {mode}: the two would not be comparable")


def cpu_seconds(client: FlaskClient, path: str, reports: list[str]) -> float:
    """CPU seconds for posting ``reports``. Raises ``RuntimeError`` if one is not stored."""
    started = time.process_time()
    for text in reports:
        answer = client.post(path, json={"text": text, "address": "柳树街道12号"})
        if answer.status_code != 201:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:200]}")
    return time.process_time() - started


def measure() -> Iterator[Figure]:
    """CPU milliseconds of both, and the share of the bare insert's throughput that the full path keeps."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clients = {
            "bare Flask + SQLAlchemy insert": (bare_app(folder).test_client(), "/reports"),
            "submission, analysed and dispatched": (full_app(folder).test_client(), "/api/v1/requests"),
        }
        check_settings(folder)
        reports = texts(PER_BLOCK * (BLOCKS + 1))
        spent = dict.fromkeys(clients, 0.0)
        for block in range(BLOCKS + 1):
            part = reports[block * PER_BLOCK : (block + 1) * PER_BLOCK]
            for what, (client, path) in clients.items():
                seconds = cpu_seconds(client, path, part)
                # The first block loads models and fills caches.
                spent[what] += seconds if block else 0.0
        for what, seconds in spent.items():
            yield Figure(what, 1000 * seconds / (BLOCKS * PER_BLOCK), "CPU-ms")
        bare, full = spent.values()
        yield Figure("throughput beside the bare insert", bare / full, "", "at least 0.5")
