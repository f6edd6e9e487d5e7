"""E-mail to staff: SMTP by the standard library, and the console twin for development."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

import structlog

logger = structlog.get_logger("mail")


class MailGateway(Protocol):
    """Sends one e-mail. Raises any exception when no server took it over.

    ``message_id`` is the same for every attempt at the same e-mail, and becomes its Message-ID.
    """

    def send(self, to: str, subject: str, text: str, message_id: str) -> None: ...


class ConsoleMail:
    """Development twin: says that it would have sent, and how long the text is."""

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        logger.info("mail", characters=len(text))


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """A mail server. ``security``: ``starttls`` (587), ``tls`` (465) or ``none`` (a relay on this machine)."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: str = "starttls"
    timeout_s: float = 15.0

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        """Raises ``OSError`` or ``smtplib.SMTPException``."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Message-ID"] = (
            f"<{message_id.replace(':', '.')}@{self.sender.rpartition('@')[2] or 'minping'}>"
        )
        # Nobody's out-of-office reply is wanted.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        with self._server() as server:
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)

    def _server(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        if self.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server
