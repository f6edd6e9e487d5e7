"""Sweeps of conversations with a silent bot: what it missed is said to it again, what was forgotten is apologised for."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import func, select, update

from webapp.extensions import db
from webapp.gateways import rasa
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.queries import conversations
from webapp.services import bot_silence, bot_turns

logger = structlog.get_logger("chat")
# A person who is writing an answer is not interrupted by the bot's.
WRITING = timedelta(minutes=2)
FORGOTTEN_AFTER = timedelta(seconds=60)
# Longer than any answer is waited for: whoever waited for it has died.
ABANDONED_AFTER = timedelta(minutes=10)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 300
# The worker has other things to do; the next sweep goes on.
SWEEP_S = 20.0


def catch_up() -> int:
    """Sweep: let the bot answer what it missed, where no person has; how many conversations. Safe to run again. Commits."""
    _release_abandoned()
    since = Conversation.last_message_at > utcnow() - bot_silence.STILL_WANTED
    waiting = select(Conversation.id).where(
        Conversation.needs_human.is_(True), Conversation.reason == bot_silence.UNAVAILABLE, since
    )
    ids = db.session.scalars(waiting.order_by(Conversation.last_message_at).limit(50)).all()
    db.session.commit()
    if not ids or not rasa.is_ready():
        return 0
    end = time.monotonic() + SWEEP_S
    return sum(
        time.monotonic() < end and _caught_up(db.session.get_one(Conversation, number)) for number in ids
    )


def _release_abandoned() -> None:
    waited = Conversation.reason.in_((bot_silence.SLOW, bot_silence.CATCHING_UP))
    abandoned = update(Conversation).where(
        Conversation.needs_human.is_(True), waited, Conversation.last_message_at < utcnow() - ABANDONED_AFTER
    )
    db.session.execute(abandoned.values(reason=bot_silence.UNAVAILABLE))


def _caught_up(conversation: Conversation) -> bool:
    apology = db.session.get(ChatMessage, bot_silence.last_apology(conversations.messages(conversation.id)))
    typed = conversation.person_typed_at
    if apology is None or (typed is not None and typed > utcnow() - WRITING) or not _is_time(apology):
        return False
    if not (missed := bot_silence.claim(conversation)):
        return False
    try:
        asked = rasa.ask(conversation.sender, missed)
        parts = asked.result(current_app.config["CHAT_TIMEOUT_S"])
    except (rasa.BotUnavailable, TimeoutError) as error:
        logger.warning("bot still unavailable", reason=str(error), conversation=conversation.id)
        is_slow = isinstance(error, TimeoutError)
        bot_silence.change(
            conversation, bot_silence.CATCHING_UP, bot_silence.SLOW if is_slow else bot_silence.UNAVAILABLE
        )
        _note_attempt(apology)
        db.session.commit()
        if is_slow:
            bot_turns.keep_listening(asked, conversation, apology.id)
        return False
    if bot_turns.may_say(conversation, parts):
        bot_turns.store_answers(conversation, parts, missed=True)
        bot_turns.commit_and_send(conversation)
    return True


def _is_time(apology: ChatMessage) -> bool:
    """Not at once, then less and less often: what the bot cannot answer today must not keep it busy."""
    pause = min(FIRST_PAUSE_S * 2 ** int(apology.payload.get("attempts") or 0), LONGEST_PAUSE_S)
    tried = float(apology.payload.get("tried") or apology.created_at.timestamp())
    return utcnow().timestamp() - tried >= pause


def _note_attempt(apology: ChatMessage) -> None:
    attempts = int(apology.payload.get("attempts") or 0) + 1
    apology.payload = {**apology.payload, "attempts": min(attempts, 10), "tried": utcnow().timestamp()}


def apologise_forgotten() -> int:
    """Sweep: apologise for words whose web process ended before they were answered; how many. Commits.

    WeChat has its own (``wechat_answering.answer_forgotten``): a delivery may be answered without a word.
    """
    last = (
        select(func.max(ChatMessage.id))
        .where(ChatMessage.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    now = utcnow()
    forgotten = (
        select(Conversation.id, Conversation.last_message_at)
        .join(ChatMessage, ChatMessage.id == last)
        .where(
            Conversation.needs_human.is_(False), Conversation.handler == "bot", Conversation.channel != "wechat",
            Conversation.last_message_at.between(now - bot_silence.STILL_WANTED, now - FORGOTTEN_AFTER),
            ChatMessage.author == "resident",
        )
    )  # fmt: skip
    return sum(_apologised(number, seen) for number, seen in db.session.execute(forgotten).tuples().all())


def _apologised(conversation_id: int, seen: datetime) -> bool:
    """False if somebody answered or another sweep was faster."""
    mine = update(Conversation).where(
        Conversation.id == conversation_id, Conversation.handler == "bot", Conversation.needs_human.is_(False),
        Conversation.last_message_at == seen,
    )  # fmt: skip
    marked = mine.values(needs_human=True, reason=bot_silence.UNAVAILABLE)
    if not db.session.connection().execute(marked).rowcount:
        db.session.rollback()
        return False
    # In the same transaction.
    bot_turns.apologise(db.session.get_one(Conversation, conversation_id, populate_existing=True))
    return True
