"""Text as a difference estimator (DESIGN §5.3), and the rule that turns it off where it does not help.

The mean of the predictions over all texts plus the mean of (vote − prediction) over texts that have both: Cassel,
Särndal and Wretman, Biometrika 63 (1976); tuned weight β: Angelopoulos, Duchi and Zrnic, PPI++ (2023). β and what a
text is worth are cross-fitted: what is judged in one half of the units was learnt in the other (Chernozhukov and
others, Econometrics Journal 21, 2018), so that a model cannot look better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_PAIRS: Final = 30
"""Fewer texts with a vote (less one per cell), of all peers, cannot show what a prediction is worth"""
SAVES: Final = 0.02
"""Share of a vote's variance that a text must explain in units that it was not tuned on"""
_AGAINST: Final = 1.64  # standard errors by which the sample must contradict the text to turn it off


@dataclass(frozen=True, slots=True)
class TextRule:
    """Per stratum, arrays of shape (strata,): whether text is used, β, the cross-fitted share of variance that it
    leaves (1 where it explains nothing), and by how many standard errors the sample contradicts it (0 unknown)."""

    used: NDArray[np.bool_]
    slope: Floats
    left: Floats
    against: Floats


@dataclass(frozen=True, slots=True)
class _Sums:
    """Σ over votes with a text, centred within each cell; arrays of shape (units, strata)."""

    pairs: Floats
    f: Floats
    x: Floats
    ff: Floats
    xx: Floats
    xf: Floats


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=float), where=bottom > 0)


def _sums(grid: Mapping[str, Floats]) -> _Sums:
    pairs = grid["both_n"]
    f, x = _ratio(grid["both_pred_sum"], pairs), _ratio(grid["both_vote_sum"], pairs)
    return _Sums(
        pairs, f, x,
        np.maximum(grid["both_pred_sq"] - pairs * f * f, 0),
        np.maximum(grid["both_vote_sq"] - pairs * x * x, 0),
        grid["both_cross"] - pairs * x * f,
    )  # fmt: skip


def _crossfit(s: _Sums) -> tuple[Floats, Floats]:
    """β over all units, and the share of variance left where β came from the other half; shapes (strata,).

    A lone unit is its own other half, so that its β is judged less two degrees of freedom.
    """
    slope = _ratio(s.xf.sum(axis=0), s.ff.sum(axis=0))
    freedom = np.maximum(s.pairs - 1, 0).sum(axis=0)
    if len(s.pairs) < 2:
        r2 = _ratio(s.xf.sum(axis=0) ** 2, s.ff.sum(axis=0) * s.xx.sum(axis=0))
        return slope, np.minimum((1 - r2) * _ratio(freedom, np.maximum(freedom - 2, 0)), 1.0)
    # Alternate units by number of pairs: both halves know about as much, whatever the order of the units.
    order = np.argsort(-s.pairs.sum(axis=1), kind="stable")
    residual = np.zeros(s.pairs.shape[1])
    for start in (0, 1):
        held, other = order[start::2], order[1 - start :: 2]
        b = _ratio(s.xf[other].sum(axis=0), s.ff[other].sum(axis=0))
        residual += (s.xx[held] - 2 * b * s.xf[held] + b * b * s.ff[held]).sum(axis=0)
    total = s.xx.sum(axis=0)
    return slope, np.where(total > 0, _ratio(residual, total), 1.0)


def _shift(grid: Mapping[str, Floats], s: _Sums, slope: Floats, moved: Floats) -> Floats:
    """β · (paired share) · (mean prediction of all texts − of those that the votes stand for), (units, strata).

    Where a sample moved the votes' mean, their texts' mean moves with it, by the regression of text on vote.
    """
    paired = np.minimum(_ratio(s.pairs, grid["votes"]), 1.0)
    backwards = _ratio(s.xf.sum(axis=0), s.xx.sum(axis=0))
    gap = _ratio(grid["text_sum"], grid["text_n"]) - s.f - backwards * moved
    return slope * paired * gap * (s.pairs > 0)


def _contradicted(mean: Floats, shift: Floats, sample_n: Floats, sample_mean: Floats) -> Floats:
    """By how many standard errors the votes' mean with text lies farther from the sample than without, (strata,)."""
    weight = np.where(shift != 0, sample_n, 0.0)
    worse = weight * ((sample_mean - mean - shift) ** 2 - (sample_mean - mean) ** 2)
    cells = (weight > 0).sum(axis=0)
    error = np.sqrt((worse**2).sum(axis=0))
    return np.where(cells >= 8, _ratio(worse.sum(axis=0), error), 0.0)


def text_rule(
    grid: Mapping[str, Floats], moved: Floats, mean: Floats, sample_n: Floats, sample_mean: Floats
) -> tuple[TextRule, Floats]:
    """The rule for each stratum of one group of peers, and the shift (units, strata) that the text would make.

    Text is used where votes and texts agree in direction, enough pairs show it, it explains at least ``SAVES`` of
    the variance in units that β was not tuned on, and the sample, if there is one, does not contradict it.
    """
    s = _sums(grid)
    slope, left = _crossfit(s)
    shift = _shift(grid, s, slope, moved)
    against = _contradicted(mean, shift, sample_n, sample_mean)
    enough = np.maximum(s.pairs - 1, 0).sum(axis=0) >= MIN_PAIRS
    used = enough & (slope > 0) & (left <= 1 - SAVES) & (against < _AGAINST)
    return TextRule(used, slope, np.minimum(left, 1.0), against), shift


def text_adjustment(
    grid: Mapping[str, Floats], moved: Floats, mean: Floats, sample_n: Floats, sample_mean: Floats
) -> tuple[Floats, Floats]:
    """Shift of each stratum's mean and the share of its variance that is left, shapes (units, strata).

    Variance left = 1 − (1 − left) · (n_both / n) · (1 − n_both / n_text).
    """
    rule, shift = text_rule(grid, moved, mean, sample_n, sample_mean)
    pairs = grid["both_n"]
    paired = np.minimum(_ratio(pairs, grid["votes"]), 1.0)
    unheard = np.clip(1 - _ratio(pairs, grid["text_n"]), 0.0, 1.0) * (pairs > 0)
    return np.where(rule.used, shift, 0.0), np.where(rule.used, 1 - (1 - rule.left) * paired * unheard, 1.0)
