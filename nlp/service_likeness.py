"""Likeness of a message to services beyond shared characters: by what words mean, and by how whole names sound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import phonetic, vectors
from nlp.lists import word_list
from nlp.segment import Word, words
from nlp.service_words import Scanner, concept_words
from nlp.vectors import F32

_FEW = 3  # sounds that may stand beside a name of two sounds
_OWN, _SHARED = 2.0, 4.0  # weights of each text of a service and of the concepts its names hold
_NEAR = 0.4  # cosine from which two words have something in common
_LITTLE = 40.0  # sum of idf below which a message is short, and a mistyped word may pass for another
_KEPT = 4096  # words of messages whose likeness to all services is kept


class Described(NamedTuple):
    """A service as it is compared: its normalised texts and the concepts that its names hold."""

    texts: Sequence[str]
    concepts: Iterable[str]


def _unit(vector: F32) -> F32:
    size = float(np.linalg.norm(vector))
    return vector / size if size else vector


def _direction(cut: Iterable[Word]) -> F32:
    known = vectors.shipped()
    return _unit(known.of([word.text for word in cut])[: known.width // 2])


def _vector(clean: str) -> F32:
    return _direction(words(clean))


def _known(cut: Iterable[Word]) -> NDArray[np.intp]:
    """Rows of the word vectors for the telling words among some."""
    plain = word_list("service_plain")
    return vectors.shipped().known_rows([w.text for w in cut if w.text[0].isalnum() and w.text not in plain])


@cache
def _concepts() -> dict[str, F32]:
    return {concept: _vector(text) for concept, text in concept_words().items()}


@cache
def _concept_rows(concept: str) -> NDArray[np.intp]:
    return _known(words(concept_words()[concept]))


@cache
def _middle() -> F32:
    """What everything about public services has in common; without it all would be alike."""
    middle: F32 = np.mean(list(_concepts().values()), axis=0)
    return middle


class Directions:
    """Services' texts and concepts as directions in the space of word vectors. Read-only once built."""

    def __init__(self, services: Sequence[Described]) -> None:
        rows = [_unit(self._sum(texts, sorted(held)) - _middle()) for texts, held in services]
        self._rows: F32 = np.array(rows, dtype=np.float32).reshape(len(rows), len(_middle()))

    @staticmethod
    def _sum(texts: Sequence[str], held: Sequence[str]) -> F32:
        total = _OWN * np.sum([_vector(text) for text in texts], axis=0)
        if held:
            total = total + _SHARED * np.mean([_concepts()[concept] for concept in held], axis=0)
        return _unit(np.asarray(total, dtype=np.float32))

    def likeness(self, cut: Iterable[Word]) -> NDArray[np.float64]:
        """Cosines (-1 to 1) of a message's words with each service, shape (services,); zeros without a known word."""
        return (self._rows @ _direction(cut)).astype(np.float64)


class NearWords:
    """Which services have words that mean about the same as a message's. Read-only once built, but for a cache."""

    def __init__(self, services: Sequence[Described]) -> None:
        held = [
            np.unique(np.concatenate([_known(words(" ".join(texts))), *map(_concept_rows, sorted(concepts))]))
            for texts, concepts in services
        ]
        every, spread = np.unique(np.concatenate([*held, np.zeros(0, np.intp)]), return_counts=True)
        self._size = len(held)
        self._table = vectors.shipped().units(every)
        # A word that all services have tells nothing.
        self._rarity = (np.log(self._size / spread) / max(log(self._size), 1.0)).astype(np.float32)
        # A place that is always 0 ends each service's words, so that none has no words.
        own = [np.append(np.searchsorted(every, rows), len(every)) for rows in held]
        self._columns = np.concatenate([*own, np.zeros(0, np.intp)])
        self._starts = np.cumsum([0, *map(len, own)])[:-1]
        self._of_word = lru_cache(_KEPT)(self._closest)

    def _closest(self, row: int) -> F32:
        """How near the nearest word of each service comes to a word, by rarity; shape (services,)."""
        near = np.maximum(self._table @ vectors.shipped().units(np.array([row]))[0] - _NEAR, 0) * self._rarity
        closest: F32 = np.maximum.reduceat(np.append(near, np.float32(0))[self._columns], self._starts)
        return closest

    def likeness(self, cut: Iterable[Word]) -> NDArray[np.float64]:
        """Sums over a message's words, rare ones counting more, damped by length; shape (services,)."""
        rows = _known(cut)
        if not len(rows) or not self._size:
            return np.zeros(self._size)
        idf = vectors.shipped().idf[rows]
        near = np.array([self._of_word(int(row)) for row in rows]).reshape(len(rows), self._size)
        return (idf @ near / np.sqrt(max(float(idf.sum()), _LITTLE))).astype(np.float64)


class HeardNames:
    """Names of services as they sound, for texts that hold one in homophones or pinyin. Read-only once built.

    A name as it is written is a find only where nothing else is said: its characters speak for all that share them.
    """

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        """names: number of the service, one of its normalised names."""
        self._owners: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, name in names:
            if len(heard := phonetic.sounds(name)) > 1:
                self._owners[heard].append((number, name))
        self._scanner = Scanner(self._owners)

    def find(self, clean: str) -> Iterator[int]:
        """Numbers of the services a normalised text calls by name; two sounds only where little else is said."""
        heard = phonetic.sounds(clean)
        for hit in self._scanner.find(heard):
            if len(hit.word) > 2 or len(heard) <= len(hit.word) + _FEW:
                yield from (
                    number for number, name in self._owners[hit.word] if name not in clean or name == clean
                )
