"""The sweeps. Each runs in an application context, calls one service and may be run again at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from webapp.extensions import db
from webapp.jobs import app, flask_app
from webapp.services import follow_up, integrity, notify, similar_index, submit

logger = structlog.get_logger("jobs")


class SweepFailed(RuntimeError):
    """A sweep stopped at an error, which our own log describes; Celery would write out what it says."""


def _sweep(work: Callable[[], Any]) -> None:
    with flask_app.app_context():
        try:
            work()
        except Exception as error:
            logger.exception("sweep failed", sweep=work.__name__)
            raise SweepFailed(f"{work.__name__}: {type(error).__name__}") from None
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


@app.task(name="minping.take_up_similar")
def take_up_similar() -> None:
    _sweep(similar_index.take_up)


@app.task(name="minping.rebuild_similar")
def rebuild_similar() -> None:
    _sweep(similar_index.rebuild)
