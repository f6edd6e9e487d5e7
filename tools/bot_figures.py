"""Figures over what the bot read: accuracy with its interval, F1 per class, confusions. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Read:
    """One message, what it is, and what was read. '' is nothing."""

    text: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 (0-1) of one class, and how many there are of it."""

    precision: float
    recall: float
    f1: float
    support: int


def accuracy(reads: Sequence[Read]) -> float:
    """Share of messages read right; 0.0 without any."""
    return sum(r.wanted == r.found for r in reads) / len(reads) if reads else 0.0


def wilson(right: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) without a case."""
    if not of:
        return 0.0, 1.0
    share, z2 = right / of, Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def score(right: int, found: int, wanted: int) -> Score:
    """Score from counts: read and right, read, there."""
    precision = right / found if found else 0.0
    recall = right / wanted if wanted else 0.0
    return Score(precision, recall, 2 * right / (found + wanted) if found + wanted else 0.0, wanted)


def per_class(reads: Iterable[Read]) -> dict[str, Score]:
    """Score of each class that occurs, '' (nothing) left out, in alphabetical order."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for read in reads:
        wanted[read.wanted] += 1
        found[read.found] += 1
        right[read.wanted] += read.wanted == read.found
    names = sorted((set(wanted) | set(found)) - {""})
    return {name: score(right[name], found[name], wanted[name]) for name in names}


def of_values(reads: Iterable[Read]) -> Score:
    """Score of reading values: a value counts when it is exactly the one that stands there."""
    reads = list(reads)
    right = sum(bool(r.wanted) and r.wanted == r.found for r in reads)
    return score(right, sum(bool(r.found) for r in reads), sum(bool(r.wanted) for r in reads))


def confusions(reads: Iterable[Read], most: int = 12) -> list[tuple[str, str, int]]:
    """(what it is, what was read, how often), the most frequent first."""
    counts = Counter((r.wanted, r.found) for r in reads if r.wanted != r.found)
    return [(wanted, found, n) for (wanted, found), n in sorted(counts.items(), key=lambda x: (-x[1], x[0]))][
        :most
    ]
