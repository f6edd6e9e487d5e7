"""The city of the month: a fresh database, the real server on loopback, and a clock that the month moves."""

from __future__ import annotations

import heapq
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from werkzeug.serving import make_server

Deed = Callable[[], object]
SWEEP_EVERY = timedelta(minutes=30)


@dataclass(slots=True)
class Clock:
    """Moves the time of this process, and with it that of the server, from one appointment to the next."""

    traveller: Any
    now: datetime
    _appointments: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def at(self, moment: datetime, deed: Deed) -> None:
        """Make an appointment; one in the past is kept at once."""
        heapq.heappush(self._appointments, (max(moment, self.now), next(self._order), deed))

    def run_until(self, end: datetime) -> None:
        """Keep every appointment before ``end``, those made on the way too."""
        while self._appointments and self._appointments[0][0] < end:
            moment, _order, deed = heapq.heappop(self._appointments)
            self.move(moment)
            deed()
        self.move(end)

    def move(self, moment: datetime) -> None:
        """Move the clock, never backwards."""
        if moment > self.now:
            self.now = moment
            self.traveller.move_to(moment)


@contextmanager
def clock_from(start: datetime) -> Iterator[Clock]:
    """A clock that shows ``start`` (aware) and then what it is moved to."""
    with time_machine.travel(start, tick=True) as traveller:
        yield Clock(traveller, start)


def make_city(folder: Path, history: Path, preset: str) -> tuple[Flask, str]:
    """A fresh city in ``folder`` with the demo's catalogue and staff and the imported ``history``.

    Returns the application and what the import said. The city has no demo cases.
    """
    os.environ["MINPING_VAR"] = str(folder)
    os.environ["LOG_LEVEL"] = "ERROR"
    for name in ("DATABASE_URL", "BROKER_URL", "UPLOAD_DIR", "SIMILAR_DIR", "CITY_MODEL_DIR"):
        os.environ.pop(name, None)
    from webapp import jobs

    app = jobs.flask_app
    # Everybody writes from one address here, and pages are sent by a program within milliseconds of each other.
    app.config["RATELIMIT_ENABLED"] = False
    from webapp.extensions import limiter

    limiter.enabled = False
    runner = app.test_cli_runner()
    _run(runner, ["db", "upgrade"])
    _run(runner, ["demo", "load", "--bare"])
    said = _run(runner, ["import-requests", str(history), "--mapping", preset, "--to-now"])
    return app, said.strip().splitlines()[0]


def _run(runner: Any, arguments: list[str]) -> str:
    done = runner.invoke(args=arguments)
    if done.exit_code:
        raise RuntimeError(f"flask {' '.join(arguments)}: {done.output[-600:]}") from done.exception
    return str(done.output)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application behind a real server on a free port of loopback; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    app.config["PUBLIC_URL"] = address
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


class Worker:
    """What the Celery worker does, at the pace of the simulated clock: every sweep of its schedule."""

    def __init__(self, clock: Clock) -> None:
        from webapp.jobs import app

        self.clock, self.celery = clock, app
        self.last: dict[str, datetime] = {}

    def start(self) -> None:
        self.clock.at(self.clock.now, self.sweep)

    def sweep(self) -> None:
        """Run what is due, then come back in half an hour."""
        for name, entry in self.celery.conf.beat_schedule.items():
            if self._is_due(name, entry["schedule"]):
                self.last[name] = self.clock.now
                self.celery.tasks[entry["task"]]()
        self.clock.at(self.clock.now + SWEEP_EVERY, self.sweep)

    def _is_due(self, name: str, schedule: Any) -> bool:
        last = self.last.get(name)
        if isinstance(schedule, int | float):
            return last is None or self.clock.now - last >= timedelta(seconds=float(schedule))
        # A crontab: Celery itself says whether it is due.
        return last is None or bool(schedule.is_due(last).is_due)
