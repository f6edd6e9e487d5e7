"""Deliver outbox messages to residents: into their chat, or by text message."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.workflow import EventType
from webapp.extensions import db
from webapp.gateways.sms import ConsoleSms, SmsGateway
from webapp.models import ChatMessage, Conversation, ServiceRequest, utcnow
from webapp.services import outbox


def _text(request: ServiceRequest, event_type: str) -> str:
    return _(
        "您的诉求 %(number)s 有新进展：%(event)s。详情请凭编号和查询码查看：%(url)s/track",
        number=request.service_request_id, event=_(EventType(event_type).label), url=current_app.config["PUBLIC_URL"],
    )  # fmt: skip


def _to_chat(payload: dict[str, Any]) -> None:
    request = db.session.get_one(ServiceRequest, payload["request_id"])
    statement = select(Conversation).where(Conversation.identity == request.identity)
    conversation = db.session.scalar(statement.order_by(Conversation.last_message_at.desc()))
    if conversation is None:
        return
    # Repetition is harmless: the same event is one bubble.
    client_id = f"event-{payload['request_id']}-{payload['sequence']}"
    known = select(ChatMessage.id).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.client_id == client_id
    )
    if db.session.scalar(known) is None:
        db.session.add(
            ChatMessage(
                conversation_id=conversation.id, author="system", text=_text(request, payload["event_type"]),
                payload={}, client_id=client_id, created_at=utcnow(),
            )
        )  # fmt: skip


def _sms(gateway: SmsGateway, payload: dict[str, Any]) -> None:
    request = db.session.get_one(ServiceRequest, payload["request_id"])
    if phone := crypto.decrypt(request.contact_phone):
        gateway.send(phone, _text(request, payload["event_type"]))


def deliver(gateway: SmsGateway | None = None) -> dict[str, int]:
    """Send what waits in the outbox; returns counts of sent and failed."""
    sms = gateway or ConsoleSms()
    with force_locale("zh_CN"):
        return outbox.deliver_pending({"chat": _to_chat, "sms": lambda payload: _sms(sms, payload)})
