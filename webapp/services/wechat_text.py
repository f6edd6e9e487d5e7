"""Bubbles as WeChat texts: cards in words, buttons as numbered choices, and the numbers that come back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from webapp.domain.rating import RATING_LABELS
from webapp.models import ChatMessage

# WeChat's limit for the content of a text message, in bytes of UTF-8.
LIMIT = 2048
_LEVELS = {label: int(level) for level, label in RATING_LABELS.items()}
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
# The last two make 1️⃣ of a 1.
_MARKS = re.compile("[\\s，。！？、；：,.!?;:~…“”\"'（）()【】\\[\\]\ufe0f\u20e3]+")
_FIGURE = r"\d{1,2}|[一二两三四五六七八九十]"
_NUMBER = f"({_FIGURE})"
_PLACE = re.compile(rf"(?:我?(?:要|选|就|是))*第{_NUMBER}(?:个|项|条|种)?(?:吧|的)?")
_CHOICE = re.compile(rf"(?:我?(?:要|选择?|就|是|回复?|点))*{_NUMBER}(?:吧|的)?")
_SEVERAL = re.compile(rf"(?:选|要)?((?:{_FIGURE})(?:[\s、，,.。;；和]+(?:{_FIGURE}))+)[。.]?")
_BARE_FIGURE = re.compile(r"(?:选|回复)?\d{1,2}")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_SHOW = re.compile(r"(好|好的|行|可以|嗯|结果|看结果|看答复|查看|好了吗|好了没|ok|OK|Ok)[呢吗吧啊]?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One offered button: the number it is answered by, what it says, what the bot gets."""

    number: int
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One WeChat text. ``upto`` is the last bubble told whole once it is sent; ``begun`` the characters told of the next."""

    text: str
    upto: int
    begun: int = 0


def choices(offered: Mapping[str, str]) -> list[Choice]:
    """The offered buttons with their numbers: 1, 2, 3 …, but the five levels by what they are worth (5 is the best)."""
    levels = set(offered.values()) == set(_LEVELS)
    return [
        Choice(_LEVELS[title] if levels else place, title, payload)
        for place, (payload, title) in enumerate(offered.items(), 1)
    ]


def chosen(offered: Mapping[str, str], said: str, several: bool = False) -> str | None:
    """The payload that ``said`` chooses by number, place or title; None when it chooses none.

    With ``several``, 「1、3」 chooses two and they are said together.
    """
    known = choices(offered)
    plain = unicodedata.normalize("NFKC", said).strip()
    bare = _MARKS.sub("", plain)
    for choice in known:
        if bare and bare == _MARKS.sub("", unicodedata.normalize("NFKC", choice.title)):
            return choice.payload
    if place := _PLACE.fullmatch(bare):
        position = _value(place[1]) - 1
        return known[position].payload if 0 <= position < len(known) else None
    by_number = {choice.number: choice for choice in known}
    if several and (listed := _SEVERAL.fullmatch(plain)):
        found = [by_number.get(_value(figure)) for figure in re.findall(_FIGURE, listed[1])]
        return "、".join(dict.fromkeys(c.payload for c in found if c)) if all(found) else None
    number = _CHOICE.fullmatch(bare)
    picked = by_number.get(_value(number[1])) if number and not _SEVERAL.fullmatch(plain) else None
    return picked.payload if picked else None


def _value(figure: str) -> int:
    return int(figure) if figure.isdigit() else _DIGITS[figure]


def is_number(said: str) -> bool:
    """Whether ``said`` is nothing but a figure, as if to choose."""
    return bool(_BARE_FIGURE.fullmatch(_MARKS.sub("", unicodedata.normalize("NFKC", said))))


def asks_to_see(said: str) -> bool:
    """Whether ``said`` only asks for an answer that is late, as we told the person to."""
    return bool(_SHOW.fullmatch(_MARKS.sub("", said)))


def takes_several(messages: Sequence[ChatMessage]) -> bool:
    """Whether one of these bubbles asks for any number of its choices."""
    return any((message.payload.get("custom") or {}).get("multiple") for message in messages)


def render(messages: Sequence[ChatMessage]) -> list[str]:
    """Bubbles of one conversation, oldest first, as texts of at most 2,048 bytes each."""
    return [piece.text for piece in pieces(messages)]


def pieces(messages: Sequence[ChatMessage]) -> list[Piece]:
    """As :func:`render`, with what each text covers. Buttons still offered stand at the end, numbered."""
    made: list[Piece] = []
    text, upto = "", messages[0].id - 1 if messages else 0
    for message, words in _told(messages):
        if not words:
            upto = message.id
            continue
        joined = f"{text}\n\n{words}" if text else words
        if _size(joined) <= LIMIT:
            text, upto = joined, message.id
            continue
        if text:
            made.append(Piece(text, upto))
        *full, text = _cut(words)
        begun = int(message.payload.get("begun") or 0)
        for part in full:
            begun += len(part)
            made.append(Piece(part.strip(), upto, begun))
        text, upto = text.strip(), message.id
    if text:
        made.append(Piece(text, upto))
    return made


def _told(messages: Sequence[ChatMessage]) -> Iterator[tuple[ChatMessage, str]]:
    """Each bubble with its words; the last that has any ends with the buttons of all that are still offered."""
    told = []
    for message in messages:
        words = message.text[int(message.payload.get("begun") or 0) :].rstrip()
        told.append((message, "\n".join(part for part in (words, *_card(message)) if part)))
    offered = messages[0].conversation.offered if messages else {}
    shown = {b.get("payload") for m in messages for b in m.payload.get("buttons") or []}
    listed = [choice for choice in choices(offered) if choice.payload in shown]
    last = max((place for place, (_message, words) in enumerate(told) if words), default=-1)
    for place, (message, words) in enumerate(told):
        if place == last and listed:
            words += "\n" + _list(listed, takes_several(messages))
        yield message, words


def _list(listed: Sequence[Choice], several: bool) -> str:
    levels = {choice.title for choice in listed} == set(_LEVELS)
    if levels:
        head = _("回复数字打分，5 最好：")
    elif several:
        head = _("回复数字选择，可以选几个，比如“1、2”：")
    else:
        head = _("回复数字选择：")
    return "\n".join([head, *(f"{choice.number}. {choice.title}" for choice in listed)])


def _card(message: ChatMessage) -> list[str]:
    """What a card says beyond the words beside it."""
    card: dict[str, Any] = message.payload.get("custom") or {}
    public_url = current_app.config["PUBLIC_URL"]
    match card.get("type"):
        case "ask_location":
            return [_("也可以点右下角“＋”，发送位置。")]
        case "tracking":
            address = f"{public_url}/track?number={card.get('service_request_id', '')}"
            return [_("网页查进度：%(url)s", url=address)]
        case "service":
            return [_("办事指南：%(url)s", url=card.get("url") or f"{public_url}/services")]
        case "form_link":
            return [_("网页表单：%(url)s", url=f"{public_url}/report")]
    return []


def _size(text: str) -> int:
    return len(text.encode())


def _cut(text: str) -> list[str]:
    """``text`` in parts that fit, each ending with a sentence where one ends in its second half."""
    parts = []
    while _size(text) > LIMIT:
        fits = len(text.encode()[:LIMIT].decode(errors="ignore"))
        ends = [m.end() for m in _SENTENCE_END.finditer(text, fits // 2, fits)]
        end = ends[-1] if ends else fits
        parts.append(text[:end])
        text = text[end:]
    return [*parts, text]
