"""The WeChat official account: who follows it, what its servers delivered, and the token for calling them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, sealed, utcnow
from webapp.models.conversation import ChatMessage, Conversation


class WechatFollower(Model):
    """A person on WeChat and their one conversation. ``openid`` is encrypted; ``openid_index`` finds it."""

    __tablename__ = "wechat_followers"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), unique=True)
    openid: Mapped[str] = sealed()
    openid_index: Mapped[str] = mapped_column(String(64), unique=True)
    subscribed: Mapped[bool] = mapped_column(default=True)
    # The service whose QR code was scanned last ('' without one).
    service_code: Mapped[str] = mapped_column(String(40), default="")
    # Customer-service messages may be sent for 48 hours after the person's last word, five at most.
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    sent_since: Mapped[int] = mapped_column(default=0)
    # All answers up to this ChatMessage have reached the person, by passive reply or by customer service.
    delivered_message_id: Mapped[int] = mapped_column(default=0)
    # Somebody is sending to this person and nobody else may, until then at the latest (a crashed sender lets go).
    sending_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    conversation: Mapped[Conversation] = relationship()


class WechatDelivery(Model):
    """One message or event of WeChat's servers, handled once however often it is delivered.

    ``key`` is its MsgId, or for events FromUserName (hashed), CreateTime and the event. ``reply`` is what was answered
    (XML content before encryption, '' for silence), given again to a repeated delivery; None while it is being answered.
    """

    __tablename__ = "wechat_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    follower_id: Mapped[int] = mapped_column(ForeignKey("wechat_followers.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("chat_messages.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # When the bot, or the apology for it, had answered; None: a sweep looks after it.
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str | None] = mapped_column(Text)

    follower: Mapped[WechatFollower] = relationship()
    message: Mapped[ChatMessage | None] = relationship()

    __table_args__ = (Index("ix_wechat_deliveries_open", "answered_at", "received_at"),)


class WechatToken(Model):
    """The access token of an account, shared by all processes (encrypted), and when a new one is to be fetched."""

    __tablename__ = "wechat_tokens"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    token: Mapped[str] = sealed()
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # One process is fetching a new one, the others wait for it, until then at the latest.
    renewing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
