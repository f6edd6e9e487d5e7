"""Fitting: features kept when many different messages share them, SVC and NB-SVM averaged, temperature-scaled.

NB-SVM (Wang & Manning 2012) scales each feature by its naive Bayes log-count ratio before a linear SVC; both
models are linear in the same features, so their average is one matrix. The temperature (Guo et al. 2017) is
fitted on scores of grouped cross-validation, so that probabilities mean what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from nlp.features import BLOCKS, blocks, count_features
from nlp.linear import Linear

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted.

    min_messages: distinct near-duplicate groups a feature must occur in. lead: words that are read once more apart.
    scales: length of the vectors of words, characters, words of the lead and characters of the lead.
    """

    labels: tuple[str, ...]
    min_messages: int = 5
    cost: float = 1.0
    cost_nb: float = 2.0
    lead: int = 0
    scales: tuple[float, float, float, float] = (1.0, 1.4, 0.0, 0.0)
    logistic: bool = False
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Bag:
    """Feature counts of many messages: ids (V,) sorted, counts (N, V)."""

    ids: NDArray[np.uint32]
    counts: sp.csr_matrix


def bag(docs: list[list[str]], lead: int = 0) -> Bag:
    """Counts of all messages over all their features."""
    parts = [count_features(doc, lead) for doc in docs]
    ids, columns = np.unique(np.concatenate([part.ids for part in parts]), return_inverse=True)
    data = np.concatenate([part.counts for part in parts]).astype(np.float32)
    starts = np.cumsum([0] + [len(part.ids) for part in parts])
    return Bag(ids, sp.csr_matrix((data, columns, starts), shape=(len(docs), len(ids))))


def _shared(counts: sp.csr_matrix, groups: NDArray[np.int64], least: int) -> NDArray[np.intp]:
    """Columns of features that occur in at least `least` different groups of near-copies."""
    _, group = np.unique(groups, return_inverse=True)
    size = counts.shape[0]
    member = sp.csr_matrix(
        (np.ones(size, np.float32), (group, np.arange(size))), shape=(group.max() + 1, size)
    )
    seen = member @ (counts > 0).astype(np.float32)
    seen.data[:] = 1.0
    return np.flatnonzero(np.asarray(seen.sum(axis=0)).ravel() >= least)


def vectors_of(counts: sp.csr_matrix, idf: F64, block: NDArray[np.intp], scales: F64) -> sp.csr_matrix:
    """Each block of features as a tf-idf vector (log tf) of its scale, side by side."""
    weighted = counts.astype(np.float64).copy()
    weighted.data = 1.0 + np.log(weighted.data)
    weighted = weighted @ sp.diags(idf)
    parts = [scales[b] * normalize(weighted @ sp.diags((block == b).astype(float))) for b in range(BLOCKS)]
    return sum(parts[1:], parts[0]).tocsr()


def _ratio(vectors: sp.csr_matrix, positive: NDArray[np.bool_]) -> F64:
    inside = 1.0 + np.asarray(vectors[positive].sum(axis=0)).ravel()
    outside = 1.0 + np.asarray(vectors[~positive].sum(axis=0)).ravel()
    return np.asarray(np.log((inside / inside.sum()) / (outside / outside.sum())), dtype=np.float64)


def _binary(
    vectors: sp.csr_matrix, target: NDArray[np.bool_], weights: F64, recipe: Recipe
) -> tuple[F64, float]:
    """Weights and bias of SVC (or logistic regression) and its NB twin, averaged."""

    def make(cost: float) -> Any:
        if recipe.logistic:
            return LogisticRegression(C=cost, solver="liblinear", random_state=recipe.seed)
        return LinearSVC(C=cost, random_state=recipe.seed)

    plain = make(recipe.cost).fit(vectors, target, sample_weight=weights)
    ratio = _ratio(vectors, target)
    scaled = make(recipe.cost_nb).fit(vectors @ sp.diags(ratio), target, sample_weight=weights)
    matrix = (plain.coef_.ravel() + scaled.coef_.ravel() * ratio) / 2
    return matrix, float(plain.intercept_[0] + scaled.intercept_[0]) / 2


def fit(
    data: Bag, labels: NDArray[np.str_], groups: NDArray[np.int64], weights: F64, recipe: Recipe
) -> Linear:
    """Fit one head. Two labels give one column (the second label is positive); "n" rows count half each way."""
    keep = _shared(data.counts, groups, recipe.min_messages)
    counts, ids = data.counts[:, keep], data.ids[keep]
    frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
    block, scales = blocks(ids), np.array(recipe.scales)
    vectors = vectors_of(counts, idf, block, scales)
    neutral = labels == "n"
    if neutral.any():
        vectors = sp.vstack([vectors, vectors[neutral]]).tocsr()
        weights = np.concatenate([np.where(neutral, weights / 2, weights), weights[neutral] / 2])
        labels = np.concatenate(
            [np.where(neutral, recipe.labels[0], labels), np.full(neutral.sum(), recipe.labels[1])]
        )
    targets = recipe.labels[1:] if len(recipe.labels) == 2 else recipe.labels
    fitted = [_binary(vectors, labels == label, weights, recipe) for label in targets]
    matrix = np.stack([column for column, _ in fitted], axis=1)
    matrix *= scales[block][:, None]
    header = {
        "labels": list(recipe.labels),
        "temperature": 1.0,
        "lead": recipe.lead,
        "min_messages": recipe.min_messages,
    }
    bias = np.array([offset for _, offset in fitted], dtype=np.float32)
    return Linear(ids, idf.astype(np.float32), matrix.astype(np.float32), bias, header)


def scores_of(model: Linear, docs: list[list[str]]) -> F64:
    """Raw scores of many messages, shape (N, K), by the very code that serves."""
    return np.array([model.scores(count_features(doc, model.lead)) for doc in docs]).reshape(len(docs), -1)


def probabilities(scores: F64, temperature: float) -> F64:
    """Softmax (or logistic) probabilities, shape (N, number of labels)."""
    if scores.shape[1] == 1:
        positive = 1 / (1 + np.exp(-np.clip(scores[:, 0] / temperature, -30, 30)))
        return np.stack([1 - positive, positive], axis=1)
    exponents = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_temperature(scores: F64, truth: NDArray[np.intp]) -> float:
    """The temperature that makes the truth likeliest."""

    def loss(log_temperature: float) -> float:
        chosen = probabilities(scores, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 3), method="bounded").x))


def folds(
    labels: NDArray[np.str_], groups: NDArray[np.int64], count: int, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """(train, held-out) index pairs; near-copies never stand on both sides."""
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(labels)), labels, groups))
