"""Celery: idempotent sweeps, each a thin call of a service. ``celery -A webapp.jobs worker -B``.

Without ``BROKER_URL`` the messages go through files in ``MINPING_VAR`` (kombu's filesystem transport), so that the
embedded default needs no server. A lost message loses nothing: the next tick sweeps again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab
from flask import Flask

from webapp import create_app


def _transport(app: Flask) -> dict[str, Any]:
    if app.config["BROKER_URL"]:
        return {"broker_url": app.config["BROKER_URL"]}
    folder = Path(app.config["VAR_DIR"]) / "broker"
    for name in ("messages", "processed", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(folder / "messages"), "data_folder_out": str(folder / "messages"),
            "processed_folder": str(folder / "processed"), "control_folder": str(folder / "control"),
            "store_processed": False,
        },
        "worker_enable_remote_control": False,
    }  # fmt: skip


def make_celery(app: Flask) -> Celery:
    """The Celery application bound to a Flask application."""
    celery_app = Celery("minping")
    celery_app.conf.update(
        _transport(app),
        task_ignore_result=True,
        task_acks_late=True,
        timezone=app.config["CITY_TIMEZONE"],
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        beat_schedule_filename=str(Path(app.config["VAR_DIR"]) / "beat-schedule"),
        beat_schedule={
            "outbox": {"task": "minping.deliver_outbox", "schedule": 15.0},
            "dispatch": {"task": "minping.dispatch_received", "schedule": 60.0},
            "silent": {"task": "minping.close_silent", "schedule": 3600.0},
            "escalate": {"task": "minping.escalate", "schedule": 300.0},
            "resume": {"task": "minping.resume_used_up", "schedule": 300.0},
            "returns": {"task": "minping.find_returns", "schedule": 600.0},
            "similar": {"task": "minping.take_up_similar", "schedule": 20.0},
            "similar-anew": {"task": "minping.rebuild_similar", "schedule": 86400.0},
            "search": {"task": "minping.take_up_search", "schedule": 60.0},
            "wechat": {"task": "minping.answer_wechat", "schedule": 20.0},
            "forgotten": {"task": "minping.apologise_forgotten", "schedule": 20.0},
            "caught-up": {"task": "minping.catch_up", "schedule": 10.0},
            "staff": {"task": "minping.notify_staff", "schedule": 30.0},
            "digest": {"task": "minping.queue_digests", "schedule": 600.0},
            "retention": {"task": "minping.retain", "schedule": 86400.0},
            "stock": {"task": "minping.take_stock", "schedule": 86400.0},
            "anonymous": {"task": "minping.forget_anonymous", "schedule": 3600.0},
            "topics": {"task": "minping.find_topics", "schedule": 3600.0},
            # Once a month it has minutes of arithmetic to do: at night.
            "close-day": {"task": "minping.close_day", "schedule": crontab(minute="10")},
            "publish": {"task": "minping.publish", "schedule": crontab(hour="3", minute="20")},
            "integrity": {"task": "minping.check_integrity", "schedule": 600.0},
        },
    )
    return celery_app


flask_app = create_app()
app = make_celery(flask_app)
from webapp.jobs import tasks  # noqa: E402,F401 - registers the tasks on ``app``
