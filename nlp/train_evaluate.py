"""``python -m nlp evaluate``: held-out scores of every head beside what anyone could install instead."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlp import train_data, train_places_report
from nlp.snownlp_engine import snownlp_sentiment
from nlp.train_data import Labelled
from nlp.train_fit import F64, folds, scores_of
from nlp.train_gold import EVALUATIONS as GOLD
from nlp.train_heads import HEADS, Head, HeldOut, calibrated, final, held_out, truth_of
from nlp.train_learning import learning_rows
from nlp.train_mask import mask_rows
from nlp.train_report import Row, auc_row, label_rows, rows_of, starred_scores
from nlp.train_service import service_rows
from nlp.train_summary import keyword_rows, summary_rows
from nlp.trouble_evaluate import evaluate as evaluate_trouble

_SNOWNLP_SAMPLE = 500
_BASELINE = "jieba+TF-IDF+LinearSVC"


def baseline_scores(head: Head, data: Labelled) -> F64:
    """The plain recipe on the same folds: jieba words, TF-IDF, LinearSVC with their defaults."""
    cut = data.texts if head.name == "forum" else [" ".join(jieba.cut(text)) for text in data.texts]
    width = 1 if len(head.recipe.labels) == 2 else len(head.recipe.labels)
    out = np.full((len(cut), width), np.nan)
    for train, test in folds(data.labels, data.groups, head.folds, head.recipe.seed):
        train = train[data.labels[train] != "n"]
        vectorizer = TfidfVectorizer(analyzer=str.split)
        model = LinearSVC(random_state=0).fit(vectorizer.fit_transform([cut[i] for i in train]),
                                              truth_of(data.labels[train], head.recipe.labels))  # fmt: skip
        scores = model.decision_function(vectorizer.transform([cut[i] for i in test]))
        out[test] = scores.reshape(len(test), -1)
    return out


def snownlp_scores(texts: list[str]) -> F64:
    """SnowNLP's own sentiment (0-1)."""
    return np.array([snownlp_sentiment(text) for text in texts])


def _parts(head: Head, data: Labelled) -> list[tuple[str, NDArray[np.bool_]]]:
    if head.name == "sentiment":
        return [(f"{s} reviews", data.sources == s) for s in ("hotel", "delivery", "shop")]
    on = {"forum": "forum, segmented", "request_type": "request type (3)", "anger": "angry or neutral"}[
        head.name
    ]
    return [(on, data.sources != train_data.OWN)]


def baseline_rows(head: Head, data: Labelled) -> list[Row]:
    """Majority, the plain recipe, and (for feelings) SnowNLP on a seeded sample."""
    truth, size = truth_of(data.labels, head.recipe.labels), len(head.recipe.labels)
    scores = baseline_scores(head, data)
    rows: list[Row] = []
    for on, here in _parts(head, data):
        mine, groups = truth[here], data.groups[here]
        most = np.full(len(mine), np.bincount(mine).argmax())
        rows += label_rows(on, "majority", mine, most, groups, size)[:1]
        guess = (scores[here, 0] > 0).astype(np.intp) if size == 2 else scores[here].argmax(axis=1)
        rows += label_rows(on, _BASELINE, mine, guess, groups, size)
        if size == 2:
            rows.append(auc_row(on, _BASELINE, mine == 1, scores[here, 0], groups))
            rows += _snownlp_rows(head, data, on, np.flatnonzero(here))
    return rows


def _snownlp_rows(head: Head, data: Labelled, on: str, where: NDArray[np.intp]) -> list[Row]:
    sample = np.random.default_rng(5).choice(where, min(_SNOWNLP_SAMPLE, len(where)), replace=False)
    truth, groups = truth_of(data.labels[sample], head.recipe.labels), data.groups[sample]
    score = snownlp_scores([data.texts[i] for i in sample])
    score = 1 - score if head.name == "anger" else score
    method = f"snownlp ({len(sample)} sampled)"
    return [*label_rows(on, method, truth, (score > 0.5).astype(np.intp), groups, 2)[:1],
            auc_row(on, method, truth == 1, score, groups)]  # fmt: skip


def _rating_rows(head: Head, data: Path, result: HeldOut) -> list[Row]:
    model = final(head, data, result)
    scores = scores_of(model, train_data.stars(data).docs)[:, 0] / calibrated(head, result)["temperature"]
    return starred_scores(scores, data)


def _head_rows(name: str, data: Path) -> list[Row]:
    head = HEADS[name]
    sys.stderr.write(f"{name}: {head.folds} grouped folds …" + "\n")
    result = held_out(head, data)
    rows = rows_of(head, result, data)
    if name == "sentiment":
        rows += _rating_rows(head, data, result)
    return sorted(rows + baseline_rows(head, result.data), key=lambda row: (row.on, row.measure))


def _print(rows_from: Callable[[Path], list[Row]], data: Path) -> None:
    for row in rows_from(data):
        sys.stdout.write(row.text() + "\n")
    sys.stdout.flush()


def _rows(rows_from: Callable[[Path], list[Row]]) -> Callable[[Path], None]:
    return partial(_print, rows_from)


# What can be measured, by the name that --only takes; each prints its figures.
EVALUATIONS: dict[str, Callable[[Path], None]] = {
    **{name: _rows(partial(_head_rows, name)) for name in HEADS},
    **{name: _rows(rows_from) for name, rows_from in GOLD.items()},
    "places": train_places_report.evaluate,
    "mask": _rows(mask_rows),
    "summary": _rows(summary_rows),
    "keywords": _rows(keyword_rows),
    "service": _rows(service_rows),
    "learning": _rows(lambda data: list(learning_rows(data))),
    "topics": partial(evaluate_trouble, name="topics"),
    "similar": partial(evaluate_trouble, name="similar"),
}
# A million texts take a quarter of an hour: only when asked for by name.
_LONG = frozenset(["similar"])


def evaluate(data: Path, only: str | None = None) -> None:
    """Print every figure; the folds keep near-copies together, intervals are 95 % bootstrap over groups.

    Raises KeyError naming what there is for an unknown `only`.
    """
    if only is not None and only not in EVALUATIONS:
        raise KeyError(f"nothing called {only!r} to evaluate; there are {', '.join(EVALUATIONS)}")
    sys.stdout.write(f"{'on':<34} {'measure':<26} {'method':<26} value [95 % interval]" + "\n")
    for name, measure in EVALUATIONS.items():
        if name == only or (only is None and name not in _LONG):
            measure(data)
