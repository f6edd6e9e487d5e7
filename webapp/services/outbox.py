"""What must leave the system: written in the transaction of its cause, delivered at least once by a sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update

from webapp.extensions import db
from webapp.models import OutboxMessage, RequestEvent, ServiceRequest, utcnow
from webapp.services import merging

logger = structlog.get_logger("outbox")
Sender = Callable[[dict[str, Any]], object]
GIVE_UP_AFTER = 12


class Postponed(Exception):
    """Raised by a sender that may not send now; the message waits until ``until`` (aware), and no attempt is counted."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


def enqueue(kind: str, key: str | None = None, **values: Any) -> OutboxMessage:
    """Queue a message in the current transaction. ``values`` hold ids, never personal data.

    ``key`` names the cause: a second message for it is not queued, the first is returned.
    """
    known = db.session.scalar(select(OutboxMessage).where(OutboxMessage.key == key)) if key else None
    if known is not None:
        return known
    message = OutboxMessage(kind=kind, key=key, payload=values, not_before=utcnow())
    db.session.add(message)
    return message


def notify_reporters(request: ServiceRequest, event: RequestEvent) -> None:
    """Tell the resident of a request, and those whose reports were merged into it, that something happened."""
    for told in (request, *merging.joined(request)):
        _notify(told, event)


def _notify(request: ServiceRequest, event: RequestEvent) -> None:
    """Through the channel that this resident used. ``of``: the request whose event it is, where that is another one."""
    values = {"request_id": request.id, "event_type": event.event_type, "sequence": event.sequence}
    if event.request is not request:
        values["of"] = event.request.id
    # One event, one message: of this request's own history, or of the one that it was merged into.
    of = f"{event.request.service_request_id}:{event.sequence}"
    key = f"event:{of}" if event.request is request else f"event:{of}:{request.service_request_id}"
    if request.channel in ("chat", "wechat") and request.identity:
        enqueue("chat" if request.channel == "chat" else "wechat_event", key, **values)
    elif request.contact_phone:
        enqueue("sms", key, **values)


def deliver_pending(senders: dict[str, Sender], limit: int = 200) -> dict[str, int]:
    """Send what is due; failures are tried again after 1, 2, 4 … minutes. Returns counts of sent and failed.

    At least once: a crash between sending and committing sends again, with the same ``message_id`` in the payload. Chat
    and WeChat know their own bubbles, a mail server and a carrier can drop an id that they have seen; a carrier that does
    not look at ids delivers such a text message twice, and nothing on this side can prevent that.
    """
    counts = {"sent": 0, "failed": 0}
    statement = (
        select(OutboxMessage.id)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.not_before <= utcnow())
        .where(OutboxMessage.attempts < GIVE_UP_AFTER)
        .order_by(OutboxMessage.id)
        .limit(limit)
    )
    for message_id in db.session.scalars(statement).all():
        done = deliver_one(senders, message_id)
        if done is not None:
            counts["sent" if done else "failed"] += 1
    return counts


def deliver_one(senders: dict[str, Sender], message_id: int) -> bool | None:
    """Send one message that is due: True when it went, False when it failed, None when it waits or
    another process has it. Commits.

    Senders find a session without uncommitted changes and may commit.
    """
    message = _claim(message_id)
    if message is None:
        return None
    done: bool | None
    try:
        senders[message.kind]({**message.payload, "message_id": message.key or f"outbox:{message.id}"})
    except Postponed as wait:
        db.session.rollback()
        message.not_before, message.attempts, done = wait.until, message.attempts - 1, None
    except Exception as error:
        db.session.rollback()
        message.last_error = f"{type(error).__name__}"
        logger.warning("delivery failed", outbox_id=message.id, kind=message.kind, error=type(error).__name__)
        done = False
    else:
        message.sent_at = utcnow()
        done = True
    db.session.commit()
    return done


def _claim(message_id: int) -> OutboxMessage | None:
    """Take a due message for as long as its next retry is away, so that nobody else sends it meanwhile. Commits."""
    db.session.rollback()
    message = db.session.get(OutboxMessage, message_id, populate_existing=True)
    if message is None:
        return None
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.attempts == message.attempts)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.not_before <= utcnow())
        .values(
            attempts=message.attempts + 1, not_before=utcnow() + timedelta(minutes=2**message.attempts)
        )
    )  # fmt: skip
    taken = bool(db.session.connection().execute(statement).rowcount)
    db.session.commit()
    return message if taken else None
