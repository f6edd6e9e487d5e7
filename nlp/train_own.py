"""Heads learned from messages of our own (nlp/gold, split train): urgency and the five request types.

No public set labels them. A few hundred short messages hold few words, so the heads also look at the word vectors
learned from unlabelled messages, by which a word never labelled is read like the words it keeps company with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp import train_data
from nlp.features import blocks
from nlp.linear import Linear
from nlp.train_fit import Bag, bag, vectors_of
from nlp.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Own:
    """Messages as words with labels and weights, all of one length."""

    docs: list[list[str]]
    labels: NDArray[np.str_]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OwnRecipe:
    """scales: as in `Recipe`. dense: what a unit of a standardised vector component weighs. least: messages per feature."""

    labels: tuple[str, ...]
    cost: float = 2.0
    scales: tuple[float, float, float, float] = (1.0, 1.4, 0.0, 0.0)
    dense: float = 0.1
    least: int = 2
    seed: int = 7


def _counted(features: Bag, least: int) -> NDArray[np.intp]:
    return np.flatnonzero(np.asarray((features.counts > 0).sum(axis=0)).ravel() >= least)


def fit(data: Own, vectors: Vectors, recipe: OwnRecipe) -> Linear:
    """Multinomial logistic regression on hashed features and the word vector together."""
    features = bag(data.docs)
    keep = _counted(features, recipe.least)
    counts, ids = features.counts[:, keep], features.ids[keep]
    idf = np.log((1 + counts.shape[0]) / (1 + np.asarray((counts > 0).sum(axis=0)).ravel())) + 1
    block, scales = blocks(ids), np.array(recipe.scales)
    sparse = vectors_of(counts, idf, block, scales)
    dense = np.array([vectors.of(doc) for doc in data.docs], dtype=np.float64)
    mean, spread = dense.mean(axis=0), dense.std(axis=0).clip(1e-6) / recipe.dense
    both = sp.hstack([sparse, sp.csr_matrix((dense - mean) / spread)]).tocsr()
    model = LogisticRegression(C=recipe.cost, max_iter=300, random_state=recipe.seed)
    model.fit(both, data.labels, sample_weight=data.weights)
    order = [list(model.classes_).index(label) for label in recipe.labels]
    coefficients, bias = model.coef_[order], model.intercept_[order]
    weights = coefficients[:, : len(ids)].T * scales[block][:, None]
    dense_weights = coefficients[:, len(ids) :].T / spread[:, None]
    header = {"labels": list(recipe.labels), "temperature": 1.0, "lead": 0, "min_messages": recipe.least,
              "features": len(ids), "messages": len(data.docs), "seed": recipe.seed}  # fmt: skip
    return Linear(
        ids, idf.astype(np.float32), weights.astype(np.float32), (bias - mean @ dense_weights).astype(np.float32),
        header, dense_weights.astype(np.float32),
    )  # fmt: skip


def read_words(texts: list[str]) -> list[list[str]]:
    """Messages as words."""
    return [train_data.all_words(text) for text in texts]
