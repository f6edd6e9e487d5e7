"""Cross-validated figures of the heads learned from messages of our own, through the whole analysis, rules included.

Thresholds were chosen by these figures, and near-copies among rows of one author stand on both sides: they flatter.
The test rows (nlp/train_gold.py) are the judges.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import vectors
from nlp.analyzer import Analyzer, default_analyzer
from nlp.train_fit import folds
from nlp.train_gold_rows import read_gold
from nlp.train_own import OWN_HEADS, Own, fit
from nlp.types import REQUEST_TYPES, URGENCIES

FOLDS = 5
# By head: the field of the analysis (and gold file) and its values.
_JUDGED: dict[str, tuple[str, tuple[str, ...]]] = {
    "urgency": ("urgency", URGENCIES),
    "five_types": ("request_type", REQUEST_TYPES),
}


def _fitted(name: str, data: Own, chosen: NDArray[np.intp]) -> Analyzer:
    """The shipped analyzer with this head fitted on some of its rows."""
    head = OWN_HEADS[name]
    part = Own([data.docs[i] for i in chosen], data.labels[chosen], data.weights[chosen])
    model = fit(part, vectors.shipped(), head.recipe)
    return default_analyzer().replaced(**{name: replace(model, header={**model.header, **head.header})})


def answers(name: str, folder: Path) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Truth and held-out answer of each of our own rows (train and dev), as indices of the field's values."""
    field, values = _JUDGED[name]
    data = OWN_HEADS[name].read(folder)
    gold = [row for split in ("train", "dev") for row in read_gold(field, split)]
    # Our own rows come first in what the head learns from; the rest is always learned from.
    own, rest = np.arange(len(gold)), np.arange(len(gold), len(data.docs))
    truth = np.array([values.index(row.label) for row in gold])
    guess = np.zeros_like(truth)
    for train, test in folds(data.labels[: len(gold)], own, FOLDS, OWN_HEADS[name].recipe.seed):
        analyzer = _fitted(name, data, np.concatenate((train, rest)))
        guess[test] = [values.index(getattr(analyzer.analyze(gold[i].text), field)) for i in test.tolist()]
    return truth, guess
