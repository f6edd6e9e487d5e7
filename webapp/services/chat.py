"""Chat: the resident's words are stored first; then the bot, or a person, answers."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.gateways import rasa
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.services.actor import Actor

logger = structlog.get_logger("chat")
MAX_MESSAGE = 2000


def conversation_of(sender: str, channel: str, identity: str) -> Conversation:
    """The conversation of this sender, begun when there is none. Commits when it begins one."""
    statement = select(Conversation).where(Conversation.sender == sender)
    conversation = db.session.scalar(statement)
    if conversation is None:
        conversation = Conversation(sender=sender, channel=channel, identity=identity, offered={})
        db.session.add(conversation)
        try:
            db.session.commit()
        except IntegrityError:
            # Two first messages at once: the other one began it.
            db.session.rollback()
            conversation = db.session.scalars(statement).one()
    return conversation


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(_("请输入您想说的话。"), "text")
    if len(text) > MAX_MESSAGE:
        raise InvalidInput(
            _("这段话太长了，请分几次发送，每次不超过 %(limit)s 字。", limit=MAX_MESSAGE), "text"
        )
    return text


def receive(conversation: Conversation, text: str, client_id: str | None = None) -> list[ChatMessage]:
    """Store one message of the resident and return what answers it (empty while a person has taken over).

    A repeated ``client_id`` stores nothing and returns the answers given the first time. Commits.
    Raises ``InvalidInput`` for empty or overlong text.
    """
    text = _checked(text)
    if client_id and (known := _known(conversation, client_id)):
        return answers_after(conversation, known.id)
    message = ChatMessage(
        conversation=conversation, author="resident", text=_shown(conversation, text), created_at=utcnow(),
        client_id=client_id or uuid.uuid4().hex, payload={},
    )  # fmt: skip
    conversation.last_message_at = message.created_at
    if conversation.handler == "person":
        conversation.needs_human = True
    db.session.add(message)
    try:
        db.session.commit()
    except IntegrityError:
        # The browser sent it again while the first was being stored; that one is being answered.
        db.session.rollback()
        return []
    return [] if conversation.handler == "person" else _ask_bot(conversation, text)


def _known(conversation: Conversation, client_id: str) -> ChatMessage | None:
    return db.session.scalar(
        select(ChatMessage).where(
            ChatMessage.conversation_id == conversation.id, ChatMessage.client_id == client_id
        )
    )


def answers_after(conversation: Conversation, message_id: int) -> list[ChatMessage]:
    """Messages to the resident after one message, oldest first."""
    statement = select(ChatMessage).where(
        ChatMessage.conversation_id == conversation.id,
        ChatMessage.id > message_id,
        ChatMessage.author != "resident",
    )
    return list(db.session.scalars(statement.order_by(ChatMessage.id)))


def _shown(conversation: Conversation, text: str) -> str:
    """A pressed button is shown by its title, never by its payload."""
    return conversation.offered.get(text, text)


def for_bot(conversation: Conversation, text: str) -> str:
    """What the bot gets: a command only when it is a button that was just offered, else words without the slash.

    Rasa obeys ``/intent`` from anybody; a resident must not be able to force one.
    """
    return text if text in conversation.offered else text.lstrip("/／ \t") or "你好"


def _ask_bot(conversation: Conversation, text: str) -> list[ChatMessage]:
    try:
        parts = rasa.send(conversation.sender, for_bot(conversation, text))
    except rasa.BotUnavailable as error:
        logger.warning("bot unavailable", reason=error.reason, conversation=conversation.id)
        return [_apologise(conversation)]
    buttons = {
        b["payload"]: b["title"] for part in parts for b in part.get("buttons") or [] if b.get("payload")
    }
    answers = [_bubble(conversation, "bot", part) for part in parts]
    # The action server hands over in its own transaction; what is stored there wins.
    db.session.refresh(conversation)
    conversation.offered = buttons
    conversation.last_message_at = utcnow()
    db.session.add_all(answers)
    db.session.commit()
    return answers


def _bubble(conversation: Conversation, author: str, part: dict[str, Any]) -> ChatMessage:
    payload = {key: part[key] for key in ("buttons", "custom", "image") if part.get(key)}
    return ChatMessage(
        conversation=conversation, author=author, text=str(part.get("text") or ""), payload=payload,
        created_at=utcnow(),
    )  # fmt: skip


def _apologise(conversation: Conversation) -> ChatMessage:
    """The bot is silent: say what happens next, and put the conversation before a person."""
    conversation.needs_human, conversation.reason = True, "bot_unavailable"
    text = _(
        "您的话已经收到并保存。智能助手暂时没有回应，工作人员会看到并尽快答复您；"
        "急事请直接拨打热线，也可以改用网页表单提交。"
    )
    message = _bubble(conversation, "system", {"text": text, "custom": {"type": "form_link"}})
    db.session.add(message)
    db.session.commit()
    return message


def hand_over(sender: str, reason: str) -> Conversation:
    """A person takes over this conversation from now on. Commits. Raises ``NotFound``."""
    conversation = db.session.scalar(select(Conversation).where(Conversation.sender == sender))
    if conversation is None:
        raise NotFound("no such conversation")
    conversation.handler, conversation.needs_human, conversation.reason = "person", True, reason[:40]
    db.session.commit()
    return conversation


def reply_as_person(conversation_id: int, text: str, actor: Actor) -> ChatMessage:
    """A member of staff answers in the desk's inbox. Commits. Raises ``NotFound``, ``InvalidInput``."""
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(_("没有找到这个对话。"))
    message = _bubble(conversation, "person", {"text": _checked(text)})
    message.user_id = actor.user_id
    conversation.handler, conversation.needs_human = "person", False
    conversation.last_message_at = message.created_at
    db.session.add(message)
    db.session.commit()
    return message


def give_back(conversation_id: int) -> Conversation:
    """The person is done: the bot answers again. Commits. Raises ``NotFound``."""
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(_("没有找到这个对话。"))
    conversation.handler, conversation.needs_human, conversation.reason = "bot", False, ""
    text = _("人工服务已结束，智能助手继续为您服务。")
    db.session.add(_bubble(conversation, "system", {"text": text}))
    db.session.commit()
    return conversation
