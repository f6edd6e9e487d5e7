"""Fitting a tagger: linear-chain CRF over hashed features and the net, jointly, by gradient descent.

Forward-backward (Lafferty et al. 2001) in scaled probabilities over batches of texts of like length; AdaGrad for the
sparse weights, Adam for the net; features and hidden units dropped at random; weights averaged over the last passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.segment import Word
from nlp.sequence_features import SLOTS, features
from nlp.sequence_store import F32, quantise
from nlp.train_net import Adam, Grads, backward, forward, stream

I32 = NDArray[np.int32]
# Steps each way from 0 to a row's largest weight: a character adds up 39 rows, so rounding evens out.
_LEVELS = 24


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a tagger is fitted. `least`: near-copy groups a feature must occur in. `kept`: features in the file."""

    epochs: int = 6
    least: int = 3
    kept: int = 110_000
    rate: float = 0.1
    net_rate: float = 1.5e-3
    decay: float = 1e-3
    drop: float = 0.5
    drop_input: float = 0.3
    drop_hidden: float = 0.5
    drop_character: float = 0.05
    batch: int = 32
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Texts:
    """Labelled texts end to end. ids (N, SLOTS), characters, words, labels (N,); offsets and groups per text."""

    ids: NDArray[np.uint32]
    characters: I32
    words: I32
    labels: NDArray[np.intp]
    offsets: NDArray[np.intp]
    groups: NDArray[np.int64]


@dataclass(slots=True)
class Weights:
    """Float weights of a tagger being fitted; `net` holds the embeddings, convolutions and `reading`."""

    ids: NDArray[np.uint32]
    table: F32
    transitions: F32
    start: F32
    end: F32
    net: dict[str, F32]


def read_texts(
    texts: Sequence[tuple[str, list[Word]]],
    labels: Sequence[Sequence[int]],
    groups: Sequence[int],
    table: I32,
) -> Texts:
    """Features of normalised texts with their words; `table` maps code points to character ids of the net."""
    ids, characters, tags = [], [], []
    for text, words in texts:
        found = features(text, words)
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        ids.append(found.ids)
        tags.append(found.word)
        characters.append(np.where(points == 10, 0, table[np.minimum(points, 0xFFFF)]).astype(np.int32))
    offsets = np.cumsum([0] + [len(text) for text, _ in texts])
    return Texts(np.concatenate(ids), np.concatenate(characters), np.concatenate(tags),
                 np.concatenate([np.asarray(row, dtype=np.intp) for row in labels]), offsets,
                 np.asarray(groups, dtype=np.int64))  # fmt: skip


def shared_ids(data: Texts, chosen: NDArray[np.intp], least: int) -> NDArray[np.uint32]:
    """Sorted ids of features that occur in at least `least` groups of near-copies among the chosen texts."""
    rows = np.concatenate([np.arange(data.offsets[i], data.offsets[i + 1]) for i in chosen])
    lengths = np.diff(data.offsets)[chosen]
    group = np.repeat(np.unique(data.groups[chosen], return_inverse=True)[1], lengths).astype(np.uint64)
    keys = np.unique(((data.ids[rows].astype(np.uint64) << np.uint64(20)) | group[:, None]).ravel())
    ids, counts = np.unique(keys >> np.uint64(20), return_counts=True)
    return ids[counts >= least].astype(np.uint32)


def rows_of(ids: NDArray[np.uint32], wanted: NDArray[np.uint32]) -> I32:
    """1 + position in `ids`, 0 where absent."""
    at = np.searchsorted(ids, wanted)
    at[at == len(ids)] = 0
    return np.where(ids[at] == wanted, at + 1, 0).astype(np.int32)


def forward_backward(
    scores: F32, mask: NDArray[np.bool_], transitions: F32, start: F32, end: F32
) -> tuple[F32, NDArray[np.float64]]:
    """Marginals (T, B, L) of each label and expected transitions (L, L), summed over the batch."""
    steps, batch, size = scores.shape
    emit = np.exp(scores - scores.max(axis=2, keepdims=True))
    step = np.exp(transitions)
    alpha, scale = np.zeros_like(emit), np.ones((steps, batch), np.float32)
    now = emit[0] * np.exp(start)
    scale[0] = now.sum(axis=1)
    alpha[0] = now / scale[0][:, None]
    for t in range(1, steps):
        now = (alpha[t - 1] @ step) * emit[t]
        scale[t] = np.where(mask[t], np.maximum(now.sum(axis=1), 1e-30), 1.0)
        alpha[t] = np.where(mask[t][:, None], now / scale[t][:, None], alpha[t - 1])
    beta = np.zeros_like(emit)
    beta[-1] = np.exp(end) / (alpha[-1] @ np.exp(end))[:, None]
    pairs = np.zeros((size, size))
    for t in range(steps - 1, 0, -1):
        here = mask[t]
        ahead = emit[t] * beta[t] / scale[t][:, None]
        pairs += (alpha[t - 1][here].T @ ahead[here]) * step
        beta[t - 1] = np.where(here[:, None], ahead @ step.T, beta[t])
    return alpha * beta * mask[:, :, None], pairs


