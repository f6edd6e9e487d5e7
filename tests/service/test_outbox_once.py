"""One message per event: queued once, sent at least once with one id, whatever dies in between; nobody is woken at night."""

from __future__ import annotations

import json
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.gateways.mail import SmtpMail
from webapp.gateways.sms import HttpSms
from webapp.models import NotificationSettings, OutboxMessage, ServiceRequest, User, utcnow
from webapp.services import casework, digests, notifications, notify, outbox, quiet_hours, submit
from webapp.services.actor import Actor
from webapp.services.submit import RequestDraft

PHONE = "13812345678"


@dataclass
class Carrier:
    """A carrier on loopback: counts what arrives and drops ids that it has seen."""

    url: str = ""
    arrived: list[dict[str, str]] = field(default_factory=list)
    down: bool = False

    @property
    def delivered(self) -> dict[str, str]:
        """What phones show: one text for each id."""
        return {post["id"]: post["text"] for post in self.arrived}


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    found = Carrier()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not found.down:
                found.arrived.append({**body, "key": self.headers["Idempotency-Key"]})
            self.send_response(503 if found.down else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}/"
        yield found
        server.shutdown()


@pytest.fixture
def told(context: Flask, town: Town) -> ServiceRequest:
    """A case that was accepted: the resident is to be told by text message."""
    request = submit.submit_request(
        RequestDraft(text="社保窗口没人", service_code="HR-001", contact_phone=PHONE)
    ).request
    db.session.execute(update(OutboxMessage).values(sent_at=utcnow()))
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    return request


def _due(moment: datetime | None = None) -> None:
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.sent_at.is_(None)).values(not_before=moment or utcnow())
    )
    db.session.commit()


_DIES = """
import os, signal, sys
from webapp import create_app
from webapp.gateways.sms import HttpSms
from webapp.services import notify

class Dies(HttpSms):
    def send(self, phone, text, message_id):
        super().send(phone, text, message_id)
        os.kill(os.getpid(), signal.SIGKILL)

app = create_app(dict(SQLALCHEMY_DATABASE_URI=sys.argv[1], SECRET_KEY="test", FIELD_KEYS=["test"], QUIET_HOURS=""))
with app.app_context():
    notify.deliver(Dies(sys.argv[2], ""))
"""


@pytest.mark.usefixtures("told")
def test_a_worker_killed_between_sending_and_committing(
    context: Flask, carrier: Carrier, tmp_path: Path
) -> None:
    db.session.remove()
    uri = context.config["SQLALCHEMY_DATABASE_URI"]
    killed = subprocess.run(
        [sys.executable, "-c", _DIES, uri, carrier.url], capture_output=True, timeout=120, check=False,
        env={"MINPING_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(carrier.arrived) == 1
    # Nobody sends it again while the dead one might still live; then somebody does, under the same id.
    assert notify.deliver(HttpSms(carrier.url, "")) == {"sent": 0, "failed": 0}
    _due()
    assert notify.deliver(HttpSms(carrier.url, "")) == {"sent": 1, "failed": 0}
    assert len(carrier.arrived) == 2
    assert len(carrier.delivered) == 1
    assert carrier.arrived[0] == carrier.arrived[1]
    assert notify.deliver(HttpSms(carrier.url, "")) == {"sent": 0, "failed": 0}


def test_a_carrier_that_is_down_is_tried_again_with_the_same_id(
    told: ServiceRequest, carrier: Carrier
) -> None:
    carrier.down = True
    assert notify.deliver(HttpSms(carrier.url, "token")) == {"sent": 0, "failed": 1}
    carrier.down = False
    _due()
    assert notify.deliver(HttpSms(carrier.url, "token")) == {"sent": 1, "failed": 0}
    (post,) = carrier.arrived
    assert post["key"] == post["id"]
    assert told.service_request_id in post["text"]


def test_one_cause_is_queued_once(told: ServiceRequest) -> None:
    event = told.events[-1]
    before = db.session.scalars(select(OutboxMessage.id)).all()
    outbox.notify_reporters(told, event)
    db.session.commit()
    assert db.session.scalars(select(OutboxMessage.id)).all() == before
    # The database itself does not take a second one, whoever forgets to ask.
    key = db.session.scalar(select(OutboxMessage.key).where(OutboxMessage.sent_at.is_(None)))
    db.session.add(OutboxMessage(kind="sms", key=key, payload={}))
    with pytest.raises(Exception, match="UNIQUE"):
        db.session.commit()


NIGHT, MORNING = datetime(2026, 11, 26, 14, 30, tzinfo=UTC), datetime(2026, 11, 27, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(("urgency", "sent"), [("normal", 0), ("urgent", 0), ("emergency", 1)])
def test_at_night_only_emergencies_ring(
    context: Flask,
    told: ServiceRequest,
    carrier: Carrier,
    monkeypatch: pytest.MonkeyPatch,
    urgency: str,
    sent: int,
) -> None:
    context.config["QUIET_HOURS"] = "21:00-08:00"
    told.urgency = urgency
    _due(NIGHT)
    for module in (quiet_hours, outbox):
        monkeypatch.setattr(module, "utcnow", lambda: NIGHT)
    notify.deliver(HttpSms(carrier.url, ""))
    assert len(carrier.arrived) == sent
    waiting = db.session.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))).all()
    # Postponed to eight o'clock, and no attempt is used up; nothing is dropped.
    assert [(m.not_before, m.attempts) for m in waiting] == [(MORNING, 0)] * (1 - sent)
    for module in (quiet_hours, outbox):
        monkeypatch.setattr(module, "utcnow", lambda: MORNING + timedelta(minutes=1))
    notify.deliver(HttpSms(carrier.url, ""))
    assert len(carrier.arrived) == 1


