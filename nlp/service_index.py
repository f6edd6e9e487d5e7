"""Features of services and messages, and the index that scores one against the other.

A feature is a string: ``c`` + two characters, ``p`` + two sounds, ``k`` + a concept. Everything is built once and
only read afterwards.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import phonetic
from nlp.lists import word_list
from nlp.segment import Word, words
from nlp.service_words import Scanner, lexicon

F64 = NDArray[np.float64]

_SOUND_WEIGHT = 0.5
_CLOSE_WEIGHT = 0.3
_INITIALS = re.compile(r"(?<![a-z])[a-z]{3,6}(?![a-z])")
_FEW = 3
_HINT, _TOGETHER, _SOUNDED = 0.75, 0.9, 0.7


def stretches(cut: Iterable[Word]) -> list[str]:
    """What is left of a message without asking words and punctuation, joined where nothing was in between.

    Latin words a space apart stay together: they may be the syllables of one word in pinyin.
    """
    plain = word_list("service_plain")
    out: list[str] = []
    end = -2
    for word in cut:
        if word.text in plain or not word.text[0].isalnum():
            continue
        if word.start == end:
            out[-1] += word.text
        elif word.start == end + 1 and word.text.isascii() and out[-1][-1].isascii():
            out[-1] += " " + word.text
        else:
            out.append(word.text)
        end = word.start + len(word.text)
    return out


def pairs_of(stretch: str) -> Iterable[tuple[str, float]]:
    """Features of one stretch with their weights: neighbouring characters, neighbouring sounds, close characters."""
    written = phonetic.spelt(stretch)
    heard = phonetic.sounds(written)
    if len(written) == 1:
        yield "c" + written, 1.0
    for one, other in pairwise(written):
        if not (phonetic.is_sound(one) or phonetic.is_sound(other)):
            yield "c" + one + other, 1.0
    for apart in (1, 2):
        for one, other in zip(written, written[apart:], strict=False):
            yield "s" + min(one, other) + max(one, other), _CLOSE_WEIGHT
    for one, other in pairwise(heard):
        if phonetic.is_sound(one) and phonetic.is_sound(other):
            yield "p" + one + other, _SOUND_WEIGHT


@cache
def _scanner() -> Scanner:
    return Scanner(lexicon().words)


@cache
def _sound_words() -> tuple[Scanner, dict[str, frozenset[str]]]:
    """Names of three sounds and more by how they sound."""
    by_sound: dict[str, set[str]] = defaultdict(set)
    for word, concepts in lexicon().names.items():
        heard = phonetic.sounds(word)
        if len(word) >= 3 and len(heard) == len(word) and word not in heard:
            by_sound[heard].update(concepts)
    return Scanner(by_sound), {heard: frozenset(concepts) for heard, concepts in by_sound.items()}


@cache
def _initials() -> dict[str, frozenset[str]]:
    """Initials of names (gjj) and the few concepts that have such a name."""
    found: dict[str, set[str]] = defaultdict(set)
    for word, concepts in lexicon().names.items():
        if 2 <= len(word) <= 6:
            found[phonetic.initials(word)].update(concepts)
    return {
        letters: frozenset(held) for letters, held in found.items() if len(letters) > 2 and len(held) <= _FEW
    }


def published_concepts(text: str) -> set[str]:
    """Concepts that a published text names."""
    names = lexicon().names
    return {c for hit in _scanner().find(text) if not hit.covered for c in names.get(hit.word, ())}


class Meant(NamedTuple):
    """What a message is about: concepts and codes of the 12345 tree, each with its strength (at most 1.5)."""

    concepts: dict[str, float]
    leaves: dict[str, float]


def _add(strength: dict[str, float], key: str, weight: float) -> None:
    before = strength.get(key, 0.0)
    strength[key] = min(1.5, max(before, weight) + 0.3 * min(before, weight))


def meant(text: str) -> Meant:
    """Concepts that a message names (1), sounds like or hints at, and the tree's codes that its words speak for."""
    known = lexicon()
    out = Meant({}, {})
    open_words: dict[str, bool] = {}
    for hit in _scanner().find(text):
        open_words[hit.word] = open_words.get(hit.word, False) or not hit.covered
    found = open_words.keys()
    for word, is_open in open_words.items():
        if is_open:
            for concept in known.names.get(word, ()):
                _add(out.concepts, concept, 1.0)
            for concept in known.hints.get(word, ()):
                _add(out.concepts, concept, _HINT)
        codes = known.leaves.get(word, ())
        for code in codes:
            _add(out.leaves, code, 1.0 / len(codes) ** 0.5)
        partners = known.together.get(word, {})
        for other in sorted(partners.keys() & found):
            for company in partners[other]:
                if all(not found.isdisjoint(part) for part in company.further):
                    _add(out.concepts, company.concept, _TOGETHER)
    _add_sounds(text, out.concepts)
    for letters in _INITIALS.findall(text):
        spelt = frozenset() if letters in found else _initials().get(letters, frozenset())
        for concept in sorted(spelt):
            _add(out.concepts, concept, _SOUNDED / len(spelt) ** 0.5)
    return out


def _add_sounds(text: str, concepts: dict[str, float]) -> None:
    scanner, by_sound = _sound_words()
    for hit in scanner.find(phonetic.sounds(text)):
        if not hit.covered:
            for concept in by_sound[hit.word]:
                concepts[concept] = max(concepts.get(concept, 0.0), _SOUNDED)


class Index:
    """Rows of weighted features. Read-only once built."""

    def __init__(self, rows: list[dict[str, float]]) -> None:
        self.size = len(rows)
        holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, row in enumerate(rows):
            for feature, weight in row.items():
                holders[feature].append((number, weight))
        self._held = {
            feature: (np.array([n for n, _ in held], dtype=np.intp), np.array([w for _, w in held]))
            for feature, held in holders.items()
        }

    def __contains__(self, feature: str) -> bool:
        return feature in self._held

    def shared(self, features: Mapping[str, float]) -> tuple[F64, F64]:
        """For each row two sums over the features it shares with a message, shape (rows,) each.

        The row's weight times the message's; and the message's alone.
        """
        held = [(self._held[f], weight) for f, weight in features.items() if f in self._held]
        if not held:
            return np.zeros(self.size), np.zeros(self.size)
        at = np.concatenate([rows for (rows, _), _ in held])
        own = np.repeat([weight for _, weight in held], [len(rows) for (rows, _), _ in held])
        theirs = np.concatenate([weights for (_, weights), _ in held])
        return (
            np.bincount(at, weights=own * theirs, minlength=self.size).astype(np.float64, copy=False),
            np.bincount(at, weights=own, minlength=self.size).astype(np.float64, copy=False),
        )


def cut_words(text: str) -> list[Word]:
    """Words of a normalised text in lower case."""
    return words(text)
