"""Messages of the system in a resident's conversation: once each, however often their delivery is tried."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from webapp.extensions import db
from webapp.gateways.wechat.client import Refused
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.services import wechat_delivery

logger = structlog.get_logger("outbox")


def latest(identity: str | None, channel: str) -> int | None:
    """Id of the conversation that this person spoke in last on a channel; None when there is none."""
    if identity is None:
        return None
    return db.session.scalar(
        select(Conversation.id)
        .where(Conversation.identity == identity, Conversation.channel == channel)
        .order_by(Conversation.last_message_at.desc())
        .limit(1)
    )


def put(conversation_id: int, client_id: str, text: str) -> bool:
    """Put a text into a conversation unless ``client_id`` stands there; False when the conversation is gone. Commits."""
    # Locked, so that bubbles become visible in the order of their ids, which WeChat's watermark relies on.
    conversation = db.session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        return False
    known = select(ChatMessage.id).where(
        ChatMessage.conversation_id == conversation_id, ChatMessage.client_id == client_id
    )
    if db.session.scalar(known) is None:
        db.session.add(
            ChatMessage(
                conversation_id=conversation_id, author="system", text=text, payload={}, client_id=client_id,
                created_at=utcnow(),
            )
        )  # fmt: skip
    db.session.commit()
    return True


def tell(conversation_id: int, client_id: str, text: str) -> bool:
    """Put a text into a conversation, and hand it to WeChat if that is where it is held; whether it arrives. Commits.

    Raises ``Busy`` while another delivery to the same person is under way.
    """
    if not put(conversation_id, client_id, text):
        return False
    if db.session.get_one(Conversation, conversation_id).channel != "wechat":
        return True
    try:
        return wechat_delivery.deliver(conversation_id)
    except Refused as error:
        logger.warning("wechat message refused", reason=str(error), conversation=conversation_id)
        return False
