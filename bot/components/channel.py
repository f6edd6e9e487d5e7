"""The REST channel with two changes: nobody types a command, and no error log repeats a resident's words."""

from __future__ import annotations

import json
import logging
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request

logger = logging.getLogger(__name__)

MAX_LENGTH = 4000
_COMMAND = re.compile(r"^/(?P<intent>inform)(?P<values>\{.*\})$", re.DOTALL)
# What our buttons may set. Each value is checked again by the action that uses it.
BUTTON_ENTITIES = frozenset({"service_code", "category_code"})


def harmless(text: str | None) -> str:
    """``text`` with Rasa's command prefix taken off unless it is the payload of one of our buttons.

    Rasa takes any message that begins with a slash for an intent and obeys it without looking further.
    """
    text = (text or "").strip()[:MAX_LENGTH]
    if not text.startswith("/"):
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


class MinpingInput(RestInput):
    """``POST /webhooks/rest/webhook`` with ``{"sender", "message", "metadata"?}``, as in plain Rasa."""

    @classmethod
    def name(cls) -> str:
        """The name in the address: ``rest``, as every client of Rasa expects."""
        return "rest"

    def _extract_message(self, req: Request) -> str:
        return harmless(req.json.get("message"))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The endpoints of :class:`RestInput`, with errors logged by kind only: its own handler logs the message."""

        async def quietly(message: UserMessage) -> None:
            try:
                await on_new_message(message)
            except CancelledError:
                logger.error("message handling was cancelled")
            except Exception as error:
                logger.error("message handling failed: %s", type(error).__name__)

        return super().blueprint(quietly)
