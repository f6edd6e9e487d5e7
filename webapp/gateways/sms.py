"""Text messages: a carrier's HTTP interface, and the console twin that logs that one went out, never number or text."""

from __future__ import annotations

from typing import Protocol

import httpx
import structlog

logger = structlog.get_logger("sms")


class SmsGateway(Protocol):
    """Sends one text message. Raises any exception when it was not taken over by the carrier.

    ``message_id`` is the same for every attempt at the same message. A text message cannot be taken back: whether a
    second attempt reaches the phone twice depends on whether the carrier drops an id that it has seen.
    """

    def send(self, phone: str, text: str, message_id: str) -> None: ...


class ConsoleSms:
    """Development twin: says that it would have sent, and how long the text is."""

    def send(self, phone: str, text: str, message_id: str) -> None:
        logger.info("sms", characters=len(text))


class HttpSms:
    """A carrier that takes ``POST url`` with JSON ``{"id", "to", "text"}``, a bearer token and an Idempotency-Key.

    Whatever carrier a city has, a few lines in front of it speak this.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 10.0) -> None:
        self._url, self._token, self._timeout_s = url, token, timeout_s

    def send(self, phone: str, text: str, message_id: str) -> None:
        """Raises ``httpx.HTTPError`` when the carrier refuses or does not answer."""
        headers = {"Idempotency-Key": message_id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        answer = httpx.post(
            self._url, json={"id": message_id, "to": phone, "text": text}, headers=headers, timeout=self._timeout_s
        )  # fmt: skip
        answer.raise_for_status()
