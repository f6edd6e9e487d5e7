"""Scores on the gold sets of our own (nlp/gold): what no public data labels.

`train` rows were written to learn from. `dev` rows were read while rules, lexicon and weights were made, and models
learn from them, too: their figures flatter. `test` rows were written by somebody who had seen neither the rules nor
the others, and nobody who changed anything has read them. Their totals were looked at several times while urgency's
thresholds and the services' words were chosen, which flatters those two. `test2` rows came later, for urgency and
request type: those figures count most, though their author also wrote the last of the `train` rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp import taxonomy, train_data, train_own_cv
from nlp.analyzer import default_analyzer
from nlp.train_gold_rows import read_gold
from nlp.train_metrics import accuracy, bootstrap
from nlp.train_report import Row, label_rows
from nlp.train_tree import lexicon_order
from nlp.types import REQUEST_TYPES, URGENCIES

SPLITS = ("dev", "test", "test2")
LEVELS_AND_TOPS = tuple((level, top) for level in (1, 2, 3) for top in (1, 3))


def _labels(name: str, labels: tuple[str, ...], split: str) -> list[Row]:
    gold = read_gold(name, split)
    if not gold:
        return []
    analyzer = default_analyzer()
    truth = np.array([labels.index(row.label) for row in gold])
    guess = np.array([labels.index(getattr(analyzer.analyze(row.text), name)) for row in gold])
    return _label_rows(f"own gold, {name}, {split} ({len(gold)})", labels, truth, guess)


def _cross_validated(head: str, labels: tuple[str, ...], data: Path) -> list[Row]:
    truth, guess = train_own_cv.answers(head, data)
    return _label_rows(f"{head}, cross-validated ({len(truth)})", labels, truth, guess)


def _label_rows(
    on: str, labels: tuple[str, ...], truth: NDArray[np.intp], guess: NDArray[np.intp]
) -> list[Row]:
    groups, most = np.arange(len(truth)), np.full(len(truth), np.bincount(truth).argmax())
    rows = label_rows(on, "majority", truth, most, groups, len(labels))[:1]
    rows += label_rows(on, "this model", truth, guess, groups, len(labels))
    for index, label in enumerate(labels):
        for measure, where in (("recall", truth == index), ("precision", guess == index)):
            if where.any():
                score = bootstrap(accuracy(truth[where], guess[where]), np.arange(int(where.sum())))
                rows.append(Row(on, f"{measure} {label}", "this model", score))
    return rows


def feeling_rows(split: str) -> list[Row]:
    """How the feelings of those who thank and of those who complain are read; the heads learned from train and dev."""
    gold = read_gold("request_type", split)
    analyzer = default_analyzer()
    rows = []
    for label in ("praise", "complaint", "help"):
        found = [analyzer.analyze(row.text) for row in gold if row.label == label]
        positive = np.array([analysis.sentiment >= 0.5 for analysis in found], dtype=np.intp)
        angry = np.array([analysis.anger >= 0.5 for analysis in found], dtype=np.intp)
        for measure, said in (("read as positive", positive), ("read as angry", angry)):
            score = bootstrap(accuracy(np.ones_like(said), said), np.arange(len(said)))
            rows.append(Row(f"own gold, {label}, {split} ({len(found)})", measure, "this model", score))
    return rows


def level_rows(on: str, method: str, guesses: list[list[str]], codes: list[str]) -> list[Row]:
    """Level 1, 2 and 3, each top 1 and top 3: is the true branch that of the first, or of one of the three leaves shown?"""
    rows = []
    for level, top in LEVELS_AND_TOPS:
        size = 2 * level
        right = np.array([
            any(guess[:size] == code[:size] for guess in found[:top])
            for found, code in zip(guesses, codes, strict=True)
        ])  # fmt: skip
        score = bootstrap(
            accuracy(np.ones(len(codes), np.intp), right.astype(np.intp)), np.arange(len(codes))
        )
        rows.append(Row(on, f"level {level}, top {top}", method, score))
    return rows


def _cosine_order(texts: list[str], data: Path) -> list[list[str]]:
    """Baseline: leaves by TF-IDF cosine (characters 1-3) to their three names and the standard's remark."""
    leaves = [leaf.code for leaf in taxonomy.leaves()]
    remarks = {row["level_3_code"]: row["remark"] for row in train_data.rows(data, "db44t2479_taxonomy")}
    names = [" ".join((*taxonomy.path_names(code), remarks.get(code, ""))) for code in leaves]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    described = vectorizer.fit_transform(names)
    closeness: NDArray[np.float64] = (vectorizer.transform(texts) @ described.T).toarray()
    return [[leaves[i] for i in np.argsort(-row, kind="stable")[:3]] for row in closeness]


def _majority(codes: list[str]) -> list[list[str]]:
    """Baseline: the commonest branches of this very set, at each level (kinder than it deserves)."""
    counts = {size: {code[:size]: 0 for code in codes} for size in (2, 4, 6)}
    for code in codes:
        for size in counts:
            counts[size][code[:size]] += 1
    order = sorted(
        set(codes), key=lambda code: [-counts[size][code[:size]] for size in (2, 4, 6)] + [int(code)]
    )
    return [order[:3]] * len(codes)


def tree_rows(data: Path, split: str) -> list[Row]:
    """The 12345 tree on one side of the gold set, beside majority and cosine to the standard's words."""
    gold = read_gold("category", split)
    if not gold:
        return []
    analyzer = default_analyzer()
    codes, texts = [row.label for row in gold], [row.text for row in gold]
    found = [[guess.code for guess in analyzer.analyze(text).categories] for text in texts]
    on = f"own gold, 12345 tree, {split} ({len(gold)})"
    rows = level_rows(on, "majority", _majority(codes), codes)
    rows += level_rows(on, "TF-IDF cosine to names", _cosine_order(texts, data), codes)
    rows += level_rows(on, "our lexicon alone", lexicon_order(texts), codes)
    return rows + level_rows(on, "this model", found, codes)


def _both(rows_from: Callable[[Path, str], list[Row]], data: Path) -> list[Row]:
    return [row for split in SPLITS for row in rows_from(data, split)]


# By the name that `evaluate --only` takes: our own messages, read by the shipped models, dev and test apart.
EVALUATIONS: dict[str, Callable[[Path], list[Row]]] = {
    "urgency": lambda data: [
        *_cross_validated("urgency", URGENCIES, data),
        *_both(lambda _, split: _labels("urgency", URGENCIES, split), data),
    ],
    "five_types": lambda data: [
        *_cross_validated("five_types", REQUEST_TYPES, data),
        *_both(lambda _, split: _labels("request_type", REQUEST_TYPES, split), data),
    ],
    "feelings": partial(_both, lambda _, split: feeling_rows(split)),
    "tree": partial(_both, tree_rows),
}
