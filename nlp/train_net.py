"""The tagger's net while it is trained: forward with a tape, backward, Adam (Kingma & Ba 2015). numpy only.

The same layers as nlp.sequence.Net; a test compares the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.sequence import PAIR_BITS, REACH, neighbours, pair_buckets
from nlp.sequence_store import F32

I32 = NDArray[np.int32]
Grads = dict[str, F32]
Tape = list[Any]
WIDTHS = {"character": 48, "word": 16, "pair": 16}
HIDDEN, WORD_CODES, GAP = 96, 260, 3


def fresh(characters: F32, outputs: int, seed: int) -> dict[str, F32]:
    """Random weights; `characters` (C, 48) are the embeddings to start from."""
    rng = np.random.default_rng(seed)

    def normal(scale: float, *shape: int) -> F32:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    net = {"character": characters.astype(np.float32).copy(), "word": normal(0.1, WORD_CODES, WIDTHS["word"]),
           "pair": normal(0.05, 1 << PAIR_BITS, WIDTHS["pair"])}  # fmt: skip
    width = sum(WIDTHS.values())
    for layer, reach in enumerate(REACH):
        fan = len(reach) * width
        net[f"w{layer}"] = normal((2 / fan) ** 0.5 * (1.0 if layer == 0 else 0.5), fan, HIDDEN)
        net[f"b{layer}"] = np.zeros(HIDDEN, np.float32)
        width = HIDDEN
    return net | {"out_w": normal(0.05, HIDDEN, outputs), "out_b": np.zeros(outputs, np.float32)}


def stream(offsets: NDArray[np.intp], texts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Positions of the texts' characters one after another, with gaps of -1 so that no text sees the next."""
    gap = np.full(GAP, -1, dtype=np.intp)
    parts = [gap]
    for i in texts:
        parts += [np.arange(offsets[i], offsets[i + 1]), gap]
    return np.concatenate(parts)


def forward(
    net: dict[str, F32],
    characters: I32,
    words: I32,
    drop: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[F32, Tape]:
    """Hidden layer (n, HIDDEN) along a stream; character 0 is a gap. The tape is for `backward`."""
    pairs = pair_buckets(characters)
    inside = (characters > 0)[:, None].astype(np.float32)
    values = (
        np.concatenate((net["character"][characters], net["word"][words], net["pair"][pairs]), axis=1)
        * inside
    )
    kept = np.float32(1.0)
    if rng is not None and drop:
        kept = (rng.random(values.shape, dtype=np.float32) > drop).astype(np.float32) / np.float32(1 - drop)  # type: ignore[assignment]
        values = values * kept
    tape: Tape = [characters, words, pairs, inside, kept]
    for layer, reach in enumerate(REACH):
        seen = neighbours(values, reach)
        active = np.maximum(seen @ net[f"w{layer}"] + net[f"b{layer}"], 0.0) * inside
        tape.append((seen, active > 0))
        values = active if layer == 0 else active + values
    return values, tape


def _shifted_back(gradient: F32, reach: tuple[int, ...]) -> F32:
    """The way back through `neighbours`."""
    size, width = len(gradient), gradient.shape[1] // len(reach)
    out = np.zeros((size, width), np.float32)
    for column, shift in enumerate(reach):
        to, source = slice(max(0, shift), size + min(0, shift)), slice(max(0, -shift), size - max(0, shift))
        out[to] += gradient[source, column * width : (column + 1) * width]
    return out


def backward(net: dict[str, F32], below: F32, tape: Tape, grads: Grads) -> None:
    """Add the gradients of all of the net's weights to `grads`; `below` is that of the hidden layer."""
    characters, words, pairs, inside, kept = tape[:5]
    for layer in reversed(range(len(REACH))):
        seen, active = tape[5 + layer]
        local = below * active
        grads[f"w{layer}"], grads[f"b{layer}"] = seen.T @ local, local.sum(axis=0)
        through = _shifted_back(local @ net[f"w{layer}"].T, REACH[layer])
        below = through if layer == 0 else through + below
    below = below * inside * kept
    column = 0
    for key, rows in (("character", characters), ("word", words), ("pair", pairs)):
        width = WIDTHS[key]
        one_hot = sp.csr_matrix(
            (np.ones(len(rows), np.float32), rows, np.arange(len(rows) + 1)), (len(rows), len(net[key]))
        )
        grads[key] = np.asarray(one_hot.T @ below[:, column : column + width], dtype=np.float32)
        column += width


class Adam:
    """Adam with its usual constants; weights without a gradient in a step are left alone."""

    def __init__(self, weights: dict[str, F32], rate: float) -> None:
        self._first = {key: np.zeros_like(value) for key, value in weights.items()}
        self._second = {key: np.zeros_like(value) for key, value in weights.items()}
        self._rate, self._count = rate, 0

    def step(self, weights: dict[str, F32], grads: Grads, share: float) -> None:
        """`share` of the learning rate: it falls while training."""
        self._count += 1
        rate = self._rate * share * (1 - 0.999**self._count) ** 0.5 / (1 - 0.9**self._count)
        for key, gradient in grads.items():
            first, second = self._first[key], self._second[key]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            weights[key] -= (rate * first / (np.sqrt(second) + 1e-8)).astype(np.float32)
