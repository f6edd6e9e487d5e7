"""Rasa over its REST channel: a private address, bounded in time, size and number."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import httpx
import structlog
from flask import current_app

logger = structlog.get_logger("rasa")
# An answer of ours is a few kilobytes. Beyond this, whatever sends it is not our bot.
MAX_BYTES = 1_000_000
MAX_PARTS = 30
# Questions that are being asked or wait for it, in one process.
BACKLOG = 200
MAX_TEXT = 5000


class BotUnavailable(Exception):
    """The bot gave no usable answer: down, slow, busy, or rubbish. ``reason`` is one word for the logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@cache
def _client() -> httpx.Client:
    # One pool of connections per process, made after the fork; it closes what idles. Never through a proxy. Nothing
    # packed: a small answer could unpack to a huge one.
    return httpx.Client(trust_env=False, headers={"Accept-Encoding": "identity"})


@lru_cache(maxsize=4)
def _slots(limit: int) -> threading.BoundedSemaphore:
    # So many questions the bot is asked at a time; more would only make all of them slow.
    return threading.BoundedSemaphore(limit)


@lru_cache(maxsize=4)
def _room(size: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(size)


_backlog = threading.BoundedSemaphore(BACKLOG)


@contextmanager
def patience() -> Iterator[float]:
    """How many seconds the caller may wait for an answer: ``CHAT_TIMEOUT_S``, and none where too many wait already.

    A crowd would otherwise hold all threads that the pages need. Its answers come late, but they come.
    """
    room = _room(2 * current_app.config["CHAT_CONCURRENCY"])
    taken = room.acquire(blocking=False)
    try:
        yield current_app.config["CHAT_TIMEOUT_S"] if taken else 0.0
    finally:
        if taken:
            room.release()


def ask(sender: str, messages: Sequence[str]) -> Future[list[dict[str, Any]]]:
    """Say ``messages`` one after the other in a thread; the future holds all that the bot says to them.

    A part has ``text``, ``buttons``, ``custom`` or ``image``. ``CHAT_CONCURRENCY`` questions are asked at a time, the
    others wait for their turn. The future ends within ``CHAT_LATE_S`` of waiting and as much again per message, whoever
    waits for it; its only exception is ``BotUnavailable``. An empty answer is a fault too: that is how Rasa reports an
    action server that is down. Raises ``BotUnavailable`` when ``BACKLOG`` questions of this process are open already.
    """
    url, late = f"{current_app.config['RASA_URL']}/webhooks/rest/webhook", current_app.config["CHAT_LATE_S"]
    slots = _slots(current_app.config["CHAT_CONCURRENCY"])
    if not _backlog.acquire(blocking=False):
        raise BotUnavailable("busy")
    answer: Future[list[dict[str, Any]]] = Future()

    def work() -> None:
        try:
            parts = _asked(slots, url, sender, messages, late)
        except BotUnavailable as error:
            _backlog.release()
            answer.set_exception(error)
        except Exception as error:
            _backlog.release()
            answer.set_exception(BotUnavailable(type(error).__name__))
        else:
            _backlog.release()
            answer.set_result(parts)

    try:
        # A daemon: a server that is told to stop does not wait for a slow bot.
        threading.Thread(target=work, name="bot", daemon=True).start()
    except RuntimeError as error:
        _backlog.release()
        raise BotUnavailable("no thread") from error
    return answer


def _asked(
    slots: threading.BoundedSemaphore, url: str, sender: str, messages: Sequence[str], late: float
) -> list[dict[str, Any]]:
    if not slots.acquire(timeout=late):
        raise BotUnavailable("busy")
    try:
        return [part for message in messages for part in _say(url, sender, message, late)]
    finally:
        slots.release()


def _say(url: str, sender: str, message: str, seconds: float) -> list[dict[str, Any]]:
    body, end = bytearray(), time.monotonic() + seconds
    timeout = httpx.Timeout(seconds, connect=1.0)
    said = {"sender": sender, "message": message}
    with _client().stream("POST", url, json=said, timeout=timeout) as response:
        response.raise_for_status()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MAX_BYTES or time.monotonic() > end:
                raise BotUnavailable("endless")
    # A body nested a thousand deep raises RecursionError, which the thread reports like every other.
    parts = json.loads(body)
    if not isinstance(parts, list):
        raise BotUnavailable("shape")
    usable = [clean for part in parts[:MAX_PARTS] if isinstance(part, dict) and (clean := _usable(part))]
    if not usable:
        raise BotUnavailable("empty")
    return usable


def _usable(part: dict[str, Any]) -> dict[str, Any]:
    """What of a part has the shape that pages and WeChat expect; {} when nothing has."""
    clean: dict[str, Any] = {"text": _words(part.get("text"))[:MAX_TEXT], "image": _words(part.get("image"))}
    custom, buttons = part.get("custom"), part.get("buttons")
    if isinstance(custom, dict) and isinstance(custom.get("type"), str):
        clean["custom"] = custom
    if isinstance(buttons, list):
        clean["buttons"] = [
            {**button, "title": _words(button["title"]), "payload": _words(button.get("payload"))}
            for button in buttons[:MAX_PARTS]
            if isinstance(button, dict) and _words(button.get("title"))
        ]
    return {key: value for key, value in clean.items() if value}


def _words(value: object) -> str:
    """A string that every database takes, '' for anything else."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "ignore").decode()


def is_ready() -> bool:
    """Whether Rasa answers at all (one second at most)."""
    try:
        return _client().get(f"{current_app.config['RASA_URL']}/", timeout=1.0).status_code == 200
    except httpx.HTTPError:
        return False
