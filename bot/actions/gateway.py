"""The bot's hands: the few things the dialogue does with the platform, on the pages' own services and database.

Everything goes in and out as plain JSON values, because slots are JSON. Each function runs inside :func:`in_app`.
Nothing here calls the web process: a web thread may be waiting for this very answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app

from bot.actions import place_spans, words
from nlp import alarm
from webapp import create_app, crypto
from webapp.domain.deadlines import Urgency
from webapp.queries import chat as lookup
from webapp.queries import deadlines
from webapp.services import (
    chat,
    language,
)

logger = structlog.get_logger("bot")
T = TypeVar("T")
# Below this probability the category is asked about instead of asserted.
SURE = 0.6
FAINT = 0.06  # the best of all kinds of trouble is no better than a guess
WORTH_SHOWING = 0.25  # below this one, a person decides and nothing is shown
# 无效诉求 and its kinds: nothing to tell somebody about their own trouble. A person decides.
NO_MATTER = frozenset({"9907", "990701", "990702", "990703", "990799"})
URGENCY_LINES = {
    "emergency": "\n按紧急办理：2 小时内处理",
    "urgent": "\n按加急办理：24 小时内处理",
}


@cache
def application() -> Flask:
    """The web application's object, for its configuration and database; made once per process."""
    return create_app()


async def in_app(function: Callable[..., T], *args: Any) -> T:
    """Run ``function(*args)`` in a thread with an application context: the event loop never waits for a database."""

    def inside() -> T:
        with application().app_context():
            return function(*args)

    return await asyncio.to_thread(inside)


def warmed(make: Callable[[], T]) -> T:
    """``make()``, after configuration and models are loaded, so that the first resident does not wait for them."""
    language.warm_up(application())
    return make()


def hotline() -> str:
    """The city's hotline number."""
    return str(current_app.config["HOTLINE_PHONE"])


def photo_limit() -> int:
    """How many photos one request may have."""
    return int(current_app.config["PHOTO_LIMIT"])


def promised_times() -> dict[str, int]:
    """How soon an answer is due by rule: ``emergency`` and ``urgent`` in hours, ``normal`` in working days."""
    allowed = deadlines.policy().allowances
    return {
        "emergency": round(allowed[Urgency.EMERGENCY].hours), "urgent": round(allowed[Urgency.URGENT].hours),
        "normal": allowed[Urgency.ORDINARY].workdays,
    }  # fmt: skip


def seal(text: str) -> str:
    """Encrypt personal data for its short stay in a slot; '' stays ''."""
    return crypto.encrypt(text) or ""


def unseal(token: str) -> str:
    return crypto.decrypt(token) or ""


def speaker(sender: str) -> tuple[str, str]:
    """Identity (keyed hash) and request channel of a Rasa sender id."""
    conversation = lookup.conversation_by_sender(sender)
    if conversation is None:
        return crypto.keyed_hash("chat", sender), "chat"
    return conversation.identity, "wechat" if conversation.channel == "wechat" else "chat"


def guess(text: str) -> dict[str, Any]:
    """What the language layer reads in ``text``: category, its rivals, request type, urgency, place.

    Keys: ``category`` (code or ''), ``category_name``, ``sure``, ``options`` ([[code, name], …]), ``type``,
    ``urgency``, ``place`` ('' if none is named), ``danger`` (whether the number to call should be named). With a failing
    language layer everything is empty.
    """
    analysis = language.read(text)
    if analysis is None:
        return {"category": "", "category_name": "", "sure": False, "options": [], "type": "", "urgency": "normal",
                "place": place_in(text), "danger": False}  # fmt: skip
    options: list[list[str]] = []
    for candidate in analysis.categories[:3]:
        known = lookup.known_category(candidate.code)
        if known is not None and [known.code, known.name] not in options:
            options.append([known.code, known.name])
    options = [option for option in options if option[0] not in NO_MATTER]
    likely = (
        bool(options)
        and options[0][0] == analysis.categories[0].code
        and analysis.categories[0].probability >= WORTH_SHOWING
    )
    best = options[0] if likely else ["", ""]
    sure = likely and analysis.categories[0].probability >= SURE
    return {
        "category": best[0], "category_name": best[1], "sure": sure, "options": options,
        "type": analysis.request_type, "urgency": _urgency(text, analysis), "place": _place(text, analysis.places),
        "danger": alarm.worth_a_word(text, analysis.danger),
    }  # fmt: skip


def _urgency(text: str, analysis: Any) -> str:
    """The urgency that is promised: two hours only where the alarm is believed."""
    level = language.urgency_of(analysis)
    return "urgent" if level == "emergency" and not alarm.believed(text, analysis.danger) else level


def is_nonsense(text: str) -> bool:
    """Whether the language layer finds nothing at all in ``text``: no word that tells a topic, no kind of trouble."""
    analysis = language.read(text)
    if analysis is None or len(words.bare(text)) < 6 or place_in(text):
        return False
    best = analysis.categories[0]
    told = any(len(word) > 1 and "一" <= word[0] <= "龥" for word in analysis.keywords)
    return not told and (best.probability < FAINT or (best.name == "不明诉求" and best.probability >= SURE))


def asks_back(text: str) -> bool:
    """Whether the language layer reads a question for the progress of a request in ``text`` rather than a trouble."""
    read = guess(text)
    return bool(read["sure"] and not read["place"] and "进度查询" in read["category_name"])


def place_in(text: str) -> str:
    """The place that ``text`` names, its parts joined as written, or ''."""
    if not text.strip():
        return ""
    analysis = language.read(text)
    return _place(text, analysis.places if analysis is not None else ())


def _place(text: str, places: Any) -> str:
    spans = sorted((place.start, place.end) for place in places)
    return place_spans.joined(text, spans, lookup.place_named(text)) or place_spans.clause_named(text)


_BLAME = re.compile(r"差(?!点)|不[答理管]|推诿|推来推去|踢皮球|凶|骂|太慢|排队|等了|跑了|为难|刁难|敷衍")


def is_only_place(text: str) -> bool:
    """Whether ``text`` says where and nothing else: a house, an estate, a street, a spot beside one."""
    if not words.says_building(text) or len(text) > 40 or place_spans.is_thing(text):
        return False
    if words.merge_place("某处", text) != text:
        return True
    return place_spans.left_over(text, [place_in(text), lookup.place_named(text)]) <= 3


def sounds_unhappy(text: str) -> bool:
    """Whether the language layer hears a complaint rather than praise in ``text``."""
    analysis = language.read(text)
    if analysis is None or analysis.sentiment >= 0.5:
        return False
    # Irony uses the words of praise: what the whole is, the model of request types hears better.
    return bool(_BLAME.search(text)) or (analysis.request_type == "complaint" and analysis.sentiment < 0.3)


def find_category(words: str) -> list[str] | None:
    """``[code, name]`` of the category that ``words`` name or describe; None when there is no telling."""
    named = lookup.category_named(words)
    if named is not None:
        return [named.code, named.name]
    found = guess(words)
    return [found["category"], found["category_name"]] if found["category"] and len(words) >= 3 else None


def category_name(code: str) -> str:
    """Name of a category by its code; '' for an unknown one."""
    category = lookup.known_category(code)
    return category.name if category is not None and category.code == code else ""


def hand_over(sender: str, reason: str) -> bool:
    """A person takes over this conversation; False when the platform does not know it (``rasa shell``)."""
    if lookup.conversation_by_sender(sender) is None:
        return False
    chat.hand_over(sender, reason)
    return True
