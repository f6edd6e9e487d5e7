"""How often one address may post: generous for people behind one address, in the way of scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, request
from werkzeug.wrappers import Response

from webapp.extensions import limiter

# Guessing a secret: six characters, or the four last digits of a phone. Only failures count.
RATE_OPEN = "20 per 10 minutes"
RATE_OPEN_CASE = "10 per hour"


def submissions(view: Callable[..., Any]) -> Callable[..., Any]:
    """Limit posts of reports, reviews and supports per address."""
    return limiter.limit(lambda: current_app.config["RATE_SUBMIT"], methods=["POST"])(view)


def _failed(response: Response) -> bool:
    return response.status_code != 302


def opening_cases(view: Callable[..., Any]) -> Callable[..., Any]:
    """Limit failed attempts to open a case per address, and per tracking number from wherever they come."""
    per_case = limiter.limit(
        RATE_OPEN_CASE, key_func=lambda: f"case:{request.form.get('number', '').strip().upper()[:20]}",
        methods=["POST"], deduct_when=_failed,
    )  # fmt: skip
    return limiter.limit(RATE_OPEN, methods=["POST"], deduct_when=_failed)(per_case(view))
