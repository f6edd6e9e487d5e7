"""Hashed features of every character of a text at once, for taggers: characters and words around it, their tags.

The hashes are those of features.py (digits count as 0, nothing can be read back); each feature has a salt of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.features import U64, Spans
from nlp.segment import Word

U32 = NDArray[np.uint32]
Index = NDArray[np.intp]
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
_PAIR, _STEP = np.uint64(0x9FB21C651E98DF25), np.uint64(0x51ED27)
_PAD = 3
_TAG_NAMES = (
    "n nr ns nt nz v vn a ad an d p c u uj ul m q r s t f x eng i j l b z zg g k y e o h ng vg tg uv ud uz ug nrt nrfg mq "
    "vd vq vi dg ag rr rz"
)
_TAGS = {tag: code for code, tag in enumerate(_TAG_NAMES.split(" "), 1)}
# Values that `Layout.codes` may have.
WORD_CODES = 260
# Kinds of characters: 1 digit, 2 letter, 3 Chinese, 4 Chinese numeral, 5 stop, 6 bracket or quote, 7 anything else.
_KIND = np.full(0x10000, 7, dtype=np.uint64)
_KIND[0x4E00:0xA000], _KIND[48], _KIND[97:123] = 3, 1, 2
_KIND[[ord(char) for char in "，。；、！？,.;!?"]] = 5
_KIND[[ord(char) for char in '（）()《》“”"']] = 6


class Features(NamedTuple):
    """Per character of a text of n: `ids` (n, SLOTS); `word` (n,): `Layout.codes`."""

    ids: U32
    word: NDArray[np.int32]


# What features are made of: of runs of 1-4 characters the run that begins so many places on; kinds of characters; of
# the word that stands so many words on the word itself, its last character, its last two, its tag; the position in it.
_RUN_1, _RUN_2, _RUN_3, _RUN_4, _KINDS = range(5)
_WHOLE, _LAST_1, _LAST_2, _TAG = range(4)
_Atom = tuple[str, int, int]


def _run(size: int, shift: int) -> _Atom:
    return ("character", size - 1, shift)


def _kind(shift: int) -> _Atom:
    return ("character", _KINDS, shift)


def _word(row: int, shift: int) -> _Atom:
    return ("word", row, shift)


_AT: _Atom = ("position", 0, 0)
_HERE, _AFTER, _BEFORE = (_word(_WHOLE, shift) for shift in (0, 1, -1))
_TAG_2, _TAG_1, _TAG_0, _TAG1, _TAG2 = (_word(_TAG, shift) for shift in (-2, -1, 0, 1, 2))
_FEATURES: tuple[tuple[_Atom, ...], ...] = (
    *((_run(1, k),) for k in (-3, -2, -1, 0, 1, 2, 3)),
    *((_run(2, k),) for k in (-2, -1, 0, 1)),
    (_run(1, -1), _run(1, 1)),
    *((_run(3, k),) for k in (-2, -1, 0)),
    (_run(4, 0),), (_run(4, -3),),
    tuple(_kind(k) for k in (-2, -1, 0, 1, 2)),
    tuple(_kind(k) for k in (-1, 0, 1)),
    (_HERE, _AT), (_AFTER,), (_BEFORE,), (_BEFORE, _HERE), (_HERE, _AFTER),
    (_TAG_0, _AT), (_TAG_1, _TAG_0, _AT), (_TAG_0, _TAG1, _AT), (_TAG_1, _TAG_0, _TAG1, _AT),
    (_TAG_2, _TAG_1, _AT), (_TAG1, _TAG2, _AT),
    (_word(_LAST_1, 0), _AT), (_word(_LAST_2, 0), _AT), (_word(_LAST_1, 1), _AT), (_word(_LAST_1, -1), _AT),
    (_TAG_0, _word(_LAST_1, 1), _AT), (_TAG1, _word(_LAST_1, 0), _AT),
    (_word(_WHOLE, 2),), (_word(_WHOLE, -2),), (_word(_LAST_2, 1), _TAG1, _AT),
)  # fmt: skip
SLOTS = len(_FEATURES)
# Those of more parts first, so that a part is mixed into the first so many of them.
_ORDER = sorted(range(SLOTS), key=lambda slot: -len(_FEATURES[slot]))
_SALTS = np.array([0x9E3779B97F4A7C15 * (2 * slot + 101) % (1 << 64) for slot in _ORDER], dtype=np.uint64)[
    :, None
]
_ATOMS = sorted({atom for feature in _FEATURES for atom in feature})
_OF_CHARACTER, _OF_WORD = (
    [(row, shift) for name, row, shift in _ATOMS if name == kind] for kind in ("character", "word")
)
_DEPTHS = [
    np.array([_ATOMS.index(_FEATURES[slot][depth]) for slot in _ORDER if len(_FEATURES[slot]) > depth])
    for depth in range(max(map(len, _FEATURES)))
]


def _characters(spans: Spans, points: Index) -> U64:
    """(5, n + padding): hashes of the runs that begin at each character, and its kind; zeros beyond the ends."""
    values = np.zeros((5, spans.length + 2 * _PAD), dtype=np.uint64)
    for size in (1, 2, 3, 4):
        grams = spans.grams(size)
        values[size - 1, _PAD : _PAD + len(grams)] = grams
    values[_KINDS, _PAD:-_PAD] = _KIND.take(points)
    return values


class Layout:
    """How the words of a text of `size` characters lie in it.

    starts, ends, tags: per word. index (size,): which word a character belongs to, the number of words where none does.
    position (size,): 1 first, 2 inside, 3 last character of its word, 4 a word of one, 0 no word. codes (size,): tag · 4 +
    position, 0 where no word is.
    """

    def __init__(self, words: Sequence[Word], size: int) -> None:
        self.starts = np.array([word.start for word in words], dtype=np.intp)
        lengths = np.array([len(word.text) for word in words], dtype=np.intp)
        self.ends = np.minimum(self.starts + lengths, size)
        # A last entry of no tag, for characters of no word.
        self.tags = np.array([*(_TAGS.get(word.tag or "x", 0) for word in words), 0], dtype=np.int32)
        # 1 where a word begins, -1 behind its end: their sum says how many words are open.
        change = np.zeros(size + 1, dtype=np.intp)
        change[self.starts] = 1
        self.index = np.cumsum(change[:-1]) - 1
        change[self.ends] -= 1
        outside = np.cumsum(change[:-1]) == 0
        self.index[outside] = len(words)
        self.position = np.full(size, 2, dtype=np.int32)
        self.position[outside] = 0
        self.position[self.starts] = 1
        self.position[self.ends - 1] = np.where(lengths == 1, 4, 3)
        self.codes: NDArray[np.int32] = 4 * self.tags.take(self.index) + self.position


def _of_words(spans: Spans, layout: Layout) -> U64:
    """(4, words + padding): what is asked of each word; zeros around the words and for no word."""
    starts, ends = layout.starts, layout.ends
    values = np.zeros((4, len(starts) + 4 * _PAD), dtype=np.uint64)
    inner = values[:, _PAD : _PAD + len(starts)]
    inner[_WHOLE] = spans.hashes(starts, ends)
    inner[_LAST_1] = spans.hashes(np.maximum(ends - 1, starts), ends)
    inner[_LAST_2] = spans.hashes(np.maximum(ends - 2, starts), ends)
    inner[_TAG] = layout.tags[:-1]
    return values


def _offsets(atoms: list[tuple[int, int]], width: int) -> Index:
    """Where each atom's row begins in a flat array of padded rows of `width`, shifted; shape (atoms, 1)."""
    return np.array([row * width + shift + _PAD for row, shift in atoms], dtype=np.intp)[:, None]


