"""Turns with the bot, and what becomes of them when it is silent or late.

A turn asks in a thread and waits ``CHAT_TIMEOUT_S``. After that the resident is told what happens next, and a person sees
the conversation until the bot has answered after all: what it says late is stored when it comes, and what it missed is
said to it again before the next words, or by :func:`webapp.services.bot_sweeps.catch_up`.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _

from nlp import alarm, danger_words
from webapp.extensions import db
from webapp.gateways import rasa
from webapp.models import ChatMessage, Conversation, utcnow
from webapp.queries import conversations
from webapp.services import bot_silence, language, notify, wechat_delivery

logger = structlog.get_logger("chat")
WAITING = "waiting_for_person"
REASSURED_FOR = timedelta(minutes=2)
Parts = list[dict[str, Any]]
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[Mm][Pp][0-9A-Za-z]{4,14}")
_NUMBER_LENGTH = 11
_WAGES = re.compile(
    r"工资|工钱|薪水|欠薪|血汗钱|工程款|劳务费|讨薪|社保.{0,4}(?:不交|没交|不给)|辞退|开除|赔偿金"
)
_NO_TYPIST = re.compile(r"打字|眼睛.{0,4}[花糊]|看不清|不识字|不会(?:写|拼音)|老花")
_PRIVATE_MATTER = re.compile(r"律师|打官司|起诉|离婚|抚养|遗产|借.{0,8}不还|法律援助")


def bubble(conversation: Conversation, author: str, part: dict[str, Any]) -> ChatMessage:
    """A bubble to the resident, not yet in the session."""
    payload = {key: part[key] for key in ("buttons", "custom", "image") if part.get(key)}
    return ChatMessage(
        conversation=conversation, author=author, text=str(part.get("text") or ""), payload=payload,
        created_at=utcnow(),
    )  # fmt: skip


def commit_and_send(conversation: Conversation) -> None:
    """Commit bubbles that no question of the resident is waiting for; on WeChat they must be sent."""
    if conversation.channel != "wechat":
        db.session.commit()
        return
    queued = wechat_delivery.later(conversation.id)
    db.session.commit()
    notify.try_soon(queued)


def take_turn(conversation: Conversation, said: str) -> list[ChatMessage]:
    """What the bot says to ``said``, or an apology. Commits."""
    missed = [words for words in bot_silence.claim(conversation) if words != said]
    try:
        asked = rasa.ask(conversation.sender, [*missed, said])
        with rasa.patience() as seconds:
            crowded = not seconds
            parts = asked.result(seconds)
    except rasa.BotUnavailable as error:
        logger.warning("bot unavailable", reason=error.reason, conversation=conversation.id)
        return [apologise(conversation, said=said)]
    except TimeoutError:
        logger.warning("bot slow", conversation=conversation.id)
        apology = apologise(conversation, bot_silence.SLOW, said, crowded)
        keep_listening(asked, conversation, apology.id)
        return [apology]
    answers = store_answers(conversation, parts, missed=bool(missed))
    db.session.commit()
    return answers


def store_answers(conversation: Conversation, parts: Parts, missed: bool) -> list[ChatMessage]:
    """Add the bot's bubbles in the caller's transaction; whoever waited for them because of it waits no more."""
    told = [bubble(conversation, "bot", part) for part in parts]
    if missed:
        text = _("智能助手恢复了，接着回答您前面说的话。")
        told.insert(0, bubble(conversation, "system", {"text": text, "custom": {"type": "bot_back"}}))
    # The action server hands over in its own transaction; what is stored there wins.
    db.session.refresh(conversation)
    conversation.offered = _offered(parts)
    conversation.last_message_at = utcnow()
    db.session.add_all(told)
    db.session.flush()
    bot_silence.change(conversation, bot_silence.CATCHING_UP, "")
    return told


def _offered(parts: Parts) -> dict[str, str]:
    return {b["payload"]: b["title"] for part in parts for b in part.get("buttons") or [] if b["payload"]}


def apologise(
    conversation: Conversation, reason: str = bot_silence.UNAVAILABLE, said: str = "", crowded: bool = False
) -> ChatMessage:
    """The bot is silent: say what happens next, and put the conversation before a person. Commits.

    ``crowded``: it is well, but many wait for it.
    Danger in ``said`` cannot wait for the bot: whom to call comes first, and a life in danger goes to a person at once.
    """
    danger = _danger(said)
    message = bubble(
        conversation, "system", {"text": _apology(danger, crowded), "custom": {"type": bot_silence.APOLOGY}}
    )
    db.session.refresh(conversation)
    if conversation.handler == "bot":
        conversation.needs_human, conversation.reason = True, reason
        if danger == conversations.DANGER:
            conversation.handler, conversation.reason = "person", danger
    conversation.last_message_at = message.created_at
    db.session.add(message)
    db.session.commit()
    return message


def reassure(conversation: Conversation, said: str = "") -> list[ChatMessage]:
    """Tell somebody who waits for a person that their words have arrived, once in ``REASSURED_FOR``. Commits.

    Where ``said`` asks what a national number answers, that number is named as well, however lately they were reassured.
    """
    last = conversations.last_answer(conversation.id)
    card = (last.payload.get("custom") or {}).get("type") if last is not None else ""
    pointer = _pointer(said)
    if not pointer and last is not None and card == WAITING and last.created_at > utcnow() - REASSURED_FOR:
        return []
    if conversation.reason == conversations.DANGER:
        text = _(
            "您说的我都记着，工作人员正在赶来跟您说话。这会儿难受，就先打 12356，一直有人听；有危险请打 120 或 110。"
        )
    else:
        text = _(
            "您的话收到了，工作人员会在这里回复您，前面说的他们都看得到。着急请打 %(phone)s。",
            phone=current_app.config["HOTLINE_PHONE"],
        )
    text = f"{pointer}\n{text}" if pointer else text
    message = bubble(conversation, "system", {"text": text, "custom": {"type": WAITING}})
    conversation.last_message_at = message.created_at
    db.session.add(message)
    db.session.commit()
    return [message]


def _pointer(said: str) -> str:
    """Whom to ask meanwhile about what ``said`` names, where one published number answers it; else ''."""
    if any(len(number) != _NUMBER_LENGTH for number in _NUMBER.findall(said)):
        return _("这个单号对不上：单号是 MP 开头，后面九位字母或数字，麻烦您再核对一下发来。")
    if _WAGES.search(said):
        return _("工资的事有人管：打 12333，或找当地劳动保障监察；打 12348 能免费问律师、申请法律援助。")
    if _NO_TYPIST.search(said):
        return _(
            "不方便打字就打 %(phone)s，有人听您说、替您记；在这里点键盘上的话筒，说话也能变成字。",
            phone=current_app.config["HOTLINE_PHONE"],
        )
    if _PRIVATE_MATTER.search(said):
        return _("这类事打 12348，有律师免费解答，家里困难的可以申请法律援助。")
    return ""


def _apology(danger: str, crowded: bool) -> str:
    if danger == conversations.DANGER:
        return _(
            "听您这么说，我很担心您。您不是一个人，现在就可以打 12356，白天夜里都有人听您说；"
            "已经受伤或身边有危险，请马上打 120 或 110。我已经请工作人员来跟您说话。"
        )
    text = _(
        "您的话已经收到并保存。智能助手暂时没有回应，它一恢复就接着答复您，工作人员也会看到；"
        "急事请直接拨打热线，也可以改用网页表单提交。"
    )
    if crowded:
        text = _("您的话已经收到并保存。现在来问的人很多，正在按先后答复，马上就到您；急事请直接拨打热线。")
    return _("有危险请先离开，马上打 119、110 或 120。") + text if danger else text


def _danger(said: str) -> str:
    """``conversations.DANGER``, ``emergency`` or '', as the language layer hears it and is believed."""
    analysis = language.read(said) if said and not said.startswith("/") else None
    if analysis is None:
        return ""
    if conversations.DANGER in analysis.reasons and danger_words.own_life(said):
        return conversations.DANGER
    alarmed = language.urgency_of(analysis) == "emergency"
    return "emergency" if alarmed and alarm.believed(said, analysis.danger) else ""


# An answer after the time


def keep_listening(asked: Future[Parts], conversation: Conversation, apology_id: int) -> None:
    """Store the answer when it comes; at once if it has come meanwhile. It is stored here or there, never twice."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    asked.add_done_callback(partial(_late, app, conversation.id, apology_id))


