"""What all heads say of a message, as one short row of numbers: for a classifier of something else on top of them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from nlp.analyzer import Analyzer, default_analyzer
from nlp.normalise import normalise
from nlp.types import URGENCIES

F64 = NDArray[np.float64]
_LEAST = 1e-3  # a probability below says no more than this one


@cache
def _branches(leaves: tuple[str, ...]) -> F64:
    """Which top category each leaf belongs to, shape (leaves, top categories)."""
    tops = sorted({leaf[:2] for leaf in leaves})
    return np.array([[leaf[:2] == top for top in tops] for leaf in leaves], dtype=np.float64)


def voices(text: str, analyzer: Analyzer | None = None) -> F64:
    """Shape (n,), n fixed by the models: logarithms of the probabilities of request types, forum labels and top
    categories of the 12345 tree, then anger (0-1), the sentiment score, and the urgency as 0 or 1 for each level but the
    last. Zeros for a blank text.
    """
    reader = analyzer or default_analyzer()
    clean = normalise(text)
    read = reader._read(clean if clean.strip() else "。")
    answers = read.answers
    tops = answers.leaves @ _branches(tuple(reader._tree.leaves))
    chances = np.concatenate([read.types, answers.forum, tops])
    feelings = [read.anger, read.sentiment_score / 4, *(answers.level == level for level in URGENCIES[:-1])]
    out: F64 = np.concatenate([np.log(chances + _LEAST), np.array(feelings, dtype=np.float64)])
    return out if clean.strip() else np.zeros_like(out)