def feature_ids(normalised: str, layout: Layout, at: Index) -> U32:
    """Features of the characters `at` of a normalised text of at most MAX_CHARS characters, shape (n, SLOTS)."""
    if not len(layout.starts):
        return np.zeros((len(at), SLOTS), np.uint32)
    spans = Spans(normalised)
    points = np.minimum(spans.points, np.uint64(0xFFFF)).astype(np.intp)
    by_character, by_word = _characters(spans, points), _of_words(spans, layout)
    atoms = np.empty((len(_ATOMS), len(at)), dtype=np.uint64)
    split, last = len(_OF_CHARACTER), len(_ATOMS) - len(_OF_WORD)
    index = layout.index.take(at)
    # Characters of no word look at a place far behind the last word.
    index[index == len(layout.starts)] += 2 * _PAD
    by_character.take(_offsets(_OF_CHARACTER, by_character.shape[1]) + at, out=atoms[:split], mode="clip")
    atoms[split] = layout.position.take(at)
    by_word.take(_offsets(_OF_WORD, by_word.shape[1]) + index, out=atoms[last:], mode="clip")
    # One hash per feature: its parts, one after another, mixed in; then spread over all bits.
    hashes = atoms.take(_DEPTHS[0], axis=0)
    for part in _DEPTHS[1:]:
        mixed = hashes[: len(part)]
        mixed *= _PAIR
        mixed ^= atoms.take(part, axis=0) + _STEP
    hashes ^= _SALTS
    hashes ^= hashes >> _S33
    hashes *= _MIX_1
    hashes ^= hashes >> _S33
    hashes *= _MIX_2
    hashes ^= hashes >> _S33
    return np.ascontiguousarray(hashes.T, dtype=np.uint32)


def features(normalised: str, words: Sequence[Word]) -> Features:
    """Features of a whole normalised text; `words` lie in it, in order. Linear time."""
    layout = Layout(words, len(normalised))
    return Features(feature_ids(normalised, layout, np.arange(len(normalised))), layout.codes)
