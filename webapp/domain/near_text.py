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
    plain = [_letters(text) for text in texts]
    chosen = [i for i, text in enumerate(plain) if len(text) >= _MIN_CHARACTERS]
    if len(chosen) < 2:
        return []
    signed = [_signed(plain[i]) for i in chosen]
    grams = {i: own for i, (own, _) in zip(chosen, signed, strict=True)}
    signatures = np.array([signature for _, signature in signed])
    parents = list(range(len(texts)))
    for band in range(_BANDS):
        heads: dict[bytes, list[int]] = defaultdict(list)
        for row, i in enumerate(chosen):
            key = signatures[row, band * _ROWS : (band + 1) * _ROWS].tobytes()
            heads[key].append(i)
        for bucket in heads.values():
            # Against the bucket's first only: copies of one text share its first, and work stays linear.
            for other in bucket[1:]:
                first = bucket[0]
                if _root(parents, first) != _root(parents, other) and (
                    len(grams[first] & grams[other]) >= similarity * len(grams[first] | grams[other])
                ):
                    parents[max(_root(parents, first), _root(parents, other))] = min(
                        _root(parents, first), _root(parents, other)
                    )
    clusters: dict[int, list[int]] = defaultdict(list)
    for i in chosen:
        clusters[_root(parents, i)].append(i)
    return [members for members in clusters.values() if len(members) > 1]
