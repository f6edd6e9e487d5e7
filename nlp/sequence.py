"""A linear-chain CRF that labels every character: hashed features, a small convolutional net, Viterbi. numpy only.

The scores of a label are the sum of its features' weights and a linear reading of the net's hidden layer (three
convolutions over embeddings of characters, character pairs and word tags). All characters are scored at once, or only
those of some stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import sequence_store
from nlp.linear import MODELS
from nlp.lookup import Index, Lookup
from nlp.segment import Word
from nlp.sequence_features import SLOTS, Layout, feature_ids
from nlp.sequence_store import F32, restore

# Positions each convolution looks at; the second and third add to what they read.
REACH: tuple[tuple[int, ...], ...] = ((-2, -1, 0, 1, 2), (-1, 0, 1), (-2, 0, 2))
# So far on either side the net sees: the sum of the furthest of each.
_NET_REACH = sum(max(reach) for reach in REACH)
PAIR_BITS = 15
_CHUNK = 250
# Pieces of a text that are read at once; more would fill memory with what stands behind the shorter ones.
_LANES = 16
_ONES = np.ones((1, SLOTS), dtype=np.float32)
_UNKNOWN = 1


Stretch = tuple[int, int]


class Look(NamedTuple):
    """A text: its words' layout, `Net.ids` of its characters and `pair_buckets` of those."""

    text: str
    layout: Layout
    ids: NDArray[np.int32]
    pairs: Index


class Span(NamedTuple):
    """A labelled stretch [start, end) of the text."""

    label: str
    start: int
    end: int


def pair_buckets(characters: NDArray[np.int32]) -> Index:
    """Bucket of each character id with the next one's (0 behind the last)."""
    following = np.zeros(len(characters), dtype=np.uint64)
    following[:-1] = characters[1:]
    mixed = (characters.astype(np.uint64) * np.uint64(40503) + following) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(64 - PAIR_BITS)).astype(np.intp)


def neighbours(values: F32, reach: Sequence[int]) -> F32:
    """(n, K·len(reach)): each row beside the rows `reach` away, zeros beyond the ends."""
    size, width = values.shape
    furthest = max(map(abs, reach))
    padded = np.zeros((size + 2 * furthest, width), dtype=np.float32)
    padded[furthest : furthest + size] = values
    return padded.take(np.arange(size)[:, None] + (np.array(reach) + furthest), axis=0).reshape(size, -1)


@dataclass(frozen=True, slots=True)
class Net:
    """Embeddings and convolutions. `characters` maps code points below 65,536 to rows of `character` (1: unknown)."""

    characters: NDArray[np.int32]
    character: F32
    word: F32
    pair: F32
    weights: tuple[F32, ...]
    biases: tuple[F32, ...]

    def ids(self, text: str) -> NDArray[np.int32]:
        """Row of `character` for each character, shape (n,): 0 for a line break, `_UNKNOWN` for a rare one."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        ids = self.characters.take(np.minimum(points, 0xFFFF))
        ids[points == 10] = 0
        return ids

    def hidden(self, ids: NDArray[np.int32], word: NDArray[np.int32], pairs: Index) -> F32:
        """Hidden layer of every character, shape (n, H). pairs: `pair_buckets` of the text's ids."""
        embedded = (
            self.character.take(ids, axis=0),
            self.word.take(word, axis=0),
            self.pair.take(pairs, axis=0),
        )
        values = np.concatenate(embedded, axis=1)
        # A line break separates: nothing is seen through it.
        breaks = np.flatnonzero(ids == 0)
        values[breaks] = 0.0
        for layer, reach in enumerate(REACH):
            seen = neighbours(values, reach) @ self.weights[layer]
            seen += self.biases[layer]
            np.maximum(seen, 0.0, out=seen)
            seen[breaks] = 0.0
            values = seen if layer == 0 else seen + values
        return values


