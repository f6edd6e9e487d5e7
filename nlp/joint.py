"""Several linear models read the same features: look every feature up once and score them all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.features import BLOCKS, Counts, blocks
from nlp.linear import Linear

_EYE = np.eye(BLOCKS, dtype=np.float32)


class Joint:
    """The same scores as each model's own `Linear.scores` (up to float32 rounding), in one pass over the features.

    ids: sorted union of all models' ids, shape (U,). idf: (U, models), 0 where a model does not know the feature.
    weights: (U, all scores); `_model` says which model each score column belongs to.
    """

    def __init__(self, models: Sequence[Linear]) -> None:
        self._ids = np.unique(np.concatenate([model.ids for model in models]))
        widths = [model.weights.shape[1] for model in models]
        self._idf = np.zeros((len(self._ids), len(models)), dtype=np.float32)
        self._weights = np.zeros((len(self._ids), sum(widths)), dtype=np.float32)
        self._model = np.repeat(np.arange(len(models)), widths)
        self._bias = np.concatenate([model.bias for model in models])
        self._ends = np.cumsum(widths)
        for number, model in enumerate(models):
            at = np.searchsorted(self._ids, model.ids)
            self._idf[at, number] = model.idf
            self._weights[at, self._ends[number] - widths[number] : self._ends[number]] = model.weights

    def scores(self, features: Counts) -> list[NDArray[np.float64]]:
        """Raw scores by model, each of shape (K,)."""
        at = np.searchsorted(self._ids, features.ids)
        at[at == len(self._ids)] = 0
        known = self._ids[at] == features.ids
        at = at[known]
        values = (1.0 + np.log(features.counts[known])).astype(np.float32)[:, None] * self._idf[at]
        block = blocks(features.ids[known])
        norms = np.sqrt(_EYE[block].T @ (values * values))
        norms[norms == 0] = 1.0
        values /= norms[block]
        total = np.einsum("nk,nk->k", values[:, self._model], self._weights[at]) + self._bias
        return np.split(total.astype(np.float64), self._ends[:-1])
