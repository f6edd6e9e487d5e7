"""Leaves of the 12345 tree for a message: a hand-written lexicon, the names themselves and the forum label.

No public labelled data exists for this tree. Every entry of data/lexicon.csv speaks for a leaf (6 digits), a second
level (4) or a first (2): a word or phrase, two of them joined by + that must both be in the message, or (~) a word that
only hints. Longer ones say more, ones that many branches share say less. The forum label, mapped to second levels, is
the prior. Probabilities are therefore a ranking with a scale, not measured frequencies.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.features import Spans
from nlp.lists import DATA
from nlp.types import CategoryGuess, LabelGuess

_LONGEST = 8
_LEAD_CHARS, _LEAD_BONUS = 40, 1.3

F64 = NDArray[np.float64]


class Weights(NamedTuple):
    """How much each kind of evidence counts; chosen on the dev side of our own messages."""

    level_2: float = 0.8
    level_1: float = 0.5
    siblings: float = 0.15
    prior: float = 0.4
    sharpness: float = 1.1
    other_leaf: float = 0.8
    silent: float = 1.0
    hint: float = 0.4
    pair: float = 0.8


class Entry(NamedTuple):
    """Something that speaks for a branch: its parts must all be in the message. `strength`: before it is shared out."""

    parts: tuple[str, ...]
    hints: bool


def read_entry(text: str) -> Entry:
    """One entry of the lexicon as it is written there."""
    parts = tuple(part for part in text.lstrip("~").lower().split("+") if part)
    return Entry(parts, text.startswith("~"))


def lexicon() -> dict[str, list[Entry]]:
    """Entries by code, the names of the leaves among them."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    with (DATA / "lexicon.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entries[row["code"]] += [read_entry(word) for word in row["words"].split()]
    for leaf in taxonomy.leaves():
        if 2 <= len(leaf.name) <= _LONGEST and not leaf.name.startswith("其他"):
            entries[leaf.code].append(Entry((leaf.name.lower(),), False))
    return entries


class CategoryTree:
    """The lexicon as sorted hashes per word length, so that a message is looked up in a few array operations."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or Weights()
        self.leaves = [leaf.code for leaf in taxonomy.leaves()]
        self._level_2 = sorted({code[:4] for code in self.leaves})
        self._level_1 = sorted({code[:2] for code in self.leaves})
        self._branch = {
            code: at for codes in (self.leaves, self._level_2, self._level_1) for at, code in enumerate(codes)
        }
        self._parent = np.array([self._branch[code[:4]] for code in self.leaves])
        self._top = np.array([self._branch[code[:2]] for code in self.leaves])
        self._is_other = np.array([code.endswith("99") for code in self.leaves])
        self._speaks = self._weigh(lexicon())
        self._partners: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for parts in self._speaks:
            self._partners[parts[0]].append(parts)
        self._tables = self._hash_words({part for parts in self._speaks for part in parts})
        self._priors = self._read_priors()

    def _weigh(self, entries: dict[str, list[Entry]]) -> dict[tuple[str, ...], list[tuple[str, float]]]:
        """For each entry's parts the branches it speaks for, and how strongly: shared out among leaves' branches."""
        speaks: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
        for code, listed in entries.items():
            for entry in listed:
                strength = sum({1: 0.5, 2: 1.2, 3: 1.7}.get(len(part), 2.2) for part in entry.parts)
                strength *= self.weights.pair if len(entry.parts) > 1 else 1.0
                strength *= self.weights.hint if entry.hints else 1.0
                known = speaks[tuple(sorted(entry.parts))]
                known[code] = max(known.get(code, 0.0), strength)
        return {
            parts: [(code, strength / len(codes) ** 0.5) for code, strength in codes.items()]
            for parts, codes in speaks.items()
        }

    @staticmethod
    def _hash_words(parts: set[str]) -> dict[int, tuple[NDArray[np.uint64], list[set[str]]]]:
        tables: dict[int, tuple[NDArray[np.uint64], list[set[str]]]] = {}
        for size in sorted({len(part) for part in parts}):
            # Digits all hash alike, so one hash may stand for 110 and for 996: _found looks at the letters again.
            words: dict[int, set[str]] = defaultdict(set)
            for part in parts:
                if len(part) == size:
                    words[int(Spans(part).grams(size)[0])].add(part)
            hashes = sorted(words)
            tables[size] = np.array(hashes, dtype=np.uint64), [words[value] for value in hashes]
        return tables

    def _read_priors(self) -> dict[str, F64]:
        priors = {}
        for label, shares in taxonomy.forum_mapping().items():
            vector = np.full(len(self._level_2), 0.15 / len(self._level_2))
            for code, share in shares.items():
                vector[self._branch[code]] += 0.85 * share
            priors[label] = vector
        return priors

    def _found(self, text: str) -> dict[str, float]:
        """Parts of entries in the text and how strongly each counts (log of its number, more when early)."""
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

    def evidence(self, normalised: str) -> F64:
        """What the lexicon says for each leaf, shape (number of leaves,)."""
        weights = self.weights
        leaf, branch, top = (
            np.zeros(len(self.leaves)),
            np.zeros(len(self._level_2)),
            np.zeros(len(self._level_1)),
        )
        by_length = {6: leaf, 4: branch, 2: top}
        found = self._found(normalised)
        for word in found:
            for parts in self._partners.get(word, ()):
                if len(parts) > 1 and not all(part in found for part in parts):
                    continue
                strength = min(found[part] for part in parts)
                for code, weight in self._speaks[parts]:
                    by_length[len(code)][self._branch[code]] += weight * strength
        siblings = np.bincount(self._parent, weights=leaf, minlength=len(self._level_2))
        total = leaf + (weights.level_2 * branch + weights.siblings * siblings)[self._parent]
        total += weights.level_1 * top[self._top]
        return total - np.where((leaf == 0) & ~self._is_other, weights.silent, 0.0)

    def chances(self, normalised: str, forum: tuple[LabelGuess, ...]) -> F64:
        """Each leaf's share of the whole, in the order of `taxonomy.leaves`. forum: probabilities of the forum's labels."""
        weights = self.weights
        prior = np.sum([self._priors[g.name] * g.probability for g in forum], axis=0) + 1e-4
        scores = weights.sharpness * self.evidence(normalised) + weights.prior * np.log(prior)[self._parent]
        scores -= weights.other_leaf * self._is_other
        shares = np.exp(scores - scores.max())
        return np.asarray(shares / shares.sum(), dtype=np.float64)

    def best(self, chances: NDArray[np.float64], limit: int = 3) -> tuple[CategoryGuess, ...]:
        """The likeliest leaves of `chances`, best first."""
        names = taxonomy.by_code()
        best = np.argsort(-chances, kind="stable")[:limit]
        return tuple(
            CategoryGuess(self.leaves[i], names[self.leaves[i]].name, round(float(chances[i]), 4))
            for i in best
        )
