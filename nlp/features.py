"""Hashed features of a message: words 1-2 and characters 1-3, and the same of its first words by themselves.

Hashes are exact 64-bit polynomials over code points, computed for all spans of a message at once from prefix
sums modulo 2^64 (an odd base has an inverse there, so a span's hash does not depend on where it stands). What a
model stores is 32 mixed bits of that: no feature can be read back into text, and digits all count as 0, so that
no house, phone or identity number can become a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_ID = _LOW & ~_BLOCK
_ABOVE = np.uint64(32)


# All that is hashed in one go: a message, the words that tell its topic, and its lead.
_MOST = 3 * MAX_CHARS
_UNICODE = 0x110000


def _powers(base: int, count: int) -> U64:
    steps = np.full(count, base, dtype=np.uint64)
    steps[0] = 1
    return np.cumprod(steps, dtype=np.uint64)


_POWER = _powers(_BASE, _MOST + 1)
_INVERSE_POWER = _powers(_INVERSE, _MOST + 1)
# What a code point counts as: letters in lower case and every digit as 0.
_COUNTS_AS = np.arange(_UNICODE, dtype=np.uint32)
_COUNTS_AS[48:58] = 48
_COUNTS_AS[65:91] += 32


def _mix(values: U64, salt: U64 | np.uint64) -> U64:
    """Murmur3's finaliser: spreads every input bit over all output bits."""
    values = values ^ salt
    values ^= values >> _S33
    values *= _M1
    values ^= values >> _S33
    values *= _M2
    values ^= values >> _S33
    return values


def code_points(text: str) -> U64:
    """Code points of a text (shape: its length), letters in lower case and every digit as 0."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return _COUNTS_AS.take(points).astype(np.uint64)


class Spans:
    """Hashes of any spans of one text, at most 3 · `MAX_CHARS` characters long."""

    def __init__(self, text: str) -> None:
        self.points = code_points(text)
        self.length = len(self.points)
        self._single = self.points + _ONE
        self._prefix = np.zeros(self.length + 1, dtype=np.uint64)
        np.cumsum(self._single * _POWER[: self.length], dtype=np.uint64, out=self._prefix[1:])

    def hashes(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> U64:
        """64-bit hashes of the spans [starts, ends)."""
        return (self._prefix[ends] - self._prefix[starts]) * _INVERSE_POWER[starts]

    def words(self, lengths: list[int]) -> tuple[U64, U64]:
        """64-bit hashes of the words that the text consists of, given by their lengths, and of each with the next."""
        edges = np.zeros(len(lengths) + 1, dtype=np.intp)
        np.cumsum(lengths, out=edges[1:])
        at, inverse = self._prefix.take(edges), _INVERSE_POWER.take(edges[:-1])
        single = (at[1:] - at[:-1]) * inverse
        return single, (at[2:] - at[:-2]) * inverse[:-1] + single[1:] * _M1

    def grams(self, size: int) -> U64:
        """64-bit hashes of all runs of `size` characters (empty when the text is shorter)."""
        if self.length < size:
            return np.zeros(0, dtype=np.uint64)
        if size == 1:
            return self._single
        return (self._prefix[size:] - self._prefix[:-size]) * _INVERSE_POWER[: self.length - size + 1]


class Counts(NamedTuple):
    """Distinct features of one message, sorted by id; `blocks` tells which of the `BLOCKS` an id belongs to."""

    ids: NDArray[np.uint32]
    counts: NDArray[np.int64]


class Batch(NamedTuple):
    """Distinct features of several messages. keys: number of the message << 32 | id, sorted; counts: aligned."""

    keys: U64
    counts: NDArray[np.int64]

    def message(self, number: int) -> Counts:
        """The features of one message."""
        begin, end = self._bounds(number)
        return Counts(self.keys[begin:end].astype(np.uint32), self.counts[begin:end])

    def size(self, number: int) -> int:
        """How many distinct features a message has."""
        begin, end = self._bounds(number)
        return int(end - begin)

    def _bounds(self, number: int) -> NDArray[np.intp]:
        return np.searchsorted(self.keys, np.array([number, number + 1], dtype=np.uint64) << _ABOVE)


def blocks(ids: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Block of each feature id: 0 words, 1 characters, 2 words of the lead, 3 characters of the lead."""
    return (ids & np.uint32(BLOCKS - 1)).astype(np.intp)


def _within(words: list[str]) -> list[str]:
    """The words that stand within the first `MAX_CHARS` characters, the last one cut there."""
    out, left = [], MAX_CHARS
    for word in words:
        out.append(word[:left])
        left -= len(out[-1])
        if not left:
            break
    return out


# Salt and block of words, pairs of words, characters 1, 2 and 3: of the whole, and of the lead.
_WHOLE, _LEAD = (
    [
        (int(salt ^ part), block)
        for salt, block in (
            (WORD_SALT, first),
            (PAIR_SALT, first),
            (CHAR_SALT, first + 1),
            (CHAR_SALT, first + 1),
            (CHAR_SALT, first + 1),
        )
    ]
    for part, first in ((np.uint64(0), 0), (LEAD_SALT, 2))
)


def _keys(messages: Sequence[tuple[list[str], int]]) -> U64:
    """Keys of all features of the messages, as often as each occurs."""
    parts: list[list[str]] = []
    marks: list[tuple[int, int]] = []
    for number, (words, lead) in enumerate(messages):
        for own, kinds in ((words, _WHOLE), (words[:lead], _LEAD)):
            if own:
                parts.append(own)
                marks += [(salt, number << 32 | block) for salt, block in kinds]
    if not parts:
        return np.zeros(0, dtype=np.uint64)
    texts = ["".join(words) for words in parts]
    if max(map(len, texts)) > MAX_CHARS:
        parts = [_within(words) for words in parts]
        texts = ["".join(words) for words in parts]
    spans = Spans("".join(texts))
    single, pairs = spans.words([len(word) for words in parts for word in words])
    one, two, three = spans.grams(1), spans.grams(2), spans.grams(3)
    pieces: list[U64] = []
    word = char = 0
    for words, text in zip(parts, texts, strict=True):
        last, end = word + len(words), char + len(text)
        pieces += [single[word:last], pairs[word : last - 1], one[char:end]]
        pieces += [two[char : max(char, end - 1)], three[char : max(char, end - 2)]]
        word, char = last, end
    salts, tags = np.repeat(np.array(marks, dtype=np.uint64), [len(piece) for piece in pieces], axis=0).T
    keys = _mix(np.concatenate(pieces), salts)
    keys &= _ID
    keys |= tags
    return keys


def count_batch(messages: Sequence[tuple[list[str], int]]) -> Batch:
    """Feature counts of several messages, each given as its words and how many first ones to count once more apart.

    Linear in their length, which is at most 3 · `MAX_CHARS` characters together.
    """
    keys = _keys(messages)
    keys.sort()
    new = np.ones(len(keys) + 1, dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:-1])
    first = np.flatnonzero(new)
    return Batch(keys.take(first[:-1]), first[1:] - first[:-1])


def count_features(words: list[str], lead: int = 0) -> Counts:
    """Feature counts of a message given as its words, its first `lead` words once more apart. Linear in their length."""
    batch = count_batch([(words, lead)])
    return Counts(batch.keys.astype(np.uint32), batch.counts)


def word_ids(words: list[str]) -> NDArray[np.uint32]:
    """The feature id of each single word, aligned with `words`."""
    single, _ = Spans("".join(words)).words([len(word) for word in words])
    return (_mix(single, WORD_SALT) & _ID).astype(np.uint32)
