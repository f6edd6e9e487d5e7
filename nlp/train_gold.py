"""Scores on the small gold sets of our own (tests/unit/nlp_gold): what no public data labels.

Hand-written by the people who wrote the rules, who corrected the rules on them: they show that the rules do
what they say and catch regressions, and they flatter compared with residents' own words.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from nlp.analyzer import default_analyzer
from nlp.train_metrics import accuracy, bootstrap
from nlp.train_report import Row, label_rows
from nlp.types import REQUEST_TYPES, URGENCIES, Analysis

GOLD = Path(__file__).parents[1] / "tests" / "unit" / "nlp_gold"


def read_gold(name: str) -> list[tuple[str, str]]:
    """(text, label) of one gold set; empty where the tests are not installed."""
    path = GOLD / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(row[0], row[1]) for row in list(csv.reader(file))[1:]]


def _answers(gold: list[tuple[str, str]]) -> list[Analysis]:
    analyzer = default_analyzer()
    return [analyzer.analyze(text) for text, _ in gold]


def _labels(name: str, labels: tuple[str, ...], attribute: str) -> list[Row]:
    gold = read_gold(name)
    if not gold:
        return []
    truth = np.array([labels.index(label) for _, label in gold])
    guess = np.array([labels.index(getattr(answer, attribute)) for answer in _answers(gold)])
    on, groups = f"own gold, {name} ({len(gold)})", np.arange(len(gold))
    rows = label_rows(on, "this model", truth, guess, groups, len(labels))
    for index, label in enumerate(labels):
        hit = int(((truth == index) & (guess == index)).sum())
        rows.append(Row(on, f"recall {label}", "this model", hit / max(1, int((truth == index).sum()))))
        rows.append(Row(on, f"precision {label}", "this model", hit / max(1, int((guess == index).sum()))))
    return rows


def _tree() -> list[Row]:
    gold = read_gold("category")
    rows: list[Row] = []
    answers = _answers(gold)
    for level in (1, 2, 3) if gold else ():
        size = 2 * level
        for top in (1, 3):
            right = np.array([
                any(guess.code[:size] == code[:size] for guess in answer.categories[:top])
                for answer, (_, code) in zip(answers, gold, strict=True)
            ])  # fmt: skip
            score = bootstrap(
                accuracy(np.ones(len(gold), np.intp), right.astype(np.intp)), np.arange(len(gold))
            )
            rows.append(
                Row(f"own gold, 12345 tree ({len(gold)})", f"level {level}, top {top}", "this model", score)
            )
    return rows


def gold_rows() -> list[Row]:
    """Urgency, request type and the 12345 tree on our own messages, by the shipped models."""
    return (
        _labels("urgency", URGENCIES, "urgency")
        + _labels("request_type", REQUEST_TYPES, "request_type")
        + _tree()
    )