class Tagger:
    """A trained tagger. Reading changes nothing, so threads share one.

    labels: "O" first, then B- and I- of each kind. `_weights`: (V + 1, L), the last row zeros, for unknown features.
    transitions: (L, L), from row to column; start, end: (L,). reading: (H, L), of the net's hidden layer.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]], header: dict[str, Any]) -> None:
        self.header = header
        self.labels: tuple[str, ...] = tuple(header["labels"])
        self._lookup = Lookup(np.cumsum(arrays["id_steps"], dtype=np.uint64).astype(np.uint32))
        table = restore(arrays["weights"], arrays["weight_scales"])
        self._weights = np.concatenate((table, np.zeros((1, table.shape[1]), np.float32)))
        self.transitions, self.start, self.end = (
            arrays[key].astype(np.float32) for key in ("transitions", "start", "end")
        )
        self._into = np.ascontiguousarray(self.transitions.T)
        self.net, self.reading = _net(arrays)

    def look(self, text: str, words: Sequence[Word]) -> Look:
        """A normalised text as the net and the features see it."""
        ids = self.net.ids(text)
        return Look(text, Layout(words, len(text)), ids, pair_buckets(ids))

    def scores(self, look: Look, stretches: Sequence[Stretch] | None = None) -> F32:
        """Score of each label for each character of the stretches [start, end), in order, none touching, or of the whole
        text; shape (n, L)."""
        size = len(look.ids)
        if stretches is None:
            stretches = [(0, size)]
        out = np.zeros((sum(end - start for start, end in stretches), len(self.labels)), dtype=np.float32)
        if not len(out):
            return out
        at, near = np.zeros((2, size), dtype=bool)
        for start, end in stretches:
            at[start:end] = True
            near[max(0, start - _NET_REACH) : end + _NET_REACH] = True
        seen = np.flatnonzero(near)
        hidden = self.net.hidden(look.ids.take(seen), look.layout.codes.take(seen), look.pairs.take(seen))
        rows = self._lookup.rows(feature_ids(look.text, look.layout, np.flatnonzero(at)))
        # In pieces: the gathered weights of a long text would fill memory. As a product with ones numpy adds fastest.
        for i in range(0, len(rows), _CHUNK):
            out[i : i + _CHUNK] = np.matmul(_ONES, self._weights.take(rows[i : i + _CHUNK], axis=0))[:, 0]
        out += hidden[at[seen]] @ self.reading
        return out

    def tag(self, text: str, words: Sequence[Word]) -> list[Span]:
        """Labelled spans of a normalised text, in order. Linear in its length."""
        if not text or not words:
            return []
        return self.spans(self.best(self.scores(self.look(text, words))))

    def tag_within(
        self, look: Look, stretches: Sequence[Stretch], kinds: Sequence[str]
    ) -> tuple[list[Span], F32]:
        """Spans in these stretches (at least one) of a text, and how likely each of its characters, looked at alone,
        belongs to one of `kinds` (0 outside), shape (n,). All else is taken for O."""
        scores = self.scores(look, stretches)
        likely = self.chances(scores, kinds)
        size = len(look.ids)
        pieces: list[F32] = []
        chances = np.zeros(size, dtype=np.float32)
        row = 0
        for start, end in stretches:
            pieces.append(scores[row : row + end - start])
            chances[start:end] = likely[row : row + end - start]
            row += end - start
        labels = [0] * size
        ends = [(start == 0, end == size) for start, end in stretches]
        for (start, end), found in zip(stretches, self._paths(pieces, ends), strict=True):
            labels[start:end] = found
        return self.spans(labels), chances

    def chances(self, scores: F32, kinds: Sequence[str]) -> F32:
        """How likely each character, looked at alone, belongs to one of these kinds, shape (n,)."""
        mine = [i for i, label in enumerate(self.labels) if label[2:] in kinds]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares.take(mine, axis=1).sum(axis=1) / shares.sum(axis=1), dtype=np.float32)

    def best(self, scores: F32) -> list[int]:
        """The likeliest labels of a whole text's characters."""
        return self._paths([scores], [(True, True)])[0] if len(scores) else []

    def _paths(self, pieces: Sequence[F32], ends: Sequence[tuple[bool, bool]]) -> list[list[int]]:
        """The likeliest labels of several pieces of text (Viterbi).

        ends: whether each piece begins its text and whether it ends it; otherwise O stands there.
        """
        order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i]))
        out: list[list[int]] = [[] for _ in pieces]
        for begin in range(0, len(order), _LANES):
            lanes = order[begin : begin + _LANES]
            first = np.array([self.start if ends[i][0] else self.transitions[0] for i in lanes])
            last = np.array([self.end if ends[i][1] else self.transitions[:, 0] for i in lanes])
            labels = self._best_paths([pieces[i] for i in lanes], first, last)
            for lane, i in enumerate(lanes):
                out[i] = labels[: len(pieces[i]), lane].tolist()
        return out

    def _best_paths(self, pieces: Sequence[F32], first: F32, last: F32) -> Index:
        """Labels (characters, pieces) of pieces, longest first, one step for all at once; behind a piece's end anything."""
        sizes = np.array([len(piece) for piece in pieces])
        best = np.zeros((len(pieces[0]), len(pieces), len(self.labels)), dtype=np.float32)
        for lane, piece in enumerate(pieces):
            best[: len(piece), lane] = piece
        best[0] += first
        open_ = (sizes[:, None] > np.arange(len(best))).sum(axis=0).tolist()
        paths = np.empty((len(pieces), *self._into.shape), dtype=np.float32)
        come = np.empty_like(first)
        for step in range(1, len(best)):
            lanes = open_[step]
            np.add(self._into, best[step - 1, :lanes, None], out=paths[:lanes])
            np.maximum.reduce(paths[:lanes], axis=2, out=come[:lanes])
            best[step, :lanes] += come[:lanes]
        labels: Index = np.zeros((len(best), len(pieces)), dtype=np.intp)
        for step in range(len(best) - 1, -1, -1):
            lanes = open_[step]
            labels[step, :lanes] = found = (best[step, :lanes] + last[:lanes]).argmax(axis=1)
            # From here back: what leads to the label found.
            last[:lanes] = self._into.take(found, axis=0)
        return labels

    def spans(self, labels: Sequence[int]) -> list[Span]:
        """The labels, given by index, as spans."""
        return labelled_spans([self.labels[i] for i in labels])


