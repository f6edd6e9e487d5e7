"""Deliver outbox messages to residents: into their chat, to WeChat, or by text message."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from nlp.mask import mask_personal_data
from webapp import crypto
from webapp.domain.deadlines import Urgency
from webapp.domain.workflow import EventType
from webapp.extensions import db
from webapp.gateways.sms import ConsoleSms, HttpSms, SmsGateway
from webapp.models import ChatMessage, Conversation, OutboxMessage, ServiceRequest, utcnow
from webapp.queries.sealed import clear_note
from webapp.services import (
    asking,
    digests,
    outbox,
    quiet_hours,
    review_notice,
    rights_notice,
    wechat_delivery,
    wechat_notice,
)

logger = structlog.get_logger("outbox")
ASKED = 120  # characters of the office's question that a text message can hold


def _text(request: ServiceRequest, payload: dict[str, Any]) -> str:
    """What the resident of ``request`` reads. A neighbour whose report was merged into another (``of``) is told of the
    answer, but only the first reporter is asked."""
    event_type, sequence = payload["event_type"], payload["sequence"]
    if event_type == EventType.RESOLVED and "of" not in payload:
        return _(
            "您的诉求 %(number)s，「%(department)s」已答复办结。联系了没有、解决了没有、满不满意，请您说一句"
            "（不用登录）：%(url)s",
            number=request.service_request_id, department=request.department.name,
            url=asking.follow_up_link(request, sequence),
        )  # fmt: skip
    if event_type == EventType.PAUSED and "of" not in payload and (asked := _asked(request, sequence)):
        return _(
            "您的诉求 %(number)s，「%(department)s」在等您一句话：“%(asked)s”。请直接回复，或凭编号和查询码补充：%(url)s/track",
            number=request.service_request_id, department=request.department.name, asked=asked,
            url=current_app.config["PUBLIC_URL"],
        )  # fmt: skip
    return _(
        "您的诉求 %(number)s 有新进展：%(event)s。详情请凭编号和查询码查看：%(url)s/track",
        number=request.service_request_id, event=_(EventType(event_type).label), url=current_app.config["PUBLIC_URL"],
    )  # fmt: skip


def _asked(request: ServiceRequest, sequence: int) -> str:
    """What the office asks for with the event of this number, without personal data; "" when it says nothing."""
    asked = (clear_note(e) for e in request.events if e.sequence == sequence and e.note)
    return mask_personal_data(next(asked, ""))[:ASKED]


def _to_chat(payload: dict[str, Any]) -> None:
    request = db.session.get_one(ServiceRequest, payload["request_id"])
    statement = select(Conversation).where(Conversation.identity == request.identity)
    conversation = db.session.scalar(statement.order_by(Conversation.last_message_at.desc()))
    if conversation is None:
        return
    # Repetition is harmless: the same event is one bubble.
    client_id = wechat_notice.event_key(request, payload["sequence"], payload.get("of"))
    known = select(ChatMessage.id).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.client_id == client_id
    )
    if db.session.scalar(known) is None:
        db.session.add(
            ChatMessage(
                conversation_id=conversation.id, author="system", text=_text(request, payload),
                payload={}, client_id=client_id, created_at=utcnow(),
            )
        )  # fmt: skip


def _to_wechat(payload: dict[str, Any]) -> None:
    wechat_delivery.deliver(payload["conversation_id"])


def _event_to_wechat(sms: SmsGateway, payload: dict[str, Any]) -> None:
    request = db.session.get_one(ServiceRequest, payload["request_id"])
    text = _text(request, payload)
    wechat_notice.tell(request, payload["sequence"], text, lambda: _sms(sms, payload), payload.get("of"))


def _carrier() -> SmsGateway:
    config = current_app.config
    return HttpSms(config["SMS_URL"], config["SMS_TOKEN"]) if config["SMS_URL"] else ConsoleSms()


def _sms(gateway: SmsGateway, payload: dict[str, Any]) -> bool:
    request = db.session.get_one(ServiceRequest, payload["request_id"])
    phone = crypto.decrypt(request.contact_phone)
    if phone:
        quiet_hours.wait_for_morning(request.urgency == Urgency.EMERGENCY)
        gateway.send(phone, _text(request, payload), payload["message_id"])
    return bool(phone)


def _senders(gateway: SmsGateway | None = None) -> dict[str, outbox.Sender]:
    sms = gateway or _carrier()
    return {
        "chat": _to_chat,
        "sms": partial(_sms, sms),
        "digest": partial(digests.send, digests.gateway()),
        "wechat": _to_wechat,
        "wechat_event": partial(_event_to_wechat, sms),
        "reviewer": partial(review_notice.tell, sms),
        "data_request": partial(rights_notice.tell, sms),
    }


def deliver(gateway: SmsGateway | None = None) -> dict[str, int]:
    """Send what waits in the outbox; returns counts of sent and failed."""
    with force_locale("zh_CN"):
        return outbox.deliver_pending(_senders(gateway))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="outbox")


def try_soon(message: OutboxMessage) -> Future[None]:
    """Send a committed message now, in a thread of its own: nobody waits for it, and the sweep tries again if it fails."""
    app, message_id = current_app._get_current_object(), message.id  # type: ignore[attr-defined]

    def work() -> None:
        with app.app_context(), force_locale("zh_CN"):
            try:
                outbox.deliver_one(_senders(), message_id)
            except Exception:
                logger.exception("delivery failed", outbox_id=message_id)
            finally:
                db.session.remove()

    return _pool().submit(work)
