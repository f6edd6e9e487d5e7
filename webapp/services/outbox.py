"""What must leave the system: written in the transaction of its cause, delivered at least once by a sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import OutboxMessage, RequestEvent, ServiceRequest, utcnow

logger = structlog.get_logger("outbox")
Sender = Callable[[dict[str, Any]], None]
GIVE_UP_AFTER = 12


def enqueue(kind: str, **values: Any) -> None:
    """Queue a message in the current transaction. ``values`` hold ids, never personal data."""
    db.session.add(OutboxMessage(kind=kind, payload=values, not_before=utcnow()))


def notify_reporter(request: ServiceRequest, event: RequestEvent) -> None:
    """Tell the resident of a request, through the channel they used, that something happened."""
    values = {"request_id": request.id, "event_type": event.event_type, "sequence": event.sequence}
    if request.channel in ("chat", "wechat") and request.identity:
        enqueue("chat", **values)
    elif request.contact_phone:
        enqueue("sms", **values)


def deliver_pending(senders: dict[str, Sender], limit: int = 200) -> dict[str, int]:
    """Send what is due; failures are tried again after 1, 2, 4 … minutes. Returns counts of sent and failed.

    At least once: a crash between sending and committing sends again, so senders must bear repetition.
    """
    counts = {"sent": 0, "failed": 0}
    statement = (
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.not_before <= utcnow())
        .where(OutboxMessage.attempts < GIVE_UP_AFTER)
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    for message in db.session.scalars(statement).all():
        message.attempts += 1
        try:
            senders[message.kind](message.payload)
        except Exception as error:
            counts["failed"] += 1
            message.last_error = f"{type(error).__name__}"
            message.not_before = utcnow() + timedelta(minutes=2 ** (message.attempts - 1))
            logger.warning(
                "delivery failed", outbox_id=message.id, kind=message.kind, error=type(error).__name__
            )
        else:
            counts["sent"] += 1
            message.sent_at = utcnow()
        db.session.commit()
    return counts