def labelled_spans(labels: Sequence[str]) -> list[Span]:
    """Stretches of B-x I-x …; an I-x that follows nothing of its kind is left out."""
    out: list[Span] = []
    kind, begin = "", 0
    for position, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            out.append(Span(kind, begin, position))
            kind = ""
        if label.startswith("B-"):
            kind, begin = label[2:], position
    return out


def _net(arrays: dict[str, NDArray[Any]]) -> tuple[Net, F32]:
    characters = np.full(0x10000, _UNKNOWN, dtype=np.int32)
    known = arrays["net_characters"]
    characters[known] = np.arange(len(known)) + _UNKNOWN + 1
    characters[48:58] = len(known) + _UNKNOWN + 1  # all digits are one
    layers = range(len(REACH))
    net = Net(
        characters,
        restore(arrays["net_character"], arrays["net_character_scales"]),
        arrays["net_word"].astype(np.float32),
        restore(arrays["net_pair"], arrays["net_pair_scales"]),
        tuple(arrays[f"net_weights_{i}"].astype(np.float32) for i in layers),
        tuple(arrays[f"net_biases_{i}"].astype(np.float32) for i in layers),
    )
    return net, arrays["net_reading"].astype(np.float32)


def load(name: str, folder: Path = MODELS) -> Tagger:
    """Read a tagger. Raises nlp.linear.ModelError when a file is missing, damaged or swapped."""
    return Tagger(*sequence_store.load(name, folder))
