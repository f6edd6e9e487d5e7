"""Linear models over hashed features, small enough to ship."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp import stored
from nlp.features import BLOCKS, Counts, blocks
from nlp.stored import ModelError

__all__ = ["MODELS", "Linear", "ModelError", "load", "save", "softmax"]

MODELS = Path(__file__).parent / "models"
F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear scorer over hashed features.

    ids: sorted feature ids, shape (V,). idf: (V,). weights: (V, K), K one score per label. bias: (K,).
    header: name, version, labels, temperature and whatever else the head needs. dense: (W, K), weights of the
    message's word vector (nlp/vectors.py); no rows for a model that does not look at it.
    """

    ids: NDArray[np.uint32]
    idf: F32
    weights: F32
    bias: F32
    header: dict[str, Any]
    dense: F32 = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.header["labels"])

    @property
    def lead(self) -> int:
        """How many of the first words it reads once more apart (`count_features`)."""
        return int(self.header["lead"])

    @property
    def version(self) -> str:
        return str(self.header["version"])

    def scores(self, features: Counts, vector: F32 | None = None) -> NDArray[np.float64]:
        """Raw scores, shape (K,). Each block of features is weighted as a unit vector (tf-idf, log tf).

        vector: the message's word vector, shape (W,), for a model with `dense` weights.
        """
        if vector is not None and len(self.dense):
            return self._sparse_scores(features) + vector @ self.dense
        return self._sparse_scores(features)

    def _sparse_scores(self, features: Counts) -> NDArray[np.float64]:
        at = np.searchsorted(self.ids, features.ids)
        at[at == len(self.ids)] = 0
        known = self.ids[at] == features.ids
        at = at[known]
        if not len(at):
            return self.bias.astype(np.float64)
        values = (1.0 + np.log(features.counts[known])) * self.idf[at]
        block = blocks(features.ids[known])
        norms = np.bincount(block, weights=values * values, minlength=BLOCKS) ** 0.5
        values /= norms[block]
        return values @ self.weights[at] + self.bias

    def probabilities(self, features: Counts) -> NDArray[np.float64]:
        """Calibrated probabilities of the labels, shape (number of labels,)."""
        return self.calibrated(self.scores(features))

    def calibrated(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Softmax (or, for one score, the logistic function) of raw scores over the temperature."""
        temperature = float(self.header["temperature"])
        # So few numbers that numpy would take ten times as long.
        tempered = [score / temperature for score in scores.tolist()]
        if len(tempered) == 1:
            positive = 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, tempered[0]))))
            return np.array([1.0 - positive, positive])
        return np.array(softmax(tempered))

    def idf_of(self, ids: NDArray[np.uint32]) -> F32:
        """Inverse document frequency of features; those the model has never kept count as the rarest."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return np.where(self.ids[at] == ids, self.idf[at], self.idf.max()).astype(np.float32)


def softmax(scores: Sequence[float]) -> list[float]:
    """Shares of a whole in proportion to e^score."""
    most = max(scores)
    exponents = [math.exp(score - most) for score in scores]
    total = sum(exponents)
    return [exponent / total for exponent in exponents]


def save(model: Linear, name: str, folder: Path = MODELS) -> Path:
    """Write `<name>.npz` and `<name>.json`; the same numbers give the same bytes. Returns the .npz path."""
    arrays: dict[str, NDArray[Any]] = {
        "ids": model.ids.astype(np.uint32),
        "idf": model.idf.astype(np.float16),
        "weights": model.weights.astype(np.float16),
        "bias": model.bias.astype(np.float32),
    }
    if len(model.dense):
        arrays["dense"] = model.dense.astype(np.float32)
    return stored.save(arrays, model.header, name, folder)


def load(name: str, folder: Path = MODELS) -> Linear:
    """Read a model. Raises ModelError when a file is missing, of another format, or not what was signed."""
    arrays, header = stored.load(name, folder)
    wide = {part: numbers.astype(np.float32) for part, numbers in arrays.items() if part != "ids"}
    return Linear(ids=arrays["ids"], **wide, header=header)
