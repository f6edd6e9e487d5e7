"""Held-out figures of each head, as rows to print and to write into the model cards."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import train_data
from nlp.train_data import OWN
from nlp.train_fit import F64, probabilities
from nlp.train_heads import Head, HeldOut, abstain_below, calibrated, rating_map, truth_of
from nlp.train_metrics import (
    Score,
    accuracy,
    auc,
    bootstrap,
    calibration_error,
    macro_f1,
    mean_absolute_error,
)


class Row(NamedTuple):
    """One figure: on what, which measure, by which method."""

    on: str
    measure: str
    method: str
    value: Score | float

    def text(self) -> str:
        shown = str(self.value) if isinstance(self.value, Score) else f"{self.value:.3f}"
        return f"{self.on:<34} {self.measure:<26} {self.method:<26} {shown}"


def label_rows(
    on: str,
    method: str,
    truth: NDArray[np.intp],
    guess: NDArray[np.intp],
    groups: NDArray[np.int64],
    size: int,
) -> list[Row]:
    """Accuracy and macro-F1 with intervals."""
    return [
        Row(on, "accuracy", method, bootstrap(accuracy(truth, guess), groups)),
        Row(on, "macro-F1", method, bootstrap(macro_f1(truth, guess, size), groups)),
    ]


def auc_row(on: str, method: str, positive: NDArray[np.bool_], score: F64, groups: NDArray[np.int64]) -> Row:
    return Row(on, "AUC", method, bootstrap(auc(positive, score), groups))


def _forum_rows(head: Head, result: HeldOut, temperature: float) -> list[Row]:
    truth = truth_of(result.data.labels, head.recipe.labels)
    chances = probabilities(result.scores, temperature)
    top, guess = chances.max(axis=1), chances.argmax(axis=1)
    right = guess == truth
    surest = np.argsort(-top)[: int(0.8 * len(top))]
    bar = abstain_below(top, right)
    size = len(head.recipe.labels)
    rows = label_rows("forum, segmented", "this model", truth, guess, result.data.groups, size)
    rows += [
        Row("forum, segmented", "calibration error", "this model", calibration_error(top, right)),
        Row("forum, segmented", "accuracy, surest 80 %", "this model",
            bootstrap(accuracy(truth[surest], guess[surest]), result.data.groups[surest])),
        Row("forum, segmented", f"share sure (p ≥ {bar:.3f})", "this model", float((top >= bar).mean())),
        Row("forum, segmented", "accuracy where sure", "this model", float(right[top >= bar].mean())),
    ]  # fmt: skip
    if result.extra is not None and result.extra_scores is not None:
        extra_truth = truth_of(result.extra.labels, head.recipe.labels)
        extra_guess = result.extra_scores.argmax(axis=1)
        rows += label_rows(
            "forum, raw text", "this model", extra_truth, extra_guess, result.extra.groups, size
        )
        same = np.isin(result.data.groups, result.extra.groups)
        rows += label_rows("forum, same part segmented", "this model", truth[same], guess[same],
                           result.data.groups[same], size)  # fmt: skip
    return rows


def _sentiment_rows(head: Head, result: HeldOut, temperature: float, folder: Path) -> list[Row]:
    truth = truth_of(result.data.labels, head.recipe.labels)
    positive = probabilities(result.scores, temperature)[:, 1]
    rows: list[Row] = []
    for source in ("hotel", "delivery", "shop"):
        here = result.data.sources == source
        on, groups = f"{source} reviews", result.data.groups[here]
        guess = (positive[here] >= 0.5).astype(np.intp)
        rows.append(Row(on, "accuracy", "this model", bootstrap(accuracy(truth[here], guess), groups)))
        rows.append(auc_row(on, "this model", truth[here] == 1, positive[here], groups))
    here = result.data.sources == "msga"
    neutral = truth[here] < 0
    rows.append(auc_row("government, neutral over angry", "this model", neutral, positive[here],
                        result.data.groups[here]))  # fmt: skip
    return rows


def rating_rows(scores: F64, stars: F64) -> list[Row]:
    """Expected rating of starred reviews: the map is fitted on four fifths and tested on the rest."""
    order = np.random.default_rng(3).permutation(len(stars))
    guess, flat = np.zeros(len(stars)), np.zeros(len(stars))
    for part in range(5):
        test = order[part::5]
        train = np.setdiff1d(order, test)
        a, b = rating_map(scores[train], stars[train])
        guess[test] = 1 + 4 / (1 + np.exp(-(a * scores[test] + b)))
        flat[test] = np.median(stars[train])
    ids = np.arange(len(stars))
    return [
        Row("starred reviews", "mean absolute error", "this model", bootstrap(mean_absolute_error(stars, guess), ids)),
        Row("starred reviews", "mean absolute error", "always the median", bootstrap(mean_absolute_error(stars, flat), ids)),
        Row("starred reviews", "correlation", "this model", float(np.corrcoef(stars, guess)[0, 1])),
    ]  # fmt: skip


def rows_of(head: Head, result: HeldOut, folder: Path) -> list[Row]:
    """All held-out figures of a head."""
    temperature = float(calibrated(head, result)["temperature"])
    if head.name == "forum":
        return _forum_rows(head, result, temperature)
    if head.name == "sentiment":
        return _sentiment_rows(head, result, temperature, folder)
    # Judged on what was labelled by others; messages of our own only help to learn.
    data = result.data.pick(result.data.sources != OWN)
    truth = truth_of(data.labels, head.recipe.labels)
    chances = probabilities(result.scores[result.data.sources != OWN], temperature)
    guess = chances.argmax(axis=1)
    on = {"request_type": "request type (3)", "anger": "angry or neutral"}[head.name]
    rows = label_rows(on, "this model", truth, guess, data.groups, len(head.recipe.labels))
    rows.append(
        Row(on, "calibration error", "this model", calibration_error(chances.max(axis=1), guess == truth))
    )
    if head.name == "anger":
        rows.append(auc_row(on, "this model", truth == 1, chances[:, 1], data.groups))
    return rows


def starred_scores(model_scores: F64, folder: Path) -> list[Row]:
    """Rows for the expected rating; `model_scores` are sentiment scores (over temperature) of the starred reviews."""
    return rating_rows(model_scores, train_data.stars(folder).labels.astype(np.float64))
