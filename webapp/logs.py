"""Structured logs (one JSON object a line) without personal data: events and ids, never what residents wrote."""

from __future__ import annotations

import logging
import sys
import time
import traceback
import uuid
from collections.abc import Iterator

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, WrappedLogger


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """``error`` and what it was raised from, innermost last."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn ``exc_info`` into where and what kind, never what it says: that may repeat what a resident wrote.

    PostgreSQL quotes the whole row that it refuses, SQLAlchemy the values, ``int()`` what is no number.
    """
    given = event.pop("exc_info", None)
    if isinstance(given, tuple):
        given = given[1]
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        event["exception"] = "from\n".join(_place_and_kind(one) for one in _chain(error))
    return event


def _place_and_kind(error: BaseException) -> str:
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{where}{type(error).__module__}.{type(error).__qualname__}\n"


def init_app(app: Flask) -> None:
    """Configure structlog and log one line per handled request."""
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # A developer at a console sees everything.
            *([without_words, renderer] if app.config["LOG_JSON"] else [structlog.dev.ConsoleRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(app.config["LOG_LEVEL"])),
        # A test that captures what is said could not reach a logger that was used, and kept, before.
        cache_logger_on_first_use=not app.testing,
    )
    logger = structlog.get_logger("web")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        g.request_id = uuid.uuid4().hex[:12]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint != "static":
            # The endpoint and not the path: paths carry tracking numbers. No address, no query, no user agent.
            logger.info(
                "request",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response
