"""The sweeps. Each runs in an application context, calls one service and may be run again at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from webapp.extensions import db
from webapp.jobs import app, flask_app
from webapp.services import (
    anonymity,
    bot_sweeps,
    digests,
    escalation,
    follow_up,
    hot_topics,
    integrity,
    notifications,
    notify,
    open_data,
    pausing,
    public_scores,
    rectifications,
    retention,
    returns,
    rollups,
    sampling,
    search_index,
    similar_index,
    submit,
    wechat_answering,
)

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
    _sweep(follow_up.close_answered)
    _sweep(rectifications.close_silent)
    _sweep(sampling.close_answered)


@app.task(name="minping.escalate")
def escalate() -> None:
    _sweep(escalation.sweep)


@app.task(name="minping.resume_used_up")
def resume_used_up() -> None:
    _sweep(pausing.resume_used_up)


@app.task(name="minping.check_integrity")
def check_integrity() -> None:
    _sweep(integrity.sweep)


@app.task(name="minping.find_topics")
def find_topics() -> None:
    _sweep(hot_topics.refresh)


@app.task(name="minping.find_returns")
def find_returns() -> None:
    _sweep(returns.sweep)


@app.task(name="minping.take_up_similar")
def take_up_similar() -> None:
    _sweep(similar_index.take_up)


@app.task(name="minping.rebuild_similar")
def rebuild_similar() -> None:
    _sweep(similar_index.rebuild)


@app.task(name="minping.take_up_search")
def take_up_search() -> None:
    _sweep(search_index.take_up)


@app.task(name="minping.answer_wechat")
def answer_wechat() -> None:
    _sweep(wechat_answering.answer_forgotten)


@app.task(name="minping.apologise_forgotten")
def apologise_forgotten() -> None:
    _sweep(bot_sweeps.apologise_forgotten)


@app.task(name="minping.catch_up")
def catch_up() -> None:
    _sweep(bot_sweeps.catch_up)


@app.task(name="minping.notify_staff")
def notify_staff() -> None:
    _sweep(notifications.take_up_events)
    _sweep(notifications.tell_due_soon)


@app.task(name="minping.queue_digests")
def queue_digests() -> None:
    _sweep(digests.sweep)


@app.task(name="minping.retain")
def retain() -> None:
    _sweep(retention.run)


@app.task(name="minping.take_stock")
def take_stock() -> None:
    _sweep(rollups.take_stock)


@app.task(name="minping.forget_anonymous")
def forget_anonymous() -> None:
    _sweep(anonymity.sweep)


@app.task(name="minping.publish")
def publish() -> None:
    _sweep(open_data.publish_due)


@app.task(name="minping.close_day")
def close_day() -> None:
    _sweep(public_scores.close_day)