class _AdaGrad:
    def __init__(self, like: F32) -> None:
        self.squares = np.full(like.shape, 1e-2, np.float32)

    def step(self, weights: F32, gradient: F32, rate: float, rows: Any = slice(None)) -> None:
        self.squares[rows] += gradient**2
        weights[rows] -= rate * gradient / np.sqrt(self.squares[rows])


def _batches(lengths: NDArray[np.intp], size: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """Indices in batches of texts of like length, in random order."""
    order = np.argsort(lengths // 6 + rng.random(len(lengths)) * 2, kind="stable")
    parts = [order[i : i + size] for i in range(0, len(order), size)]
    return [parts[i] for i in rng.permutation(len(parts))]


class Fit:
    """One fit of a CRF on the chosen texts; `run` gives the averaged weights."""

    def __init__(
        self, data: Texts, chosen: NDArray[np.intp], size: int, net: dict[str, F32], recipe: Recipe
    ) -> None:
        self.data, self.chosen, self.recipe = data, chosen, recipe
        self.rng = np.random.default_rng(recipe.seed)
        ids = shared_ids(data, chosen, recipe.least)
        self.rows = rows_of(ids, data.ids)
        net = {key: value.copy() for key, value in net.items() if not key.startswith("out")}
        hidden = net["b0"].shape[0]
        net["reading"] = (self.rng.standard_normal((hidden, size)) * 0.02).astype(np.float32)
        zeros = np.zeros((len(ids) + 1, size), np.float32)
        self.w = Weights(
            ids, zeros, np.zeros((size, size), np.float32), zeros[0].copy(), zeros[0].copy(), net
        )
        self._steps = {
            key: _AdaGrad(getattr(self.w, key)) for key in ("table", "transitions", "start", "end")
        }
        self._adam = Adam(net, recipe.net_rate)

    def run(self) -> Weights:
        """All passes over the data; what is returned is the mean of the weights after the last 40 % of them."""
        recipe, lengths = self.recipe, np.diff(self.data.offsets)[self.chosen]
        kept: list[Weights] = []
        total = recipe.epochs * -(-len(self.chosen) // recipe.batch)
        done = 0
        for epoch in range(recipe.epochs):
            for batch in _batches(lengths, recipe.batch, self.rng):
                done += 1
                self._learn(self.chosen[batch], max(0.05, 1 - done / total))
            if epoch + 1 > recipe.epochs * 0.6:
                kept.append(_copy(self.w))
        return _mean(kept)

    def _learn(self, texts: NDArray[np.intp], rate: float) -> None:
        """One step on one batch."""
        data, recipe, w, rng = self.data, self.recipe, self.w, self.rng
        lengths = np.diff(data.offsets)[texts]
        at = np.concatenate([np.arange(data.offsets[i], data.offsets[i + 1]) for i in texts])
        lane = np.repeat(np.arange(len(texts)), lengths)
        time = np.concatenate([np.arange(n) for n in lengths])
        rows = np.where(rng.random((len(at), SLOTS), dtype=np.float32) < recipe.drop, 0, self.rows[at])
        used, column = np.unique(rows, return_inverse=True)
        seen = sp.csr_matrix(
            (np.ones(rows.size, np.float32), column.ravel(), np.arange(0, rows.size + 1, SLOTS)),
            (len(at), len(used)),
        )
        source = stream(data.offsets, texts)
        hidden, tape, drop = self._hidden(source)
        inside = source >= 0
        scores = np.zeros((int(lengths.max()), len(texts), w.table.shape[1]), np.float32)
        mask = np.zeros(scores.shape[:2], dtype=bool)
        scores[time, lane] = seen @ w.table[used] / (1 - recipe.drop) + hidden[inside] @ w.net["reading"]
        mask[time, lane] = True
        marginals, pairs = forward_backward(scores, mask, w.transitions, w.start, w.end)
        gap = marginals[time, lane]
        gap[np.arange(len(at)), data.labels[at]] -= 1
        self._step_chain(at, time, lane, lengths, gap, pairs, rate)
        gradient = seen.T @ gap + recipe.decay * len(texts) * w.table[used]
        gradient[used == 0] = 0
        self._steps["table"].step(w.table, gradient, recipe.rate * rate, used)
        grads: Grads = {"reading": hidden[inside].T @ gap / len(texts)}
        below = np.zeros_like(hidden)
        below[inside] = gap @ w.net["reading"].T / len(texts)
        backward(w.net, below * drop, tape, grads)
        self._adam.step(w.net, grads, rate)

    def _hidden(self, source: NDArray[np.intp]) -> tuple[F32, Any, F32]:
        """The net's hidden layer along the stream, with units dropped; its tape and mask for the way back."""
        data, recipe, rng = self.data, self.recipe, self.rng
        inside = source >= 0
        characters = np.where(inside, data.characters[source], 0).astype(np.int32)
        characters[(characters > 0) & (rng.random(len(source)) < recipe.drop_character)] = 1
        words = np.where(inside, data.words[source], 0)
        hidden, tape = forward(self.w.net, characters, words, recipe.drop_input, rng)
        keep = 1 - recipe.drop_hidden
        drop = (rng.random(hidden.shape, dtype=np.float32) < keep).astype(np.float32) / np.float32(keep)
        return hidden * drop, tape, drop

    def _step_chain(
        self, at: Any, time: Any, lane: Any, lengths: Any, gap: F32, pairs: Any, rate: float
    ) -> None:
        """`gap` is marginals less truth, so its first and last rows are the gradients of start and end."""
        w, labels = self.w, self.data.labels
        later = time > 0
        moves = pairs.copy()
        np.subtract.at(moves, (labels[at[later] - 1], labels[at[later]]), 1)
        rate *= self.recipe.rate * 3
        self._steps["transitions"].step(w.transitions, moves.astype(np.float32), rate)
        self._steps["start"].step(w.start, gap[~later].sum(axis=0), rate)
        self._steps["end"].step(w.end, gap[time == lengths[lane] - 1].sum(axis=0), rate)


def _copy(w: Weights) -> Weights:
    return Weights(w.ids, w.table.copy(), w.transitions.copy(), w.start.copy(), w.end.copy(),
                   {key: value.copy() for key, value in w.net.items()})  # fmt: skip


def _mean(kept: list[Weights]) -> Weights:
    def mean(read: Callable[[Weights], F32]) -> F32:
        return np.mean([read(w) for w in kept], axis=0, dtype=np.float32)

    net = {key: mean(lambda w, key=key: w.net[key]) for key in kept[0].net}  # type: ignore[misc]
    return Weights(kept[0].ids, mean(lambda w: w.table), mean(lambda w: w.transitions), mean(lambda w: w.start),
                   mean(lambda w: w.end), net)  # fmt: skip


def average(several: Sequence[Weights]) -> Weights:
    """The mean of fits that started from the same net on the same texts, so that their weights correspond."""
    return _mean(list(several))


def packed(w: Weights, kept: int, characters: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Arrays of a tagger file: the `kept` features with the largest weights, rounded to 8 bits."""
    size = np.abs(w.table[1:]).max(axis=1)
    best = np.sort(np.argsort(-size, kind="stable")[:kept])
    arrays: dict[str, NDArray[Any]] = {
        "id_steps": np.diff(w.ids[best], prepend=np.uint32(0)).astype(np.uint32)
    }
    arrays["weights"], arrays["weight_scales"] = quantise(w.table[1:][best], _LEVELS)
    arrays |= {"transitions": w.transitions, "start": w.start, "end": w.end}
    for name, key in (("net_character", "character"), ("net_pair", "pair")):
        arrays[name], arrays[f"{name}_scales"] = quantise(w.net[key], _LEVELS)
    arrays["net_word"] = w.net["word"].astype(np.float16)
    arrays["net_reading"] = w.net["reading"].astype(np.float16)
    arrays["net_characters"] = np.array([ord(char) for char in characters], dtype=np.uint16)
    for layer in range(3):
        arrays[f"net_weights_{layer}"] = w.net[f"w{layer}"].astype(np.float16)
        arrays[f"net_biases_{layer}"] = w.net[f"b{layer}"].astype(np.float32)
    return arrays
