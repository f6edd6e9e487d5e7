"""Chats: every word is stored before the bot sees it, so that no fault of the bot loses one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, utcnow


class Conversation(Model):
    """A resident's chat on one channel. ``handler`` is ``bot`` or, after a handover, ``person``."""

    __tablename__ = "conversations"

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(80), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    identity: Mapped[str] = mapped_column(String(64), index=True)
    handler: Mapped[str] = mapped_column(String(8), default="bot")
    # A message that the bot did not answer: a person must look.
    needs_human: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_message_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # When a member of staff last pressed a key in their answer: the resident sees that somebody is writing.
    person_typed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Payloads of the buttons last offered: only these may reach the bot as commands.
    offered: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    messages: Mapped[list[ChatMessage]] = relationship(
        back_populates="conversation", order_by="ChatMessage.id"
    )

    __table_args__ = (Index("ix_conversations_waiting", "needs_human", "last_message_at"),)


class ChatMessage(Model):
    """One bubble. ``author`` is resident, bot, person or system; ``payload`` holds buttons and cards."""

    __tablename__ = "chat_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    author: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The browser's own id of the message: a retry after a lost network is stored once.
    client_id: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    conversation: Mapped[Conversation] = relationship(back_populates="messages")

    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_chat_messages_conversation", "conversation_id", "id"),
    )
