"""Hashed features of a message: words 1-2 and characters 1-3, and the same of its first words by themselves.

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
_S33, _ONE, _LOW = np.uint64(33), np.uint64(1), np.uint64(0xFFFFFFFF)
WORD_SALT, PAIR_SALT, CHAR_SALT, LEAD_SALT = (
    np.uint64(0x9E3779B97F4A7C15 * n % (1 << 64)) for n in (3, 5, 7, 9)
)
# The lowest two bits of an id tell its block: 0 words, 1 characters, 2 words of the lead, 3 characters of the lead.
BLOCKS = 4
_BLOCK = np.uint64(BLOCKS - 1)


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
    """Distinct features of one message, sorted by id; `blocks` tells which of the `BLOCKS` an id belongs to."""

    ids: NDArray[np.uint32]
    counts: NDArray[np.int64]


def blocks(ids: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Block of each feature id: 0 words, 1 characters, 2 words of the lead, 3 characters of the lead."""
    return (ids & np.uint32(BLOCKS - 1)).astype(np.intp)


def _ids(words: list[str], salt: np.uint64, block: int) -> U64:
    """Ids of words 1-2 (in `block`) and characters 1-3 (in the next block), 64 bits wide."""
    spans = Spans("".join(words)[:MAX_CHARS])
    ends = np.minimum(np.cumsum([len(word) for word in words], dtype=np.intp), spans.length)
    starts = np.concatenate((np.zeros(1, dtype=np.intp), ends[:-1])) if words else ends
    single = spans.hashes(starts, ends)
    pairs = spans.hashes(starts[:-1], ends[1:]) + single[1:] * _M1 if len(words) > 1 else single[:0]
    word_ids = np.concatenate((_mix(single, WORD_SALT ^ salt), _mix(pairs, PAIR_SALT ^ salt)))
    char_ids = np.concatenate([_mix(spans.grams(size), CHAR_SALT ^ salt) for size in (1, 2, 3)])
    in_block = (word_ids & ~_BLOCK | np.uint64(block), char_ids & ~_BLOCK | np.uint64(block + 1))
    return np.concatenate(in_block) & _LOW


def count_features(words: list[str], lead: int = 0) -> Counts:
    """Feature counts of a message given as its words, its first `lead` words once more apart. Linear in their length."""
    ids = _ids(words, np.uint64(0), 0)
    if lead:
        ids = np.concatenate((ids, _ids(words[:lead], LEAD_SALT, 2)))
    return Counts(*np.unique(ids.astype(np.uint32), return_counts=True))


def word_ids(words: list[str]) -> NDArray[np.uint32]:
    """The feature id of each single word, aligned with `words`."""
    ends = np.cumsum([len(word) for word in words], dtype=np.intp)
    spans = Spans("".join(words))
    starts = np.concatenate((np.zeros(1, dtype=np.intp), ends[:-1])) if words else ends
    hashed = _mix(spans.hashes(starts, ends), WORD_SALT)
    return (hashed & ~_BLOCK & _LOW).astype(np.uint32)
