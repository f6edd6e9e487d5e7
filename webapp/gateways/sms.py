"""Text messages. The console twin logs that a message went out (never its number or text) for development."""

from __future__ import annotations

from typing import Protocol

import structlog

logger = structlog.get_logger("sms")


class SmsGateway(Protocol):
    """Sends one text message. Raises any exception when it was not taken over by the carrier."""

    def send(self, phone: str, text: str) -> None: ...


class ConsoleSms:
    """Development twin: says that it would have sent, and how long the text is."""

    def send(self, phone: str, text: str) -> None:
        logger.info("sms", characters=len(text))
