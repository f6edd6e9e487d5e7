"""What the hand-written lexicon and the names themselves say of a message, for every branch of the 12345 tree.

Every entry of data/lexicon.csv speaks for a leaf (6 digits), a second level (4) or a first (2): a word or phrase, two
of them joined by + that must both be in the message, or (~) a word that only hints. Longer ones say more, ones that
many branches share say less.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate, groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.features import Spans
from nlp.lists import DATA
from nlp.normalise import MAX_CHARS

_LONGEST = 8
_LEAD_CHARS, _LEAD_BONUS = 40, 1.3
_STRENGTH = {1: 0.5, 2: 1.2, 3: 1.7}
_LONG_STRENGTH = 2.2
_HINT = 0.4
_PAIR = 0.8

F64 = NDArray[np.float64]


class Entry(NamedTuple):
    """Something that speaks for a branch: its parts must all be in the message. `strength`: before it is shared out."""

    parts: tuple[str, ...]
    hints: bool

    @property
    def strength(self) -> float:
        whole = sum(_STRENGTH.get(len(part), _LONG_STRENGTH) for part in self.parts)
        return whole * (_PAIR if len(self.parts) > 1 else 1.0) * (_HINT if self.hints else 1.0)


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


class Branches:
    """The tree as numbers: codes of its levels in order, and for each leaf its second and first level."""

    def __init__(self) -> None:
        self.leaves = [leaf.code for leaf in taxonomy.leaves()]
        self.level_2 = list(dict.fromkeys(code[:4] for code in self.leaves))
        self.level_1 = list(dict.fromkeys(code[:2] for code in self.leaves))
        self.levels = (self.leaves, self.level_2, self.level_1)
        self.index = {code: at for codes in self.levels for at, code in enumerate(codes)}
        self.parent = np.array([self.index[code[:4]] for code in self.leaves])
        self.top = np.array([self.index[code[:2]] for code in self.leaves])
        self.is_other = np.array([code.endswith("99") for code in self.leaves])
        # Leaves of a branch stand together: where those of each second and first level begin.
        self.begins = np.searchsorted(self.parent, np.arange(len(self.level_2)))
        self.top_begins = np.searchsorted(self.top, np.arange(len(self.level_1)))


class Lexicon:
    """Entries as sorted hashes per word length, so that a message is looked up in a few array operations."""

    def __init__(self, branches: Branches) -> None:
        self._branches = branches
        self._speaks = self._weigh(lexicon())
        self._partners: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for parts in self._speaks:
            self._partners[parts[0]].append(parts)
        every = sorted({part for parts in self._speaks for part in parts}, key=len)
        words: dict[int, set[str]] = defaultdict(set)
        for size, group in groupby(every, key=len):
            text, most = "".join(group), MAX_CHARS // size * size
            for begin in range(0, len(text), most):
                hashes = Spans(text[begin : begin + most]).grams(size)[::size].tolist()
                for start, value in zip(range(begin, len(text), size), hashes, strict=False):
                    words[value].add(text[start : start + size])
        self._sizes = sorted({len(part) for part in every})
        self._hashes = np.array(sorted(words), dtype=np.uint64)
        # Digits all hash alike, so one hash may stand for 110 and for 996: _found looks at the letters again.
        self._words = [words[value] for value in self._hashes.tolist()]

    def _weigh(self, entries: dict[str, list[Entry]]) -> dict[tuple[str, ...], list[tuple[int, int, float]]]:
        """For each entry's parts the branches it speaks for (length of the code, place in its level), and how strongly:
        shared out among them."""
        speaks: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
        for code, listed in entries.items():
            for entry in listed:
                known = speaks[tuple(sorted(entry.parts))]
                known[code] = max(known.get(code, 0.0), entry.strength)
        return {
            parts: [
                (len(code), self._branches.index[code], strength / len(codes) ** 0.5)
                for code, strength in codes.items()
            ]
            for parts, codes in speaks.items()
        }

    def _found(self, text: str) -> dict[str, float]:
        """Parts of entries in the text and how strongly each counts (log of its number, more when early)."""
        spans = Spans(text)
        grams = [spans.grams(size) for size in self._sizes]
        begins = list(accumulate((len(some) for some in grams), initial=0))
        every = np.concatenate(grams)
        at = np.searchsorted(self._hashes, every)
        at[at == len(self._hashes)] = 0
        counts: dict[str, float] = defaultdict(float)
        for hit in np.flatnonzero(self._hashes[at] == every).tolist():
            kind = bisect_right(begins, hit) - 1
            start = hit - begins[kind]
            word = text[start : start + self._sizes[kind]].lower()
            if word in self._words[at[hit]]:
                counts[word] += _LEAD_BONUS if start < _LEAD_CHARS else 1.0
        return {word: 1.0 + math.log(count) for word, count in counts.items()}

    def evidence(self, normalised: str) -> tuple[F64, F64, F64]:
        """Summed strength of the entries in a text that speak for each leaf, second level and first level."""
        sums: dict[int, dict[int, float]] = {6: {}, 4: {}, 2: {}}
        found = self._found(normalised)
        for word in found:
            for parts in self._partners.get(word, ()):
                if len(parts) > 1 and not all(map(found.__contains__, parts)):
                    continue
                strength = min(found[part] for part in parts) if len(parts) > 1 else found[word]
                for size, at, weight in self._speaks[parts]:
                    sums[size][at] = sums[size].get(at, 0.0) + weight * strength
        leaf, middle, top = (np.zeros(len(codes)) for codes in self._branches.levels)
        for level, told in zip((leaf, middle, top), sums.values(), strict=True):
            level[list(told)] = list(told.values())
        return leaf, middle, top
