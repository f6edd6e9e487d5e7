"""A sweep sent through each broker does its work: files without a server, Redis, RabbitMQ."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from celery import Celery
from kombu import Queue

from tests.factories import Town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import submit

ROOT = Path(__file__).resolve().parents[2]
# A worker loads all of the application, beside whatever else the machine does.
PATIENCE_S = 300


@pytest.fixture
def stuck(town_database: tuple[Path, Town], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with one request that was stored and then left, as after a crash between the two commits."""
    database = tmp_path / "minping.sqlite3"
    shutil.copy(town_database[0], database)
    monkeypatch.setattr(submit, "read_and_dispatch", lambda *_args, **_how: None)
    app = create_app(app_config(database, tmp_path))
    with app.app_context():
        assert (
            submit.submit_request(submit.RequestDraft(text="路灯坏了三天没人修")).request.status == "received"
        )
        db.session.remove()
        db.engine.dispose()
    return database


def status_of_the_only_request(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute(f"SELECT status FROM {ServiceRequest.__tablename__}").fetchone()[0])  # noqa: S608


@contextmanager
def worker(queue: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """A Celery worker on ``queue`` as the Procfile starts it, less the timetable."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "webapp.jobs",
        "worker",
        "--concurrency",
        "1",
        "--queues",
        queue,
    ]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=sink, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def sender(broker_url: str, var: Path, queue: str) -> Iterator[Celery]:
    """A Celery application that only sends, and takes its queue away at the end."""
    client = Celery("sender", broker=broker_url or "filesystem://")
    if not broker_url:
        folder = var / "broker"
        for name in ("messages", "control"):
            (folder / name).mkdir(parents=True)
        client.conf.broker_transport_options = {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
        }
    yield client
    with client.connection_for_write() as connection, connection.channel() as channel:
        Queue(queue, channel=channel).delete()
    client.close()


@pytest.mark.parametrize("broker", ["files", "redis", "rabbitmq"])
def test_a_sweep_reaches_the_worker(
    broker: str, stuck: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    queue = f"minping-test-{uuid.uuid4().hex[:8]}"
    env = os.environ | {
        "MINPING_VAR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{stuck}",
        "BROKER_URL": "" if broker == "files" else request.getfixturevalue(f"{broker}_url"),
        "SECRET_KEY": "test",
        "FIELD_KEYS": "test",
    }
    log = tmp_path / "worker.log"
    with sender(env["BROKER_URL"], tmp_path, queue) as client, worker(queue, env, log):
        # Sent before the worker listens, perhaps: the message has to wait for it.
        client.send_task("minping.dispatch_received", queue=queue)
        deadline = time.monotonic() + PATIENCE_S
        while (status := status_of_the_only_request(stuck)) == "received" and time.monotonic() < deadline:
            time.sleep(0.1)
    assert status == "assigned", log.read_text()