def _late(app: Flask, conversation_id: int, apology_id: int, asked: Future[Parts]) -> None:
    with app.app_context():
        try:
            conversation = db.session.get_one(Conversation, conversation_id)
            error = asked.exception()
            if error is None:
                _say_late(conversation, asked.result(), apology_id)
            else:
                logger.warning("late answer did not come", reason=str(error), conversation=conversation_id)
                bot_silence.change(conversation, bot_silence.SLOW, bot_silence.UNAVAILABLE)
                db.session.commit()
        except Exception as error:
            # The conversation stays before a person.
            logger.exception("late answer lost", conversation=conversation_id, error=type(error).__name__)
        finally:
            db.session.remove()


def _say_late(conversation: Conversation, parts: Parts, apology_id: int) -> None:
    if not may_say(conversation, parts):
        logger.info("late answer dropped, a person answers", conversation=conversation.id)
        return
    db.session.add_all([bubble(conversation, "bot", part) for part in parts])
    # A later turn may have offered something already.
    conversation.offered = {**conversation.offered, **_offered(parts)}
    conversation.last_message_at = utcnow()
    db.session.flush()
    if bot_silence.last_apology(conversations.messages(conversation.id)) == apology_id:
        bot_silence.change(conversation, bot_silence.SLOW, "")
    commit_and_send(conversation)


def may_say(conversation: Conversation, parts: Parts) -> bool:
    """Whether the bot may speak now: a person who has entered is not talked over, except with a tracking number."""
    cards = {(part.get("custom") or {}).get("type") for part in parts}
    return "tracking" in cards or not conversations.is_taken_over(conversation)
