"""What residents call public services: data/service_words.csv, and the search for its words in a text.

Each row is a concept. Its `names` stand in services' published texts and in messages alike (退休金, 养老金); its
`hints` only in messages of residents who do not know the name (眨眼 for 刷脸认证). ``a/b+c/d`` in `hints` means one of a
and b and one of c and d, in any order. `scope` is "elsewhere" for what no city's services are for.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from nlp.lists import DATA

_TOGETHER = str.maketrans("/+", "  ")


class Hit(NamedTuple):
    """A word found, where, and whether a longer one found covers it."""

    word: str
    start: int
    covered: bool


class Scanner:
    """Finds which of many words stand in a text."""

    def __init__(self, words: Iterable[str]) -> None:
        by_head: dict[str, list[str]] = defaultdict(list)
        for word in sorted(set(words), key=lambda word: (-len(word), word)):
            by_head[word[:2]].append(word)
        self._by_head = {head: tuple(held) for head, held in by_head.items()}

    def find(self, text: str) -> Iterator[Hit]:
        """Hits by their start, longer ones first. Linear in the text's length: few words begin alike."""
        reach = 0
        heads = self._by_head
        for start, char in enumerate(text):
            for word in heads.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    end = start + len(word)
                    yield Hit(word, start, end <= reach)
                    reach = max(reach, end)
            if char in heads and start + 1 < len(text):
                yield Hit(char, start, start < reach)
                reach = max(reach, start + 1)


class Company(NamedTuple):
    """What two words hint at together, if also one word of each of `further` is there."""

    concept: str
    further: tuple[tuple[str, ...], ...]


class Lexicon(NamedTuple):
    """`names` and `hints`: word → concepts. `together`: word → other word → what the two hint at.

    `leaves`: word → codes of the 12345 tree that it speaks for (4 or 6 digits), from data/lexicon.csv.
    """

    names: dict[str, tuple[str, ...]]
    hints: dict[str, tuple[str, ...]]
    together: dict[str, dict[str, tuple[Company, ...]]]
    leaves: dict[str, tuple[str, ...]]

    @property
    def words(self) -> set[str]:
        """All that a scanner has to find."""
        both = {other for others in self.together.values() for other in others}
        held = (c for others in self.together.values() for companies in others.values() for c in companies)
        further = {word for company in held for part in company.further for word in part}
        return {*self.names, *self.hints, *self.together, *both, *further, *self.leaves}


def _rows() -> Iterator[dict[str, str]]:
    with (DATA / "service_words.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def never_services() -> frozenset[str]:
    """Concepts that residents also write about and no city's services are for (weather, parcels, small talk)."""
    return frozenset(row["concept"] for row in _rows() if row["scope"] == "elsewhere")


@cache
def concept_words() -> dict[str, str]:
    """Concept → its names and hints, a space between."""
    return {r["concept"]: f"{r['names']} {r['hints']}".translate(_TOGETHER) for r in _rows()}


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, read once."""
    names: dict[str, tuple[str, ...]] = {}
    hints: dict[str, tuple[str, ...]] = {}
    together: dict[str, dict[str, tuple[Company, ...]]] = defaultdict(dict)
    for row in _rows():
        concept = row["concept"]
        for word in row["names"].split():
            names[word] = (*names.get(word, ()), concept)
        for item in row["hints"].split():
            first, *others = (tuple(part.split("/")) for part in item.split("+"))
            if not others:
                for word in first:
                    hints[word] = (*hints.get(word, ()), concept)
                continue
            company = (Company(concept, tuple(others[1:])),)
            for word in first:
                partners = together[word]
                for other in others[0]:
                    partners[other] = partners.get(other, ()) + company
    return Lexicon(names, hints, dict(together), _leaves())


def _leaves() -> dict[str, tuple[str, ...]]:
    codes: dict[str, tuple[str, ...]] = {}
    with (DATA / "lexicon.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["words"].lower().split():
                if len(word) > 1:
                    codes[word] = (*codes.get(word, ()), row["code"])
    return codes
