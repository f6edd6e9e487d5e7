"""Personal data of a request: shown to staff only on request, and every look is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from webapp import crypto
from webapp.extensions import db
from webapp.models import AuditEntry, Conversation, ServiceRequest, utcnow
from webapp.services import audit
from webapp.services.actor import Actor


@dataclass(frozen=True, slots=True)
class Contact:
    """Name and phone, in the clear or masked."""

    name: str
    phone: str


def masked(request: ServiceRequest) -> Contact:
    """What screens show by default: surname and the last four digits."""
    name, phone = crypto.decrypt(request.contact_name) or "", crypto.decrypt(request.contact_phone) or ""
    return Contact(name[:1] + "＊" * (len(name) - 1), "＊" * 7 + phone[-4:] if len(phone) > 4 else "")


SAME_LOOK = timedelta(minutes=10)


def viewed_case(request: ServiceRequest, actor: Actor) -> None:
    """Record that somebody opened a case: its words and place are personal too. Commits."""
    _viewed("case.view", request.service_request_id, actor)


def viewed_conversation(conversation: Conversation, actor: Actor) -> None:
    """Record that somebody opened a chat. Commits."""
    _viewed("chat.view", f"conversation:{conversation.id}", actor)


def _viewed(action: str, subject: str, actor: Actor) -> None:
    """A page that comes back after each step is one look, not ten: the same one counts again after a while."""
    recent = db.session.scalar(
        select(AuditEntry.id)
        .where(AuditEntry.subject == subject, AuditEntry.action == action)
        .where(AuditEntry.user_id == actor.user_id, AuditEntry.at > utcnow() - SAME_LOOK)
        .limit(1)
    )
    if recent is None:
        audit.record(action, subject, actor.user_id)
        db.session.commit()


def unmask_conversation(conversation: Conversation, actor: Actor) -> None:
    """Record that somebody reads a chat with the personal data in it. Commits."""
    audit.record("chat.unmask", f"conversation:{conversation.id}", actor.user_id)
    db.session.commit()


def unmask(request: ServiceRequest, actor: Actor) -> Contact:
    """The contact in the clear; the look is in the audit trail before anything is shown. Commits."""
    audit.record("contact.unmask", request.service_request_id, actor.user_id)
    db.session.commit()
    return Contact(crypto.decrypt(request.contact_name) or "", crypto.decrypt(request.contact_phone) or "")
