"""Hashed features of every character of a text at once, for taggers: characters and words around it, their tags.

The hashes are those of features.py (digits count as 0, nothing can be read back); each feature has a salt of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.features import U64, Spans, code_points
from nlp.segment import Word

U32 = NDArray[np.uint32]
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
_PAIR, _STEP = np.uint64(0x9FB21C651E98DF25), np.uint64(0x51ED27)
_PAD = 3
_TAG_NAMES = (
    "n nr ns nt nz v vn a ad an d p c u uj ul m q r s t f x eng i j l b z zg g k y e o h ng vg tg uv ud uz ug nrt nrfg mq "
    "vd vq vi dg ag rr rz"
)
_TAGS = {tag: code for code, tag in enumerate(_TAG_NAMES.split(" "), 1)}
_LAST_TAG = 63
# Kinds of characters: 1 digit, 2 letter, 3 Chinese, 4 Chinese numeral, 5 stop, 6 bracket or quote, 7 anything else.
_KIND = np.full(0x10000, 7, dtype=np.uint64)
_KIND[0x4E00:0xA000], _KIND[48], _KIND[97:123] = 3, 1, 2
_KIND[[ord(char) for char in "，。；、！？,.;!?"]] = 5
_KIND[[ord(char) for char in '（）()《》“”"']] = 6


class Features(NamedTuple):
    """Per character of a text of n: `ids` (n, SLOTS); `word` (n,): tag and position in the word, 0 outside words."""

    ids: U32
    word: NDArray[np.int32]


class _Padded:
    """An array with zeros around it: `at(k)` is the array shifted so that position i shows i + k."""

    def __init__(self, values: U64, size: int) -> None:
        self._size = size
        self._values = np.zeros(size + 2 * _PAD, dtype=np.uint64)
        self._values[_PAD : _PAD + len(values)] = values

    def at(self, shift: int) -> U64:
        return self._values[_PAD + shift : _PAD + shift + self._size]


class _Words:
    """Values per word, read per character: the word of the character, or one up to two places on."""

    def __init__(self, spans: Spans, words: Sequence[Word]) -> None:
        count = len(words)
        starts = np.array([word.start for word in words], dtype=np.intp)
        lengths = np.array([len(word.text) for word in words], dtype=np.intp)
        ends = np.minimum(starts + lengths, spans.length)
        # Rows: whole word, its last character, its last two, its tag; zeros around the words and for no word.
        self._values = np.zeros((4, count + 4 * _PAD), dtype=np.uint64)
        inner = self._values[:, _PAD : _PAD + count]
        inner[0] = spans.hashes(starts, ends)
        inner[1] = spans.hashes(np.maximum(ends - 1, starts), ends)
        inner[2] = spans.hashes(np.maximum(ends - 2, starts), ends)
        inner[3] = [_TAGS.get(word.tag or "x", 0) for word in words]
        nowhere = count + 3 * _PAD
        self._index = np.full(spans.length, nowhere, dtype=np.intp)
        word_of = np.repeat(np.arange(count), lengths)
        inside = np.arange(len(word_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        self._index[np.repeat(starts, lengths) + inside] = word_of + _PAD
        # 1 first, 2 inside, 3 last character of its word, 4 a word of one, 0 no word.
        self.position = np.where(self._index < nowhere, np.uint64(2), np.uint64(0))
        self.position[starts] = 1
        self.position[ends - 1] = np.where(lengths == 1, 4, 3)

    def at(self, shift: int) -> U64:
        """(4, n) values of the word `shift` places on; 0 beyond the ends."""
        return self._values[:, self._index + shift]


Parts = list[tuple[U64, ...]]


def _character_features(spans: Spans, kinds: U64) -> Parts:
    size = spans.length
    one, two, three, four = (_Padded(spans.grams(n), size) for n in (1, 2, 3, 4))
    kind = _Padded(kinds, size)
    return [
        *((one.at(k),) for k in (-3, -2, -1, 0, 1, 2, 3)),
        *((two.at(k),) for k in (-2, -1, 0, 1)),
        (one.at(-1), one.at(1)),
        *((three.at(k),) for k in (-2, -1, 0)),
        (four.at(0),), (four.at(-3),),
        tuple(kind.at(k) for k in (-2, -1, 0, 1, 2)),
        tuple(kind.at(k) for k in (-1, 0, 1)),
    ]  # fmt: skip


def _word_features(words: _Words) -> Parts:
    before_2, _, _, tag_2 = words.at(-2)
    before, last_1, _, tag_1 = words.at(-1)
    here, last, two, tag = words.at(0)
    after, last1, two1, tag1 = words.at(1)
    after_2, _, _, tag2 = words.at(2)
    at = words.position
    return [
        (here, at), (after,), (before,), (before, here), (here, after),
        (tag, at), (tag_1, tag, at), (tag, tag1, at), (tag_1, tag, tag1, at), (tag_2, tag_1, at), (tag1, tag2, at),
        (last, at), (two, at), (last1, at), (last_1, at), (tag, last1, at), (tag1, last, at),
        (after_2,), (before_2,), (two1, tag1, at),
    ]  # fmt: skip


def _combined(parts: Parts) -> U64:
    """One hash per feature, shape (features, n): its parts, one after another, mixed in."""
    out = np.array([part[0] for part in parts])
    for depth in range(1, max(map(len, parts))):
        rows = [row for row, part in enumerate(parts) if len(part) > depth]
        more = np.array([parts[row][depth] for row in rows])
        out[rows] = (out[rows] * _PAIR) ^ (more + _STEP)
    return out


SLOTS = 39
_SALTS = np.array([0x9E3779B97F4A7C15 * (2 * n + 101) % (1 << 64) for n in range(SLOTS)], dtype=np.uint64)[
    :, None
]


def features(normalised: str, words: Sequence[Word]) -> Features:
    """Features of a normalised text of at most MAX_CHARS characters; `words` lie in it, in order. Linear time."""
    spans = Spans(normalised)
    if not spans.length or not words:
        return Features(np.zeros((spans.length, SLOTS), np.uint32), np.zeros(spans.length, np.int32))
    points = np.minimum(code_points(normalised), np.uint64(0xFFFF)).astype(np.intp)
    per_word = _Words(spans, words)
    hashes = _combined(_character_features(spans, _KIND[points]) + _word_features(per_word)) ^ _SALTS
    hashes = (hashes ^ (hashes >> _S33)) * _MIX_1
    hashes = (hashes ^ (hashes >> _S33)) * _MIX_2
    hashes ^= hashes >> _S33
    tags = np.minimum(per_word.at(0)[3], _LAST_TAG).astype(np.int32)
    position = per_word.position.astype(np.int32)
    word = np.where(position > 0, tags * 4 + position, 0)
    return Features(hashes.astype(np.uint32).T, word)
