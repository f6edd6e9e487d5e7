"""Conversations in which the bot is silent: why they wait for a person, and which words it still has to hear.

``reason`` is ``SLOW`` as long as an answer may still come, else ``UNAVAILABLE``; whoever says the missed words to the bot
again makes it ``CATCHING_UP`` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from nlp.normalise import traditional_to_simplified
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.queries import conversations

UNAVAILABLE, SLOW, CATCHING_UP = "bot_unavailable", "bot_slow", "bot_catching_up"
# What the bot is told of bubbles without words. It looks the rest up here: nothing that a resident wrote ever becomes
# part of a command.
PHOTO_SENT = "/send_photo"
POSITION_SENT = "/send_position"
APOLOGY = "form_link"
# Words of yesterday are a person's business.
STILL_WANTED = timedelta(hours=24)
MOST_MISSED = 5


def change(conversation: Conversation, old: str, new: str) -> bool:
    """Turn the reason from ``old`` into ``new`` ('': nobody needs to look) unless a person or another process was faster.

    In the caller's transaction.
    """
    changed = update(Conversation).where(
        Conversation.id == conversation.id, Conversation.handler == "bot", Conversation.reason == old
    )
    result = db.session.connection().execute(changed.values(reason=new, needs_human=bool(new)))
    db.session.expire(conversation, ["reason", "needs_human"])
    return bool(result.rowcount)


def last_apology(messages: Sequence[ChatMessage]) -> int:
    """Id of the last apology for a silent bot; 0 without one."""
    return max((m.id for m in messages if _is_apology(m)), default=0)


def _is_apology(message: ChatMessage) -> bool:
    return message.author == "system" and (message.payload.get("custom") or {}).get("type") == APOLOGY


def missed(conversation: Conversation) -> list[str]:
    """What the bot should be told again: words after the last real answer that were only apologised for."""
    messages = conversations.messages(conversation.id)
    answered = max((m.id for m in messages if m.author != "resident" and not _is_apology(m)), default=0)
    words = [
        _told(m)
        for m in messages
        if m.author == "resident" and answered < m.id < last_apology(messages)
        and m.created_at > utcnow() - STILL_WANTED
    ]  # fmt: skip
    return list(dict.fromkeys(words))[-MOST_MISSED:]


def _told(message: ChatMessage) -> str:
    if message.payload.get("photo"):
        return PHOTO_SENT
    return POSITION_SENT if message.payload.get("position") else harmless(message.text)


# Figures and letters of full width, as an input method leaves them.
_NARROW = {chr(code + 0xFEE0): chr(code) for code in range(0x30, 0x7B) if chr(code).isalnum()}


def harmless(text: str) -> str:
    """``text`` in simplified characters and narrow figures, without the slash that makes a command of it.

    Rasa obeys ``/intent`` from anybody.
    What the resident wrote stays in the conversation as it was written; the bot knows one script.
    """
    known = traditional_to_simplified() | _NARROW
    return "".join(known.get(char, char) for char in text.lstrip("/／ \t")) or "你好"


def claim(conversation: Conversation) -> list[str]:
    """Missed words, if it is for the caller to say them again; commits then."""
    if conversation.reason != UNAVAILABLE:
        return []
    words = missed(conversation)
    if not words or not change(conversation, UNAVAILABLE, CATCHING_UP):
        return []
    db.session.commit()
    return words
