"""The sweeps. Each runs in an application context, calls one service and may be run again at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.extensions import db
from webapp.jobs import app, flask_app
from webapp.services import follow_up, integrity, notify, submit


def _sweep(work: Callable[[], Any]) -> None:
    with flask_app.app_context():
        try:
            work()
        finally:
            db.session.remove()


@app.task(name="minping.deliver_outbox")
def deliver_outbox() -> None:
    _sweep(notify.deliver)


@app.task(name="minping.dispatch_received")
def dispatch_received() -> None:
    _sweep(submit.dispatch_received)


@app.task(name="minping.close_silent")
def close_silent() -> None:
    _sweep(follow_up.close_silent)


@app.task(name="minping.check_integrity")
def check_integrity() -> None:
    _sweep(integrity.sweep)
