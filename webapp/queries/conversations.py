"""Conversations as the desk's inbox reads them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select

from webapp.extensions import db
from webapp.models import ChatMessage, Conversation

LIMIT = 100
# Words about ending one's life: nobody may wait behind others with these.
DANGER = "self_harm"
TAKEN_OVER = "taken_over"


def waiting_count() -> int:
    """How many conversations wait for a person."""
    return (
        db.session.scalar(select(func.count(Conversation.id)).where(Conversation.needs_human.is_(True))) or 0
    )


def inbox(only_waiting: bool) -> Sequence[tuple[Conversation, str | None]]:
    """Conversations with the resident's last words ('' for a picture): those that wait, or all recent ones.

    Danger to life comes first, then who has waited longest.
    """
    last = (
        select(ChatMessage.text)
        .where(ChatMessage.conversation_id == Conversation.id, ChatMessage.author == "resident")
        .order_by(ChatMessage.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    statement = select(Conversation, last)
    if only_waiting:
        statement = statement.where(Conversation.needs_human.is_(True)).order_by(
            case((Conversation.reason == DANGER, 0), else_=1), Conversation.last_message_at
        )
    else:
        statement = statement.order_by(Conversation.last_message_at.desc())
    return [(row[0], row[1]) for row in db.session.execute(statement.limit(LIMIT))]


def last_answer(conversation_id: int) -> ChatMessage | None:
    """The last bubble that is not the resident's."""
    return db.session.scalar(
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.author != "resident")
        .order_by(ChatMessage.id.desc())
        .limit(1)
    )


def is_taken_over(conversation: Conversation) -> bool:
    """Whether a person, and not only the bot's promise of one, is in the conversation."""
    if conversation.handler != "person":
        return False
    last = last_answer(conversation.id)
    return last is not None and (
        last.author == "person" or last.payload.get("custom") == {"type": TAKEN_OVER}
    )


def messages(conversation_id: int, after: int = 0) -> list[ChatMessage]:
    """The last messages of a conversation, oldest first."""
    statement = (
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.id > after)
        .order_by(ChatMessage.id.desc())
        .limit(LIMIT)
    )
    return list(db.session.scalars(statement))[::-1]
