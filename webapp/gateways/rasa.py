"""Rasa over its REST channel: a private address, bounded in time and number."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from typing import Any

import httpx
import structlog
from flask import current_app

logger = structlog.get_logger("rasa")


class BotUnavailable(Exception):
    """The bot gave no usable answer: down, slow, busy, or rubbish. ``reason`` is one word for the logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@cache
def _client() -> httpx.Client:
    # One pool of connections per process, made after the fork; it closes what idles. Never through a proxy.
    return httpx.Client(trust_env=False)


@lru_cache(maxsize=4)
def _slots(limit: int) -> threading.BoundedSemaphore:
    # A slow bot may hold this many web threads and no more; the rest answer "we have your words" at once.
    return threading.BoundedSemaphore(limit)


def send(sender: str, message: str) -> list[dict[str, Any]]:
    """The bot's messages (``text``, ``buttons``, ``custom``) in answer to one message. Raises ``BotUnavailable``.

    An empty answer is a fault too: that is how Rasa reports an action server that is down.
    """
    config = current_app.config
    slots = _slots(config["CHAT_CONCURRENCY"])
    if not slots.acquire(timeout=1.0):
        raise BotUnavailable("busy")
    try:
        response = _client().post(
            f"{config['RASA_URL']}/webhooks/rest/webhook",
            json={"sender": sender, "message": message},
            timeout=httpx.Timeout(config["CHAT_TIMEOUT_S"], connect=1.0),
        )
        response.raise_for_status()
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise BotUnavailable(type(error).__name__) from error
    finally:
        slots.release()
    if not isinstance(answer, list) or not answer or not all(isinstance(part, dict) for part in answer):
        raise BotUnavailable("empty")
    return answer


def is_ready() -> bool:
    """Whether Rasa answers at all (one second at most)."""
    try:
        return _client().get(f"{current_app.config['RASA_URL']}/", timeout=1.0).status_code == 200
    except httpx.HTTPError:
        return False
