"""A step in a request's life, told to a person on WeChat once: by template message, in the chat, or by text message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app
from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.workflow import EventType
from webapp.extensions import db
from webapp.gateways.wechat.client import NoRight, Refused, WindowClosed
from webapp.models import ChatMessage, Conversation, RequestEvent, ServiceRequest, WechatFollower, utcnow
from webapp.services import asking, wechat_account, wechat_delivery

logger = structlog.get_logger("wechat")
# How much a field of a template takes, by the kind in its name (developers.weixin.qq.com, template messages).
_LIMITS = {"thing": 20, "phrase": 5, "const": 20, "character_string": 32, "short_thing": 5}


def event_key(request: ServiceRequest, sequence: int, of: int | None) -> str:
    """What one reporter's message about one event is known by; ``of``: the event's request, where that is the lead's."""
    return f"event-{request.id}-{sequence}" if of is None else f"event-{request.id}-of-{of}-{sequence}"


def tell(
    request: ServiceRequest, sequence: int, text: str, sms: Callable[[], bool], of: int | None = None
) -> None:
    """Tell the reporter of ``request`` about event ``sequence`` (of the request with id ``of``, else its own), by the
    first way that is open.

    Template message; customer-service message; ``sms`` (says whether there was a number); else with their next word.
    Call it without uncommitted changes; commits. Raises ``Busy`` and whatever ``sms`` raises: then try again later.
    """
    conversation = db.session.scalar(
        select(Conversation)
        .where(Conversation.identity == request.identity, Conversation.channel == "wechat")
        .order_by(Conversation.last_message_at.desc())
    )
    if conversation is None:
        sms()
        return
    client_id = event_key(request, sequence, of)
    bubble = db.session.scalar(
        select(ChatMessage).where(
            ChatMessage.conversation_id == conversation.id, ChatMessage.client_id == client_id
        )
    )
    follower = db.session.scalar(
        select(WechatFollower).where(WechatFollower.conversation_id == conversation.id)
    )
    if bubble is None:
        by_template = follower is not None and _template(
            follower, request, (of or request.id, sequence), client_id
        )
        bubble = _store(conversation.id, client_id, text, {"told": "template"} if by_template else {})
    if bubble.payload.get("told"):
        return
    if follower is not None and _delivered(conversation.id):
        return
    if sms():
        bubble.payload = {**bubble.payload, "told": "sms"}
        db.session.commit()


def _delivered(conversation_id: int) -> bool:
    try:
        return wechat_delivery.deliver(conversation_id)
    except Refused as error:
        logger.warning("wechat message refused", reason=str(error), conversation=conversation_id)
        return False


def _store(conversation_id: int, client_id: str, text: str, payload: dict[str, Any]) -> ChatMessage:
    # Locked, so that bubbles of a conversation become visible in the order of their ids, which the watermark relies on.
    db.session.get(Conversation, conversation_id, with_for_update=True)
    bubble = ChatMessage(
        conversation_id=conversation_id, author="system", text=text, payload=payload, client_id=client_id,
        created_at=utcnow(),
    )  # fmt: skip
    db.session.add(bubble)
    db.session.commit()
    return bubble


def _template(
    follower: WechatFollower, request: ServiceRequest, which: tuple[int, int], client_id: str
) -> bool:
    """Whether a template message told it. WeChat takes one ``client_msg_id`` once in ten minutes: retries are safe."""
    config = current_app.config
    if not config["WECHAT_TEMPLATE_ID"] or not follower.subscribed:
        return False
    body = {
        "touser": crypto.decrypt(follower.openid), "template_id": config["WECHAT_TEMPLATE_ID"],
        "url": _url(request, which), "client_msg_id": client_id,
        "data": _fields(config["WECHAT_TEMPLATE_FIELDS"], request, which),
    }  # fmt: skip
    db.session.rollback()
    try:
        wechat_account.call("message/template/send", body)
    except (NoRight, WindowClosed, Refused) as error:
        logger.warning("template message refused", reason=str(error), request=request.id)
        return False
    return True


def _url(request: ServiceRequest, which: tuple[int, int]) -> str:
    """Where a tap leads: after the department's answer to the three questions, else to the case.

    A neighbour whose report was merged is told of the answer, but the first reporter is the one who is asked.
    """
    answered = select(RequestEvent.id).where(
        RequestEvent.request_id == request.id, RequestEvent.sequence == which[1],
        RequestEvent.event_type == EventType.RESOLVED.value,
    )  # fmt: skip
    if which[0] == request.id and db.session.scalar(answered) is not None:
        return asking.follow_up_link(request, which[1])
    return f"{current_app.config['PUBLIC_URL']}/track"


def _fields(
    layout: dict[str, str], request: ServiceRequest, which: tuple[int, int]
) -> dict[str, dict[str, str]]:
    """``which``: the request and the sequence of the event."""
    event = db.session.scalars(
        select(RequestEvent).where(RequestEvent.request_id == which[0], RequestEvent.sequence == which[1])
    ).one()
    values = {
        "number": request.service_request_id,
        "event": _(EventType(event.event_type).label),
        "time": format_datetime(event.at, "yyyy-MM-dd HH:mm"),
        "department": event.request.department.name,
        "city": current_app.config["CITY_NAME"],
    }
    return {name: {"value": _cut(name, values[what])} for name, what in layout.items()}


def _cut(name: str, value: str) -> str:
    limit = _LIMITS.get(name.rstrip("0123456789"), 32)
    return value if len(value) <= limit else value[: limit - 1] + "…"