class _Smtp(socketserver.StreamRequestHandler):
    """A mail server on loopback, as much of one as smtplib asks for."""

    def handle(self) -> None:
        self._say("220 minping.test")
        body: list[str] | None = None
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if body is not None:
                if line == ".":
                    self.server.mails.append("\n".join(body))  # type: ignore[attr-defined]
                    body = None
                    self._say("250 queued")
                else:
                    body.append(line.removeprefix("."))
            elif line.upper() == "DATA":
                body = []
                self._say("354 go on")
            elif line.upper() == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], server.mails  # type: ignore[attr-defined]
        server.shutdown()


def _reader(town: Town) -> int:
    user_id = town.users["clerk"]
    notifications.save_settings(user_id, [], "clerk@example.org", True)
    notifications.notify_user(user_id, "mention", "有人提到您", "/desk/")
    db.session.commit()
    return user_id


WORKDAY = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # a Thursday, nine o'clock in the city


def test_one_digest_a_day_reaches_the_mail_server(
    context: Flask, town: Town, mailbox: tuple[int, list[str]]
) -> None:
    port, mails = mailbox
    context.config.update(
        SMTP_HOST="127.0.0.1", SMTP_PORT=port, SMTP_SECURITY="none", MAIL_FROM="m@minping.test"
    )
    _reader(town)
    assert [digests.sweep(WORKDAY), digests.sweep(WORKDAY + timedelta(hours=3))] == [1, 0]
    assert notify.deliver() == {"sent": 1, "failed": 0}
    (mail,) = mails
    message = message_from_string(mail)
    assert message["To"] == "clerk@example.org"
    assert "1 条未读" in str(make_header(decode_header(message["Subject"])))
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "有人提到您" in text
    assert "/account/notifications" in text
    assert message["Message-ID"] == f"<digest.{town.users['clerk']}.2026-11-26@minping.test>"


def test_a_digest_sent_twice_is_one_mail_for_who_looks_at_ids(
    context: Flask, town: Town, mailbox: tuple[int, list[str]]
) -> None:
    port, mails = mailbox
    _reader(town)
    mail = SmtpMail("127.0.0.1", port, "m@minping.test", security="none")
    for _attempt in range(2):
        digests.send(mail, {"user_id": town.users["clerk"], "message_id": "digest:1:2026-11-26"})
    assert len(mails) == 2
    assert len({message_from_string(m)["Message-ID"] for m in mails}) == 1


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (datetime(2026, 11, 25, 23, 30, tzinfo=UTC), "half past seven"),
        (datetime(2026, 11, 28, 1, 0, tzinfo=UTC), "a Saturday"),
        (datetime(2026, 10, 1, 1, 0, tzinfo=UTC), "National Day"),
    ],
)  # fmt: skip
def test_no_digest_before_work_begins_or_on_a_day_off(
    context: Flask, town: Town, moment: datetime, why: str
) -> None:
    _reader(town)
    assert digests.sweep(moment) == 0, why


def test_no_digest_without_anything_new_or_for_who_left(context: Flask, town: Town) -> None:
    user_id = _reader(town)
    notifications.mark_read(user_id)
    assert digests.sweep(WORKDAY) == 0
    db.session.execute(update(NotificationSettings).values(digest_sent_at=None))
    notifications.notify_user(user_id, "mention", "又提到您")
    db.session.get_one(User, user_id).active = False
    db.session.commit()
    assert digests.sweep(WORKDAY) == 0


def test_a_mail_server_that_refuses_is_an_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises((OSError, smtplib.SMTPException)):
        SmtpMail("127.0.0.1", port, "m@minping.test", security="none").send("a@example.org", "s", "t", "id")
