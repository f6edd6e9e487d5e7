"""匿名: a report in a chat that nobody wants to be known by leaves nothing in the conversation that leads to it.

The same goes for a complaint about an office: whoever answers chats may work there.

The conversation belongs to a browser or a WeChat account. So what was said for the report is taken out of it as soon as
the report is stored, photos lose their bubbles, and the bubble with the number and the secret goes after a day (the
person has to be able to read it first).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, cast, or_, select, update

from webapp.domain.text import N_
from webapp.extensions import db
from webapp.models import Attachment, ChatMessage, Conversation, ServiceRequest, utcnow

# As long as a dialogue lasts (bot/domain: session_expiration_time).
DIALOGUE = timedelta(hours=2)
TIME_TO_READ = timedelta(days=1)
SWEPT = timedelta(days=4)
TAKEN_OUT = N_("（为保护您，这段内容已从对话中移出）")


def forget_words(conversation: Conversation, request: ServiceRequest) -> int:
    """Take everything said in this dialogue out of the conversation; returns how many bubbles. Commits."""
    since = utcnow() - DIALOGUE
    ids = select(ChatMessage.id).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.created_at >= since
    )
    db.session.execute(
        update(Attachment).where(Attachment.request_id == request.id).values(message_id=None),
        execution_options={"synchronize_session": False},
    )
    count = empty(list(db.session.scalars(ids)))
    db.session.commit()
    return count


def sweep(now: datetime | None = None) -> int:
    """Take the numbers of anonymous requests out of the conversations in which they were told, after a day. Commits."""
    moment = now or utcnow()
    statement = (
        select(ServiceRequest.service_request_id, ServiceRequest.received_at)
        .where(ServiceRequest.anonymous.is_(True), ServiceRequest.channel.in_(("chat", "wechat")))
        .where(ServiceRequest.received_at.between(moment - SWEPT, moment - TIME_TO_READ))
    )
    count = 0
    for number, received_at in db.session.execute(statement).all():
        telling = select(ChatMessage.id).where(
            ChatMessage.created_at.between(received_at - DIALOGUE, received_at + SWEPT),
            or_(ChatMessage.text.contains(number), cast(ChatMessage.payload, String).contains(number)),
        )
        count += empty(list(db.session.scalars(telling)))
    db.session.commit()
    return count


def empty(ids: list[int]) -> int:
    """Take what was said out of these bubbles (caller's transaction); returns how many they are."""
    db.session.execute(
        update(ChatMessage).where(ChatMessage.id.in_(ids)).values(text=TAKEN_OUT, payload={}),
        execution_options={"synchronize_session": "fetch"},
    )
    return len(ids)
