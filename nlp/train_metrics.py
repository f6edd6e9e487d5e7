"""Scores with 95 % intervals from a bootstrap over near-duplicate groups (seeded)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
_REPEATS = 500


class Score(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(measure: Callable[[Weights], float], groups: NDArray[np.int64], seed: int = 11) -> Score:
    """`measure` takes one weight per message; groups are drawn with replacement."""
    rng = np.random.default_rng(seed)
    _, group = np.unique(groups, return_inverse=True)
    count = int(group.max()) + 1
    drawn = [
        measure(np.bincount(rng.integers(0, count, count), minlength=count)[group].astype(np.float64))
        for _ in range(_REPEATS)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Score(measure(np.ones(len(groups))), float(low), float(high))


def accuracy(truth: NDArray[np.intp], guess: NDArray[np.intp]) -> Callable[[Weights], float]:
    right = (truth == guess).astype(np.float64)
    return lambda weights: float((right * weights).sum() / weights.sum())


def macro_f1(truth: NDArray[np.intp], guess: NDArray[np.intp], size: int) -> Callable[[Weights], float]:
    """Mean of the per-label F1; a label with neither truth nor guess is left out."""

    def measure(weights: Weights) -> float:
        cells = np.bincount(truth * size + guess, weights=weights, minlength=size * size).reshape(size, size)
        total = cells.sum(axis=0) + cells.sum(axis=1)
        return float(np.mean(2 * np.diag(cells)[total > 0] / total[total > 0]))

    return measure


def auc(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> Callable[[Weights], float]:
    """Probability that a positive scores above a negative (ties count half)."""
    order = np.argsort(score, kind="stable")
    _, tie = np.unique(score[order], return_inverse=True)
    good = positive[order]

    def measure(weights: Weights) -> float:
        weight = weights[order]
        plus = np.bincount(tie, weights=weight * good)
        minus = np.bincount(tie, weights=weight * ~good)
        below = np.cumsum(minus) - minus
        return float((plus * (below + minus / 2)).sum() / (plus.sum() * minus.sum()))

    return measure


def calibration_error(probability: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error of the top label over bins of equal width."""
    cell = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        abs(probability[cell == b].mean() - right[cell == b].mean()) * (cell == b).mean()
        for b in range(bins)
        if (cell == b).any()
    ]
    return float(sum(gaps))


def mean_absolute_error(truth: NDArray[np.float64], guess: NDArray[np.float64]) -> Callable[[Weights], float]:
    gap = np.abs(truth - guess)
    return lambda weights: float((gap * weights).sum() / weights.sum())


def mean(values: NDArray[np.float64]) -> Callable[[Weights], float]:
    return lambda weights: float((values * weights).sum() / weights.sum())
