"""Leaves of the 12345 tree for a message: a hand-written lexicon, the names themselves and the forum label.

No labelled data exists for this tree. Every word of data/lexicon.csv speaks for a leaf (6 digits) or for a whole
second level (4 digits); longer words say more, words that many leaves share say less. The forum label, mapped to
second levels, is the prior. Probabilities are therefore a ranking with a scale, not measured frequencies.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.features import Spans
from nlp.types import CategoryGuess, LabelGuess

_DATA = Path(__file__).parent / "data"
_LONGEST = 8
# How much a word for the second level, and evidence for its other leaves, lends a leaf.
_LEVEL_2, _SIBLINGS, _PRIOR, _SHARPNESS = 0.8, 0.12, 0.5, 1.1
_LEAD_CHARS, _LEAD_BONUS = 40, 1.5
_OTHER_LEAF = -0.8


class CategoryTree:
    """The lexicon as sorted hashes per word length, so that a message is looked up in a few array operations."""

    def __init__(self) -> None:
        self._leaves = [leaf.code for leaf in taxonomy.leaves()]
        self._index = {code: i for i, code in enumerate(self._leaves)}
        self._level_2 = sorted({code[:4] for code in self._leaves})
        position = {code: i for i, code in enumerate(self._level_2)}
        self._parent = np.array([position[code[:4]] for code in self._leaves])
        self._is_other = np.array([code.endswith("99") for code in self._leaves])
        self._speaks = self._read_lexicon()
        self._tables = self._hash_words()
        self._priors = self._read_priors(position)

    def _read_lexicon(self) -> dict[str, dict[str, float]]:
        speaks: dict[str, dict[str, float]] = defaultdict(dict)
        with (_DATA / "lexicon.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for word in row["words"].split():
                    speaks[word.lower()][row["code"]] = 1.0
        for leaf in taxonomy.leaves():
            if 2 <= len(leaf.name) <= _LONGEST and not leaf.name.startswith("其他"):
                speaks[leaf.name.lower()].setdefault(leaf.code, 0.8)
        return {
            word: {code: part * self._weight(word) / len(codes) ** 0.5 for code, part in codes.items()}
            for word, codes in speaks.items()
        }

    @staticmethod
    def _weight(word: str) -> float:
        return {1: 0.5, 2: 1.2, 3: 1.7}.get(len(word), 2.2)

    def _hash_words(self) -> dict[int, tuple[NDArray[np.uint64], list[set[str]]]]:
        tables: dict[int, tuple[NDArray[np.uint64], list[set[str]]]] = {}
        for size in sorted({len(word) for word in self._speaks if len(word) <= _LONGEST}):
            # Digits all hash alike, so one hash may stand for 110 and for 996: _hits looks at the letters again.
            words: dict[int, set[str]] = defaultdict(set)
            for word in self._speaks:
                if len(word) == size:
                    words[int(Spans(word).grams(size)[0])].add(word)
            hashes = sorted(words)
            tables[size] = np.array(hashes, dtype=np.uint64), [words[value] for value in hashes]
        return tables

    def _read_priors(self, position: dict[str, int]) -> dict[str, NDArray[np.float64]]:
        priors = {}
        for label, shares in taxonomy.forum_mapping().items():
            vector = np.full(len(self._level_2), 0.15 / len(self._level_2))
            for code, share in shares.items():
                vector[position[code]] += 0.85 * share
            priors[label] = vector
        return priors

    def _hits(self, text: str) -> dict[str, float]:
        """Lexicon words in the text and how strongly each counts (log of its number, more when early)."""
        spans = Spans(text)
        counts: dict[str, float] = defaultdict(float)
        for size, (hashes, names) in self._tables.items():
            grams = spans.grams(size)
            at = np.searchsorted(hashes, grams)
            at[at == len(hashes)] = 0
            for start in np.flatnonzero(hashes[at] == grams).tolist():
                word = text[start : start + size].lower()
                if word in names[at[start]]:
                    counts[word] += _LEAD_BONUS if start < _LEAD_CHARS else 1.0
        return {word: 1.0 + math.log(count) for word, count in counts.items()}

    def guess(
        self, normalised: str, forum: tuple[LabelGuess, ...], limit: int = 3
    ) -> tuple[CategoryGuess, ...]:
        """The likeliest leaves, best first, with their share of the whole. `forum`: probabilities of the labels."""
        return self.best(self.chances(normalised, forum), limit)

    def chances(self, normalised: str, forum: tuple[LabelGuess, ...]) -> NDArray[np.float64]:
        """Each leaf's share of the whole, in the order of `taxonomy.leaves`."""
        leaf, branch = np.zeros(len(self._leaves)), np.zeros(len(self._level_2))
        for word, strength in self._hits(normalised).items():
            for code, weight in self._speaks[word].items():
                if len(code) == 6:
                    leaf[self._index[code]] += weight * strength
                else:
                    branch[self._level_2.index(code)] += weight * strength
        siblings = np.bincount(self._parent, weights=leaf, minlength=len(self._level_2))
        prior = np.sum([self._priors[g.name] * g.probability for g in forum], axis=0) + 1e-4
        total = leaf + (_LEVEL_2 * branch + _SIBLINGS * siblings)[self._parent]
        scores = _SHARPNESS * total + _PRIOR * np.log(prior)[self._parent] + _OTHER_LEAF * self._is_other
        scores -= np.where((leaf == 0) & ~self._is_other, 1.5, 0.0)
        chances = np.exp(scores - scores.max())
        return np.asarray(chances / chances.sum(), dtype=np.float64)

    def best(self, chances: NDArray[np.float64], limit: int = 3) -> tuple[CategoryGuess, ...]:
        """The likeliest leaves of `chances`, best first."""
        names = taxonomy.by_code()
        best = np.argsort(-chances, kind="stable")[:limit]
        return tuple(
            CategoryGuess(self._leaves[i], names[self._leaves[i]].name, round(float(chances[i]), 4))
            for i in best
        )
