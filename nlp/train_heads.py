"""The four trained heads: their data, recipe, held-out scores and what the served header needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp import train_data
from nlp.linear import Linear
from nlp.train_data import Labelled
from nlp.train_fit import F64, Recipe, bag, fit, fit_temperature, folds, probabilities, scores_of
from nlp.types import FORUM_CATEGORIES

VERSION = "1.0.0"
TARGET_KEPT_ACCURACY = 0.98


@dataclass(frozen=True, slots=True)
class Head:
    """One model: `read` loads its data, `also` (optional) reads other messages scored in the same folds."""

    name: str
    recipe: Recipe
    read: Callable[[Path], Labelled]
    folds: int = 5
    also: Callable[[Path], Labelled] | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of messages by models that never saw them or their near-copies, shape (N, K); NaN rows: not scored."""

    data: Labelled
    scores: F64
    extra: Labelled | None
    extra_scores: F64 | None


_PLAIN = (1.0, 1.0, 0.0, 0.0)
HEADS: dict[str, Head] = {
    head.name: head
    for head in (
        # The subject and the first clause name the topic: read apart they bring 0.6 points of macro-F1.
        Head("forum", Recipe(FORUM_CATEGORIES, min_messages=3, cost=0.5, cost_nb=1.0, lead=15,
                             scales=(1.0, 2.0, 1.0, 1.5)),
             train_data.forum, also=train_data.forum_raw),
        Head("request_type", Recipe(("投诉/求助", "咨询", "建言"), min_messages=5, cost=0.1, cost_nb=0.3, scales=_PLAIN),
             train_data.request_types),
        Head("anger", Recipe(("中性", "愤怒"), min_messages=5, cost=0.2, cost_nb=0.5, scales=_PLAIN), train_data.anger),
        Head("sentiment", Recipe(("0", "1"), min_messages=6, cost=2.0, cost_nb=2.0, logistic=True),
             train_data.sentiment, folds=3),
    )
}  # fmt: skip


def truth_of(labels: NDArray[np.str_], names: tuple[str, ...]) -> NDArray[np.intp]:
    """Index of each label; -1 for labels that are not among the names (the neutral "n")."""
    index = {name: i for i, name in enumerate(names)}
    return np.array([index.get(str(label), -1) for label in labels], dtype=np.intp)


def held_out(head: Head, data_folder: Path) -> HeldOut:
    """Cross-validate a head on grouped folds; every message is scored once, by a model fitted on the others."""
    data = head.read(data_folder)
    extra = head.also(data_folder) if head.also else None
    features = bag(data.docs, head.recipe.lead)
    width = 1 if len(head.recipe.labels) == 2 else len(head.recipe.labels)
    scores = np.full((len(data.docs), width), np.nan)
    extra_scores = np.full((len(extra.docs), width), np.nan) if extra else None
    for train, test in folds(data.labels, data.groups, head.folds, head.recipe.seed):
        part = type(features)(features.ids, features.counts[train])
        model = fit(part, data.labels[train], data.groups[train], data.weights[train], head.recipe)
        scores[test] = scores_of(model, [data.docs[i] for i in test])
        if extra is not None and extra_scores is not None:
            here = np.flatnonzero(np.isin(extra.groups, data.groups[test]))
            extra_scores[here] = scores_of(model, [extra.docs[i] for i in here])
    return HeldOut(data, scores, extra, extra_scores)


def abstain_below(top: F64, right: NDArray[np.bool_]) -> float:
    """The lowest probability above which the held-out answers were right in 98 of 100 cases."""
    order = np.argsort(-top)
    kept = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(kept >= TARGET_KEPT_ACCURACY)
    return round(float(top[order][good[-1]]), 3) if len(good) else 0.99


def rating_map(scores: F64, stars: F64) -> tuple[float, float]:
    """(a, b) of rating = 1 + 4·logistic(a·score + b), least squares on starred reviews."""

    def loss(ab: NDArray[np.float64]) -> float:
        return float(
            ((1 + 4 / (1 + np.exp(-(ab[0] * scores + ab[1]))) - stars) ** 2).mean() + 1e-3 * ab[0] ** 2
        )

    a, b = minimize(loss, np.array([0.3, 0.0]), method="Nelder-Mead").x
    return round(float(a), 4), round(float(b), 4)


def calibrated(head: Head, result: HeldOut) -> dict[str, Any]:
    """Header values learned from held-out scores: temperature and, for the forum head, where to abstain."""
    truth = truth_of(result.data.labels, head.recipe.labels)
    known = truth >= 0
    temperature = fit_temperature(result.scores[known], truth[known])
    values: dict[str, Any] = {"temperature": round(temperature, 4)}
    if head.name == "forum":
        guess = probabilities(result.scores, temperature)
        values["abstain_below"] = abstain_below(guess.max(axis=1), guess.argmax(axis=1) == truth)
    return values


def final(head: Head, data_folder: Path, result: HeldOut) -> Linear:
    """The shipped model: same recipe, fitted on all messages, calibrated by the held-out scores."""
    data = result.data
    model = fit(bag(data.docs, head.recipe.lead), data.labels, data.groups, data.weights, head.recipe)
    header = {**model.header, **calibrated(head, result), "name": head.name, "version": VERSION,
              "messages": len(data.docs), "features": len(model.ids), "seed": head.recipe.seed}  # fmt: skip
    if head.name == "sentiment":
        starred = train_data.stars(data_folder)
        scores = scores_of(model, starred.docs)[:, 0] / header["temperature"]
        header["rating_map"] = list(rating_map(scores, starred.labels.astype(np.float64)))
    return Linear(model.ids, model.idf, model.weights, model.bias, header)
