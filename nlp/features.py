"""Hashed features of a message: words 1-2 and characters 1-3.

Hashes are exact 64-bit polynomials over code points, computed for all spans of a message at once from prefix
sums modulo 2^64 (an odd base has an inverse there, so a span's hash does not depend on where it stands). What a
model stores is 32 mixed bits of that: no feature can be read back into text, and digits all count as 0, so that
no house, phone or identity number can become a feature.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.normalise import MAX_CHARS

U64 = NDArray[np.uint64]

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_M1, _M2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_S33, _S32, _ONE = np.uint64(33), np.uint64(32), np.uint64(1)
WORD_SALT, PAIR_SALT, CHAR_SALT = (np.uint64(0x9E3779B97F4A7C15 * n % (1 << 64)) for n in (3, 5, 7))


def _powers(base: int, count: int) -> U64:
    steps = np.full(count, base, dtype=np.uint64)
    steps[0] = 1
    return np.cumprod(steps, dtype=np.uint64)


_POWER = _powers(_BASE, MAX_CHARS + 1)
_INVERSE_POWER = _powers(_INVERSE, MAX_CHARS + 1)


def _mix(values: U64, salt: np.uint64) -> U64:
    """Murmur3's finaliser: spreads every input bit over all output bits."""
    values = values ^ salt
    values = (values ^ (values >> _S33)) * _M1
    values = (values ^ (values >> _S33)) * _M2
    return values ^ (values >> _S33)


def code_points(text: str) -> U64:
    """Code points of a text (shape: its length), letters in lower case and every digit as 0."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    points[(points >= 48) & (points <= 57)] = 48
    points[(points >= 65) & (points <= 90)] += np.uint64(32)
    return points


class Spans:
    """Hashes of any spans of one text, at most `MAX_CHARS` characters long."""

    def __init__(self, text: str) -> None:
        points = code_points(text)
        self.length = len(points)
        self._prefix = np.zeros(self.length + 1, dtype=np.uint64)
        np.cumsum((points + _ONE) * _POWER[: self.length], dtype=np.uint64, out=self._prefix[1:])

    def hashes(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> U64:
        """64-bit hashes of the spans [starts, ends)."""
        return (self._prefix[ends] - self._prefix[starts]) * _INVERSE_POWER[starts]

    def grams(self, size: int) -> U64:
        """64-bit hashes of all runs of `size` characters (empty when the text is shorter)."""
        if self.length < size:
            return np.zeros(0, dtype=np.uint64)
        return (self._prefix[size:] - self._prefix[:-size]) * _INVERSE_POWER[: self.length - size + 1]


class Counts(NamedTuple):
    """Distinct features of one message, sorted by id; the lowest bit of an id is 0 for words, 1 for characters."""

    ids: NDArray[np.uint32]
    counts: NDArray[np.int64]


def count_features(words: list[str]) -> Counts:
    """Feature counts of a message given as its words. Linear in their length."""
    spans = Spans("".join(words)[:MAX_CHARS])
    ends = np.minimum(np.cumsum([len(word) for word in words], dtype=np.intp), spans.length)
    starts = np.concatenate((np.zeros(1, dtype=np.intp), ends[:-1])) if words else ends
    single = spans.hashes(starts, ends)
    pairs = spans.hashes(starts[:-1], ends[1:]) + single[1:] * _M1 if len(words) > 1 else single[:0]
    word_ids = np.concatenate((_mix(single, WORD_SALT), _mix(pairs, PAIR_SALT)))
    char_ids = np.concatenate([_mix(spans.grams(size), CHAR_SALT) for size in (1, 2, 3)])
    ids = np.concatenate((word_ids & ~_ONE, char_ids | _ONE)) & np.uint64(0xFFFFFFFF)
    return Counts(*np.unique(ids.astype(np.uint32), return_counts=True))


def word_ids(words: list[str]) -> NDArray[np.uint32]:
    """The feature id of each single word, aligned with `words`."""
    ends = np.cumsum([len(word) for word in words], dtype=np.intp)
    spans = Spans("".join(words))
    starts = np.concatenate((np.zeros(1, dtype=np.intp), ends[:-1])) if words else ends
    hashed = _mix(spans.hashes(starts, ends), WORD_SALT)
    return ((hashed & ~_ONE) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
