"""Chat: the resident's words are stored first; then the bot, or a person, answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.queries import conversations
from webapp.services import bot_silence, bot_turns
from webapp.services.actor import Actor

MAX_MESSAGE = 2000
STILL_TYPING = timedelta(seconds=8)


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

    def said() -> str:
        record(conversation, shown(conversation, text), client_id)
        return for_bot(conversation, text)

    return once(conversation, client_id, said)


def once(
    conversation: Conversation, client_id: str | None, recording: Callable[[], str]
) -> list[ChatMessage]:
    """Let ``recording`` store a bubble and say what the bot is told; return what answers it. Commits.

    A ``client_id`` that is known records nothing and returns the answers given the first time.
    """
    if client_id and (known := _known(conversation, client_id)):
        return answers_after(conversation, known.id)
    try:
        said = recording()
        db.session.commit()
    except IntegrityError:
        # The browser sent it again while the first was being stored; that one is being answered.
        db.session.rollback()
        return []
    return answer(conversation, said)


def record(
    conversation: Conversation, text: str, client_id: str | None = None, payload: dict[str, Any] | None = None
) -> ChatMessage:
    """Add one bubble of the resident in the caller's transaction; a person who has taken over sees that it waits."""
    message = ChatMessage(
        conversation_id=conversation.id, author="resident", text=text, created_at=utcnow(),
        client_id=client_id or uuid.uuid4().hex, payload=payload or {},
    )  # fmt: skip
    conversation.last_message_at = message.created_at
    if conversation.handler == "person":
        conversation.needs_human = True
    db.session.add(message)
    return message


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


def shown(conversation: Conversation, text: str) -> str:
    """A pressed button is shown by its title, never by its payload."""
    return conversation.offered.get(text, text)


def for_bot(conversation: Conversation, text: str) -> str:
    """What the bot gets: a command only when it is a button that was just offered, else words without the slash.

    Rasa obeys ``/intent`` from anybody; a resident must not be able to force one.
    """
    return text if text in conversation.offered else bot_silence.harmless(text)


def answer(conversation: Conversation, said: str) -> list[ChatMessage]:
    """What the bot says to ``said`` (words made safe by :func:`for_bot`, or a command of ours); [] while a person answers.

    Whom the bot has promised a person, and nobody has come yet, is told now and then that they were heard.
    Commits. A silent bot is apologised for, a person sees the conversation, and what it says late is stored when it comes.
    """
    if conversation.handler == "person":
        return [] if conversations.is_taken_over(conversation) else bot_turns.reassure(conversation, said)
    return bot_turns.take_turn(conversation, said)


def hand_over(sender: str, reason: str) -> Conversation:
    """A person takes over this conversation from now on. Commits. Raises ``NotFound``."""
    conversation = db.session.scalar(select(Conversation).where(Conversation.sender == sender))
    if conversation is None:
        raise NotFound("no such conversation")
    conversation.handler, conversation.needs_human, conversation.reason = "person", True, reason[:40]
    db.session.commit()
    return conversation


def _existing(conversation_id: int) -> Conversation:
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(_("没有找到这个对话。"))
    return conversation


def take_over(conversation_id: int) -> Conversation:
    """A person takes over, asked or not; the resident is told, without a name. Commits. Raises ``NotFound``.

    Whoever waited for a person still waits for an answer, and stays in the inbox until there is one.
    """
    conversation = _existing(conversation_id)
    if not conversations.is_taken_over(conversation):
        _enter(conversation)
        bot_turns.commit_and_send(conversation)
    return conversation


def _enter(conversation: Conversation) -> None:
    conversation.handler = "person"
    if conversation.reason != conversations.DANGER:
        conversation.reason = conversations.TAKEN_OVER
    # The clerk's language is not the resident's: the page has its own words for these two.
    with force_locale("zh_CN"):
        text = _("工作人员已接入，正在看您前面说的话。")
    db.session.add(
        bot_turns.bubble(conversation, "system", {"text": text, "custom": {"type": conversations.TAKEN_OVER}})
    )


def person_types(conversation_id: int) -> None:
    """A member of staff is writing an answer. Commits. Raises ``NotFound``."""
    _existing(conversation_id).person_typed_at = utcnow()
    db.session.commit()


def is_person_typing(conversation: Conversation) -> bool:
    """Whether a member of staff pressed a key a moment ago."""
    typed = conversation.person_typed_at
    return conversation.handler == "person" and typed is not None and typed > utcnow() - STILL_TYPING


def reply_as_person(conversation_id: int, text: str, actor: Actor) -> ChatMessage:
    """A member of staff answers in the desk's inbox. Commits. Raises ``NotFound``, ``InvalidInput``."""
    conversation, text = _existing(conversation_id), _checked(text)
    if conversation.handler != "person":
        _enter(conversation)
    message = bot_turns.bubble(conversation, "person", {"text": text})
    message.user_id = actor.user_id
    conversation.needs_human, conversation.person_typed_at = False, None
    conversation.last_message_at = message.created_at
    db.session.add(message)
    bot_turns.commit_and_send(conversation)
    return message


def give_back(conversation_id: int) -> Conversation:
    """The person is done: the bot answers again. Commits. Raises ``NotFound``."""
    conversation = _existing(conversation_id)
    was_with_person = conversation.handler == "person"
    conversation.handler, conversation.needs_human, conversation.reason = "bot", False, ""
    if not was_with_person:
        # Somebody looked at what the bot had left unanswered, and nothing needs to be said.
        db.session.commit()
        return conversation
    with force_locale("zh_CN"):
        text = _("人工服务已结束，智能助手继续为您服务。")
    db.session.add(bot_turns.bubble(conversation, "system", {"text": text, "custom": {"type": "given_back"}}))
    bot_turns.commit_and_send(conversation)
    return conversation
