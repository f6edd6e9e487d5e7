"""Texts that nearly repeat one another: Jaccard similarity of character trigrams, candidates by MinHash.

A. Broder, On the resemblance and containment of documents (1997).
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_MIN_CHARACTERS: Final = 10  # "很好，谢谢" is what many people say, not a copy
_GRAM: Final = 3
_BANDS: Final = 24
_ROWS: Final = 3
_PRIME: Final = (1 << 61) - 1


def _letters(text: str) -> str:
    """Letters and digits only, one width, one case: spaces and full stops do not make a text new."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def _grams(text: str) -> frozenset[int]:
    return frozenset(crc32(text[i : i + _GRAM].encode()) for i in range(len(text) - _GRAM + 1))


def _hashes() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Multipliers and shifts, the same on every machine."""
    rng = np.random.default_rng(20260101)
    a = rng.integers(1, 2**31, _BANDS * _ROWS, dtype=np.uint64)
    return a, rng.integers(0, 2**31, _BANDS * _ROWS, dtype=np.uint64)


_A, _B = _hashes()


@lru_cache(maxsize=8192)
def _signed(letters: str) -> tuple[frozenset[int], NDArray[np.uint64]]:
    """Trigrams and MinHash signature of a text; kept, because sweeps meet the same texts day by day."""
    grams = _grams(letters)
    ordered = np.array(sorted(grams), dtype=np.uint64)[:, None]
    return grams, ((ordered * _A + _B) % np.uint64(_PRIME)).min(axis=0)


def _root(parents: list[int], i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


def near_identical(texts: Sequence[str], similarity: float = 0.8) -> list[list[int]]:
    """Clusters (two or more indices, ascending) of texts that are alike; texts under ten characters are left out.

    Two texts are alike when the Jaccard similarity of their trigrams reaches ``similarity``; clusters are closed
    under likeness to a member that came earlier. At .8 the 24 bands overlook a pair with a chance of (1 − .8³)²⁴ < 10⁻⁷.
    """
    same: dict[str, list[int]] = defaultdict(list)
    for text, places in _alike(texts).items():
        letters = _letters(text)
        if len(letters) >= _MIN_CHARACTERS:
            same[letters] += places
    # In order of their first use, so that the earliest of a cluster is its root.
    distinct = sorted((sorted(places), letters) for letters, places in same.items())
    signed = [_signed(letters) for _places, letters in distinct]
    clusters: dict[int, list[int]] = defaultdict(list)
    for number, root in enumerate(_roots(signed, similarity)):
        clusters[root] += distinct[number][0]
    return [sorted(members) for members in clusters.values() if len(members) > 1]


def _alike(texts: Sequence[str]) -> dict[str, list[int]]:
    """Text → where it stands: a text that thousands sent is looked at once."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        found[text].append(place)
    return found


def _roots(signed: Sequence[tuple[frozenset[int], NDArray[np.uint64]]], similarity: float) -> list[int]:
    """For each text the first of those that it is alike."""
    if not signed:
        return []
    grams = [own for own, _ in signed]
    signatures = np.array([signature for _, signature in signed])
    parents = list(range(len(signed)))
    for band in range(_BANDS):
        heads: dict[bytes, int] = {}
        for other, row in enumerate(signatures[:, band * _ROWS : (band + 1) * _ROWS]):
            # Against the bucket's first only: work stays linear.
            first = heads.setdefault(row.tobytes(), other)
            a, b = _root(parents, first), _root(parents, other)
            if a != b and (len(grams[first] & grams[other]) >= similarity * len(grams[first] | grams[other])):
                parents[max(a, b)] = min(a, b)
    return [_root(parents, number) for number in range(len(signed))]
