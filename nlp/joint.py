"""All linear models at once: every feature of a message is looked up and weighed in one pass for all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nlp.features import BLOCKS, Batch
from nlp.linear import F32, Linear
from nlp.lookup import Lookup
from nlp.normalise import MAX_CHARS

_MASK, _BITS, _ABOVE = np.uint64(BLOCKS - 1), np.uint64((BLOCKS - 1).bit_length()), np.uint64(32)
# Log tf of a count; a message has at most MAX_CHARS of anything.
_LOG_TF = (1.0 + np.log(np.maximum(np.arange(MAX_CHARS + 1), 1))).astype(np.float32)
_TINY = np.float32(1e-20)


class Joint:
    """The same scores as each model's own `Linear.scores` (up to float32 rounding).

    `_table`: (V + 1, columns + models) for the union of all models' ids: idf · weight for each of their scores, then
    idf² for each model, 0 where a model does not know the feature; the last row, all 0, is for unknown features.
    `_model`: (columns,) the model of each score. `_dense`: (W, columns).
    """

    def __init__(self, models: Mapping[str, Linear]) -> None:
        widths = [model.weights.shape[1] for model in models.values()]
        ends = np.cumsum(widths).tolist()
        self._columns = {
            name: slice(end - width, end) for name, end, width in zip(models, ends, widths, strict=True)
        }
        ids = _union([model.ids for model in models.values()])
        self._lookup = Lookup(ids)
        self._table = np.zeros((len(ids) + 1, ends[-1] + len(models)), dtype=np.float32)
        self._model = np.repeat(np.arange(len(models)), widths)
        self._bias = np.concatenate([model.bias for model in models.values()])
        self._dense = np.zeros(
            (max(len(model.dense) for model in models.values()), ends[-1]), dtype=np.float32
        )
        for number, (name, model) in enumerate(models.items()):
            at, own = self._lookup.rows(model.ids), self._columns[name]
            self._table[at, own] = model.idf[:, None] * model.weights
            self._table[at, ends[-1] + number] = model.idf**2
            if len(model.dense):
                self._dense[:, own] = model.dense

    def columns(self, name: str) -> slice:
        """Where the scores of a model stand."""
        return self._columns[name]

    def scores(self, batch: Batch, vectors: F32) -> NDArray[np.float64]:
        """Raw scores of every model for every message, shape (messages, columns). vectors: (messages, W)."""
        messages, wide = len(vectors), len(self._model)
        rows = self._lookup.rows(batch.keys.astype(np.uint32))
        known = self._table.take(rows, axis=0)
        group = (batch.keys >> _ABOVE << _BITS) | (batch.keys & _MASK)
        tf = np.eye(messages * BLOCKS, dtype=np.float32).take(group.astype(np.intp), axis=0)
        tf *= _LOG_TF.take(batch.counts)[:, None]
        sums = tf.T @ known[:, :wide]
        tf *= tf
        norms = np.sqrt(tf.T @ known[:, wide:])
        # Where no feature of a block is known its sum is 0 too.
        sums /= np.maximum(norms, _TINY).take(self._model, axis=1)
        total = sums.reshape(messages, BLOCKS, wide).sum(axis=1) + vectors @ self._dense
        return np.asarray(total + self._bias, dtype=np.float64)


def _union(lists: list[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """Sorted distinct ids; numpy's own `unique` takes thirty times as long for a million."""
    every = np.concatenate(lists)
    every.sort()
    return every[np.concatenate(([True], every[1:] != every[:-1]))]
