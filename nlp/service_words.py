"""What residents call public services: data/service_words.csv, and the search for its words in a text.

Each row is a concept. Its `names` stand in services' published texts and in messages alike (退休金, 养老金); its
`hints` only in messages of residents who do not know the name (眨眼 for 刷脸认证). ``a/b+c`` in `hints` means that
one of a, b and c must both be there, in any order.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from nlp.lists import DATA


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


class Lexicon(NamedTuple):
    """`names` and `hints`: word → concepts. `together`: word → (words that must stand there too, concept).

    `leaves`: word → codes of the 12345 tree that it speaks for (4 or 6 digits), from data/lexicon.csv.
    """

    names: dict[str, frozenset[str]]
    hints: dict[str, frozenset[str]]
    together: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    leaves: dict[str, frozenset[str]]

    @property
    def words(self) -> set[str]:
        """All that a scanner has to find."""
        return {*self.names, *self.hints, *self.together, *self.leaves}


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, read once."""
    names: dict[str, set[str]] = defaultdict(set)
    hints: dict[str, set[str]] = defaultdict(set)
    together: dict[str, set[tuple[tuple[str, ...], str]]] = defaultdict(set)
    with (DATA / "service_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            concept = row["concept"]
            for word in row["names"].split():
                names[word].add(concept)
            for item in row["hints"].split():
                if "+" not in item:
                    hints[item].add(concept)
                    continue
                for first, *others in product(*(part.split("/") for part in item.split("+"))):
                    together[first].add((tuple(others), concept))
    return Lexicon(
        {word: frozenset(held) for word, held in names.items()},
        {word: frozenset(held) for word, held in hints.items()},
        {word: tuple(sorted(held)) for word, held in together.items()},
        _leaves(),
    )


def _leaves() -> dict[str, frozenset[str]]:
    codes: dict[str, set[str]] = defaultdict(set)
    with (DATA / "lexicon.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["words"].split():
                if len(word) > 1:
                    codes[word.lower()].add(row["code"])
    return {word: frozenset(held) for word, held in codes.items()}
