"""One simulated resident: what they say first, how they answer each question, what they do besides, what must come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot.actions.texts import TEXTS

Answer = str | Callable[[], str]
MOST_TURNS = 4  # from the trouble to the tracking number, what a resident does besides not counted


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    known = []
    for name, variants in TEXTS.items():
        for text in variants:
            parts = [re.escape(part) for part in re.split(r"\{\w+\}", text)]
            known.append((name, re.compile("(.*)".join(parts), re.DOTALL)))
    return sorted(known, key=lambda entry: -len(entry[1].pattern))


def wording(text: str) -> str:
    """Name of the wording (``bot.actions.texts``) that a message of the bot was made of; '' for a message of its own."""
    return next((name for name, pattern in _patterns() if pattern.fullmatch(text)), "")


@dataclass
class Aside:
    """Something said instead of an answer, once: when a wording like ``at`` is heard; ``expect`` must follow."""

    at: str
    text: str
    expect: str = ""


@dataclass
class Wanted:
    """What must be stored in the end; None where it does not matter."""

    requests: int | None = None
    address: str | None = None
    told: str | None = None
    phone: str | None = None
    surname: str | None = None
    rating: int | None = None
    reviews: int | None = None
    handler: str | None = None
    joined: bool | None = None


@dataclass
class Resident:
    """A resident with a goal. Wordings are meant by the beginning of their names."""

    kind: str
    first: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    after: list[Aside] = field(default_factory=list)
    wanted: Wanted = field(default_factory=Wanted)
    may: tuple[str, ...] = ()  # wordings that are wrong elsewhere
    expect: str = ""  # what the first answer must be
    never: str = ""  # wordings that must not come
    said_place: bool = False
    said_trouble: bool = False
    extra: int = 0  # turns that the goal needs beside those of a report

    def reply(self, heard: Sequence[str]) -> Aside | None:
        """What is said next, and what must follow; None when there is nothing left to say."""
        for name in reversed(heard):
            for aside in self.asides:
                if name.startswith(aside.at):
                    self.asides.remove(aside)
                    self.extra += 1
                    return aside
        for name in reversed(heard):
            key = max((key for key in self.answers if name.startswith(key)), key=len, default="")
            if key:
                answer = self.answers[key]
                return Aside(name, answer if isinstance(answer, str) else answer())
        return self.after.pop(0) if self.after else None


# Wrong unless the goal is about them.
_ALARMS = ("emergency_", "if_urgent", "self_harm", "comfort")
_LOST = (
    "lost",
    "handover",
    "trouble",
    "service_unknown",
    "correct_what",
    "report_ask_text_again",
    "report_what_is_wrong",
)


def broken(resident: Resident, heard: Sequence[str], shown: str, before: str) -> list[str]:
    """What is wrong with one turn of the bot, whatever was said."""
    found = []
    if not shown:
        found.append("no answer")
    if shown and shown == before:
        found.append("said the same twice")
    for name in heard:
        if name.startswith(resident.may):
            continue
        if name.startswith(_ALARMS):
            found.append(f"false alarm: {name}")
        if name.startswith(_LOST):
            found.append(f"lost: {name}")
        if name.startswith("report_ask_place") and resident.said_place and name != "report_ask_place_again":
            found.append("asked for the place again")
        if name.startswith("report_ask_text") and resident.said_trouble:
            found.append("asked for the trouble again")
        if resident.never and re.match(resident.never, name):
            found.append(f"must not come: {name}")
    return found


def missing(wanted: Wanted, stored: dict[str, Any]) -> list[str]:
    """What was not stored as it was said."""
    found = []
    for name in ("requests", "reviews", "handler", "phone", "surname", "rating", "joined"):
        value = getattr(wanted, name)
        if value is not None and stored.get(name) != value:
            found.append(f"{name}: {stored.get(name)!r} instead of {value!r}")
    if wanted.address and wanted.address not in (stored.get("address") or ""):
        found.append(f"address: {stored.get('address')!r} without {wanted.address!r}")
    if wanted.told:
        text = stored.get("text") or ""
        pairs = {wanted.told[n : n + 2] for n in range(len(wanted.told) - 1)}
        if sum(pair in text for pair in pairs) < 0.8 * len(pairs):
            found.append(f"text: {text!r} without {wanted.told!r}")
    return found
