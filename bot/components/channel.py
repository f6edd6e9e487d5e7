"""The REST channel with four changes: nobody types a command, no error log repeats a resident's words, no turn is left half,
and an answer that is only a picture or pinyin is read as the word it stands for."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

from components import answers
from components.plain import plain
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request

logger = logging.getLogger(__name__)
# Rasa loads its channels before the first turn, and nothing else of ours that only serves.
answers.install()

MAX_LENGTH = 4000
# What the platform says by itself. They carry nothing: the actions look up what was sent.
SENT = frozenset({"/send_photo", "/send_position"})
_COMMAND = re.compile(r"^/(?P<intent>inform)(?P<values>\{.*\})$", re.DOTALL)
# What our buttons may set. Each value is checked again by the action that uses it.
BUTTON_ENTITIES = frozenset({"service_code", "category_code"})


def harmless(text: str | None) -> str:
    """``text`` with Rasa's command prefix taken off unless it is a button's payload, or tells of a photo or a position.

    Rasa takes any message that begins with a slash for an intent and obeys it without looking further.
    """
    text = (text or "").strip()[:MAX_LENGTH]
    if not text.startswith("/") or text in SENT:
        return text
    match = _COMMAND.match(text)
    return text if match and _is_button(match["values"]) else text.lstrip("/").strip()


def _is_button(payload: str) -> bool:
    try:
        values = json.loads(payload)
    except ValueError:
        return False
    if not isinstance(values, dict) or not values or not set(values) <= BUTTON_ENTITIES:
        return False
    return all(isinstance(value, str) and len(value) <= 64 for value in values.values())


# Turns being taken; asyncio itself keeps no hold of them.
_turns: set[asyncio.Future[Any]] = set()


def _ended(turn: asyncio.Future[Any]) -> None:
    _turns.discard(turn)
    if not turn.cancelled() and (error := turn.exception()) is not None:
        logger.error("message handling failed: %s", type(error).__name__)


class MinpingInput(RestInput):
    """``POST /webhooks/rest/webhook`` with ``{"sender", "message", "metadata"?}``, as in plain Rasa."""

    @classmethod
    def name(cls) -> str:
        """The name in the address: ``rest``, as every client of Rasa expects."""
        return "rest"

    def _extract_message(self, req: Request) -> str:
        text = harmless(req.json.get("message"))
        return text if text.startswith("/") else plain(text)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The endpoints of :class:`RestInput`, with errors logged by kind only: its own handler logs the message."""

        async def quietly(message: UserMessage) -> None:
            # Whoever asked may have gone (Sanic then cancels): a turn that has begun is finished and remembered all the
            # same, or what it did on the platform would be done again with the next one.
            turn = asyncio.ensure_future(on_new_message(message))
            _turns.add(turn)
            turn.add_done_callback(_ended)
            try:
                await asyncio.shield(turn)
            except CancelledError:
                logger.warning("nobody waits for the answer any more")
            except Exception:
                # Logged by _ended.
                return

        return super().blueprint(quietly)
