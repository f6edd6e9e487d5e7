"""A linear-chain CRF that labels every character: hashed features, a small convolutional net, Viterbi. numpy only.

The scores of a label are the sum of its features' weights and a linear reading of the net's hidden layer (three
convolutions over embeddings of characters, character pairs and word tags). All characters are scored at once; the
best label sequence is then found only where the label O is in doubt.
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
from nlp.sequence_features import SLOTS, Features, features
from nlp.sequence_store import F32, restore

# Positions each convolution looks at; the second and third add to what they read.
REACH: tuple[tuple[int, ...], ...] = ((-2, -1, 0, 1, 2), (-1, 0, 1), (-2, 0, 2))
PAIR_BITS = 15
# Where O leads by so much (log scale), no path through another label wins.
_SURE_OUTSIDE = 4.0
_CHUNK = 250
_ONES = np.ones((1, SLOTS), dtype=np.float32)
_UNKNOWN = 1


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

    def hidden(self, text: str, word: NDArray[np.int32]) -> F32:
        """Hidden layer of every character, shape (n, H)."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        ids = self.characters.take(np.minimum(points, 0xFFFF))
        ids[points == 10] = 0
        embedded = (
            self.character.take(ids, axis=0),
            self.word.take(word, axis=0),
            self.pair.take(pair_buckets(ids), axis=0),
        )
        values = np.concatenate(embedded, axis=1)
        # A line break separates: nothing is seen through it.
        breaks = np.flatnonzero(points == 10)
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

    def scores(self, text: str, read: Features, at: Index | None = None) -> F32:
        """Score of each label for each character of `at` (all if None), for which the features are, shape (n, L)."""
        rows = self._lookup.rows(read.ids)
        out = np.empty((len(rows), len(self.labels)), dtype=np.float32)
        # In pieces: the gathered weights of a long text would fill memory. As a product with ones numpy adds fastest.
        for i in range(0, len(rows), _CHUNK):
            out[i : i + _CHUNK] = np.matmul(_ONES, self._weights.take(rows[i : i + _CHUNK], axis=0))[:, 0]
        if len(out):
            hidden = self.net.hidden(text, read.word)
            out += (hidden if at is None else hidden.take(at, axis=0)) @ self.reading
        return out

    def tag(self, text: str, words: Sequence[Word]) -> list[Span]:
        """Labelled spans of a normalised text, in order. Linear in its length."""
        if not text or not words:
            return []
        return self.spans(self.best(self.scores(text, features(text, words))))

    def chances(self, scores: F32, kinds: Sequence[str]) -> F32:
        """How likely each character, looked at alone, belongs to one of these kinds, shape (n,)."""
        mine = [i for i, label in enumerate(self.labels) if label[2:] in kinds]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares[:, mine].sum(axis=1) / shares.sum(axis=1), dtype=np.float32)

    def best(self, scores: F32) -> list[int]:
        """The likeliest label of each character, found by Viterbi between the characters that are surely outside."""
        size = len(scores)
        labels = [0] * size
        open_ = scores[:, 1:].max(axis=1) + _SURE_OUTSIDE > scores[:, 0]
        edges = np.flatnonzero(np.diff(np.concatenate(([False], open_, [False])).astype(np.int8)))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            first = self.start if begin == 0 else self.transitions[0]
            last = self.end if end == size else self.transitions[:, 0]
            labels[begin:end] = self._viterbi(scores[begin:end], first, last)
        return labels

    def _viterbi(self, scores: F32, first: F32, last: F32) -> list[int]:
        into = self._into
        best = first + scores[0]
        back: list[Index] = []
        lanes = np.arange(len(best))
        for row in scores[1:]:
            paths = into + best
            come = paths.argmax(axis=1)
            best = paths[lanes, come] + row
            back.append(come)
        label = int((best + last).argmax())
        out = [label]
        for come in reversed(back):
            label = int(come[label])
            out.append(label)
        return out[::-1]

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
