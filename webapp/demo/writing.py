"""Puts the banks' sentences together as residents and departments would. Pure and seeded: no database, no clock."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from webapp.demo.texts import bank, groups

GOOD, MIDDLE, BAD = "good", "middle", "bad"
_DIGITS = "二三四五六七八"
_QUESTION = re.compile(
    "吗|怎么|能不能|要不要|可不可以|多久|多少|什么|到底|能补|能否|能换|能办|能落|经不经|哪"
)
# A part that asks ends in its own mark, whatever would join it to the next.
_AFTER_QUESTION = re.compile("？[，。；]")


@dataclass(frozen=True, slots=True)
class Where:
    """How a place may be named in a text; ``phrases`` are alternatives, most exact first."""

    phrases: tuple[str, ...]
    spot: str
    department: str


class _Slots(dict[str, str]):
    """Fills a slot on demand, so that each use draws anew."""

    def __init__(
        self, rng: random.Random, where: Where | None, hours: str, extra: Mapping[str, Sequence[str]]
    ) -> None:
        super().__init__()
        self.rng, self.where, self.hours, self.extra = rng, where, hours, extra

    def __missing__(self, key: str) -> str:
        rng, slots = self.rng, bank("tones")["slots"]
        if key in self.extra:
            return rng.choice(self.extra[key])
        if key == "time":
            return str(rng.choice(slots[self.hours]))
        if key in slots:
            return str(rng.choice(slots[key]))
        if self.where is not None and key in ("spot", "dept"):
            return self.where.spot if key == "spot" else self.where.department
        low, high = {"n": (2, 7), "big": (12, 48), "db": (58, 83), "temp": (11, 16), "floors": (6, 18)}[key]
        return str(rng.randint(low, high))


def _split(entry: str) -> tuple[list[str], str]:
    """Themes and text of an entry written ``theme+theme|text``; an entry without themes fits them all."""
    themes, bar, text = entry.partition("|")
    return (themes.split("+"), text) if bar else ([""], entry)


@cache
def _texts(key: str, field: str, theme: str, at_least: int) -> tuple[str, ...]:
    found = []
    for entry in groups()[key][field]:
        themes, text = _split(entry)
        if themes == [""] or not theme or theme in themes:
            found.append(text)
    if len(found) < at_least:
        found += bank("tones")["generic"][field]
    return tuple(found)


def _fitting(group: Mapping[str, Any], field: str, theme: str, at_least: int = 1) -> tuple[str, ...]:
    """Texts of ``field`` that fit the theme, with general ones where the group has too few."""
    return _texts(group["key"], field, theme, at_least)


class Writer:
    """Writes texts; every method takes the random source, so that a text depends on nothing but its own item."""

    def __init__(self) -> None:
        tones = bank("tones")
        self.voices: dict[str, Any] = tones["voice"]
        self._names = list(self.voices)
        self._weights = [voice["weight"] for voice in self.voices.values()]
        self.frames: dict[str, list[str]] = tones["frames"]

    def request(self, rng: random.Random, key: str, kind: str, where: Where) -> tuple[str, str]:
        """A resident's message of type ``kind`` about group ``key`` at ``where``, and its theme."""
        group = groups()[key]
        slots = _Slots(rng, where, group["hours"], {})
        if kind == "praise":
            return self._slip(rng, self._praise(rng, where, slots)), ""
        voice = rng.choices(self._names, self._weights)[0]
        if kind in ("inquiry", "suggestion") and voice == "angry":
            voice = "polite"
        body, theme = self._body(rng, group, kind, where, voice, slots)
        opening = rng.choice(self.voices[voice]["open"]).format_map(_WithNumber(slots))
        closing = rng.choice(self.voices[voice]["close"]).format_map(slots)
        if kind == "suggestion" and rng.random() < 0.5:
            closing = rng.choice(bank("tones")["suggestion_tail"]["texts"])
        if voice == "terse" or (closing and rng.random() < 0.25):
            body = body.rstrip("。")
            closing = (
                "，" + closing if closing and closing[-1] in "。！" and not body.endswith("？") else closing
            )
        if opening.endswith("问一下，"):
            body = body.removeprefix("问一下，")
        text = opening + body + closing
        if voice == "dialect":
            text = _swap(text, bank("tones")["dialect"]["pairs"])
        return self._slip(rng, text), theme

    def _praise(self, rng: random.Random, where: Where, slots: _Slots) -> str:
        """Thanks: an opening, one or two things that were done well, a last word."""
        tones = bank("tones")
        texts = rng.sample(tones["praise"]["texts"], k=rng.choice((1, 1, 2)))
        opening = rng.choice(self.voices[rng.choice(("polite", "plain", "elder"))]["open"]).format_map(
            _WithNumber(slots)
        )
        place = _WithPlace(slots, self._place(rng, where, ""))
        return (
            opening
            + "".join(text.format_map(place) for text in texts)
            + rng.choice(tones["praise_tail"]["texts"])
        )

    def _body(
        self, rng: random.Random, group: dict[str, Any], kind: str, where: Where, voice: str, slots: _Slots
    ) -> tuple[str, str]:
        """The message without greeting, and its theme: what it is about within the group."""
        themes, what = _split(rng.choice(group["what"]))
        theme = rng.choice(themes)
        place = "" if group["place"] in ("none", "district") else self._place(rng, where, what)
        details = rng.sample(_fitting(group, "detail", theme, 2), k=2)
        body = self._frame(rng, kind, voice, what, place).format(
            P=place, W=what.format_map(slots), D=details[0].format_map(slots), D2=details[1].format_map(slots),
            E=rng.choice(_fitting(group, "effect", theme)).format_map(slots),
            A=rng.choice(_fitting(group, "ask", theme)).format_map(slots),
        )  # fmt: skip
        ending = body[-1] if body[-1] in "？。" else ""
        return body.strip("，。？ ") + ending, theme

    def _frame(self, rng: random.Random, kind: str, voice: str, what: str, place: str) -> str:
        if kind == "inquiry":
            frame = rng.choice(self.frames["inquiry" if _QUESTION.search(what) else "inquiry_plain"])
        elif kind == "suggestion":
            frame = rng.choice(self.frames["suggestion"])
        elif voice == "terse":
            frame = rng.choice(self.frames["short"])
        else:
            frame = rng.choice(self.frames["long" if rng.random() < 0.55 else "mid"])
        if place:
            return frame
        if kind in ("complaint", "help") and "{P}" in frame:
            return "{W}，{D}，{A}。"
        return frame.replace("关于{P}的事，", "").replace("，就在{P}", "").replace("，{P}，", "，")

    def _place(self, rng: random.Random, where: Where, what: str) -> str:
        phrases = [phrase for phrase in where.phrases if phrase[-3:] not in what]
        return rng.choice(phrases) if phrases else ""

    def _slip(self, rng: random.Random, text: str) -> str:
        """About one text in nine carries a slip of the finger; some drop their stops."""
        if rng.random() < 0.11:
            pairs = [pair for pair in bank("tones")["slips"]["pairs"] if pair[0] in text]
            if pairs:
                good, wrong = rng.choice(pairs)
                text = text.replace(good, wrong, 1)
        if rng.random() < 0.05:
            text = text.replace("，", " ").replace("。", " ").strip()
        return text

    def answer(self, rng: random.Random, key: str, theme: str, kind: str, outcome: str) -> str:
        """A department's reply: ``outcome`` is yes, partly or no; questions, ideas and thanks have their own."""
        own = kind in ("inquiry", "suggestion", "praise") and outcome == "yes"
        fixed = rng.choice(_fitting(groups()[key], "fixed", theme))
        excuse = rng.choice(_fitting(groups()[key], "excuse", theme))
        return str(rng.choice(bank("replies")[kind if own else outcome]).format(fixed=fixed, excuse=excuse))

    def note(self, rng: random.Random, name: str) -> str:
        """A line of casework: objection, transfer, extension, follow-up…"""
        slots = _Slots(rng, None, "day", {"person": ("业务", "信访", "综合", "法制", "监察")})
        return str(rng.choice(bank("replies")[name])).format_map(slots)

    def comment(
        self, rng: random.Random, kind: str, level: int, tags: Sequence[str], service: Mapping[str, Any]
    ) -> str:
        """A review's comment for a service of ``kind`` (counter, online, case), agreeing with level and tags."""
        mood = GOOD if level >= 4 else MIDDLE if level == 3 else BAD
        reviews = bank("reviews")
        texts = reviews[mood][kind]
        slots = _Slots(rng, None, "day", _review_slots(service))
        parts = [rng.choice(texts["tagged"][tag]).format_map(slots) for tag in tags if rng.random() < 0.8]
        if not parts or rng.random() < 0.35:
            parts.append(rng.choice(texts["plain"]).format_map(slots))
        rng.shuffle(parts)
        text = rng.choice(("，", "。", "，", "；")).join(dict.fromkeys(parts))
        if len(text) > 6 and rng.random() < 0.62:
            text = rng.choice(reviews["context"][kind]).format_map(slots) + text
        if level == 1 and rng.random() < 0.5:
            text += rng.choice(("！", "！！", "，太差了", "，投诉！"))
        elif rng.random() < 0.3:
            text += rng.choice(("。", "！", "~", "👍" if mood == GOOD else "。"))
        return self._slip(rng, _AFTER_QUESTION.sub("？", text))

    def story(self, rng: random.Random, name: str) -> str:
        """A sentence of a story: ``before`` and ``after`` the counter's turn, or ``brushing``."""
        reviews = bank("reviews")
        texts = reviews["brushing"]["texts"] if name == "brushing" else reviews["counter_story"][name]
        slots = _Slots(
            rng, None, "day", _review_slots({"names": ("社保",), "materials": ("材料", "身份证", "表格")})
        )
        return str(rng.choice(texts)).format_map(slots)

    def review_line(self, rng: random.Random, name: str) -> str:
        """A department's line on a review: ``good``, ``bad`` or ``measures``."""
        return str(rng.choice(bank("reviews")["reply"][name]))


def _review_slots(service: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    slots: dict[str, Sequence[str]] = dict(bank("reviews")["slots"])
    slots["service"] = service["names"]
    slots["day"], slots["district"] = (
        bank("reviews")["context"]["days"],
        bank("reviews")["context"]["districts"],
    )
    slots["thing"] = service["materials"] or ("材料",)
    return slots


class _WithNumber(dict[str, str]):
    """Slots plus the small Chinese number of an old resident's age."""

    def __init__(self, slots: _Slots) -> None:
        super().__init__()
        self.slots = slots

    def __missing__(self, key: str) -> str:
        return self.slots.rng.choice(_DIGITS) if key == "k" else self.slots[key]


class _WithPlace(dict[str, str]):
    """Slots plus the place as a whole phrase."""

    def __init__(self, slots: _Slots, place: str) -> None:
        super().__init__()
        self.slots, self.place = slots, place

    def __missing__(self, key: str) -> str:
        return (self.place or "家门口") if key == "P" else self.slots[key]


def _swap(text: str, pairs: Sequence[Sequence[str]]) -> str:
    for plain, spoken in pairs:
        text = text.replace(plain, spoken)
    return text
