"""Experience E of each unit before shrinkage: votes weighted up to all closed cases, refined by text.

Post-stratification: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), chapter 7; effective n:
Kish, Survey Sampling (1965). Text as difference estimator with tuned weight: Cassel, Särndal and Wretman,
Biometrika 63 (1976); Angelopoulos, Duchi and Zrnic, PPI++ (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.domain.scores import ScorePolicy
from webapp.domain.tallies import StratumTally, UnitTally

Floats = NDArray[np.float64]

_MIN_PAIRS: Final = 30  # fewer texts with a vote, city-wide, cannot show what a prediction is worth
_MIN_R2: Final = 0.02  # below this a text says too little about its vote to be worth its noise
_CHANNEL_PRIOR: Final = 20.0  # votes of "no difference" that hold back the effect of a rare stratum
_MIN_FREEDOM: Final = 10  # fewer degrees of freedom cannot estimate a variance
_MIN_INTERACTION: Final = 0.02**2
_MAX_INTERACTION: Final = 0.15**2


@dataclass(frozen=True, slots=True)
class Experience:
    """Per unit, arrays of shape (units,); units without votes have n = 0 and meaningless estimates.

    estimate   post-stratified and text-adjusted mean of the votes, less ``offset``
    offset     what the unit's mix of strata adds to the peers' common level: peers are compared at equal mix
    trials     yes-or-no votes that would know as much: m(1 − m) / variance of the estimate
    """

    n: Floats
    n_eff: Floats
    raw: Floats
    estimate: Floats
    offset: Floats
    trials: Floats


def _grid(units: Sequence[UnitTally], columns: dict[str, int]) -> dict[str, Floats]:
    """Tallies as arrays of shape (units, strata), votes and predictions in 0…1."""
    scale = {
        "votes": 1.0, "quarters": 0.25, "quarters_sq": 0.0625, "closed_cases": 1.0,
        "text_n": 1.0, "text_sum": 1e-3, "text_sq": 1e-6, "both_n": 1.0, "both_pred_sum": 1e-3,
        "both_pred_sq": 1e-6, "both_vote_sum": 0.25, "both_vote_sq": 0.0625, "both_cross": 0.25e-3,
    }  # fmt: skip
    grid = {name: np.zeros((len(units), len(columns))) for name in scale}
    for row, unit in enumerate(units):
        for stratum in unit.strata:
            _add(grid, row, columns[stratum.stratum], stratum)
    for name, factor in scale.items():
        grid[name] *= factor
    return grid


def _add(grid: dict[str, Floats], row: int, column: int, stratum: StratumTally) -> None:
    for name, values in grid.items():
        values[row, column] += getattr(stratum, name)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, 0 where bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=float), where=bottom > 0)


def text_adjustment(grid: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Shift of each stratum's mean and the share of its variance that is left, shapes (units, strata).

    shift = β · (n_both / n) · (mean prediction over all texts − over those with a vote); variance left =
    1 − ρ² · (n_both / n) · (1 − n_both / n_text). β and ρ² come from all units of the stratum together, centred
    within each; where they are few or say little, or the model is upside down, the text is left out.
    """
    n, pairs, texts = grid["votes"], grid["both_n"], grid["text_n"]
    f, x = _ratio(grid["both_pred_sum"], pairs), _ratio(grid["both_vote_sum"], pairs)
    ff = np.maximum(grid["both_pred_sq"] - pairs * f * f, 0).sum(axis=0)
    xx = np.maximum(grid["both_vote_sq"] - pairs * x * x, 0).sum(axis=0)
    xf = (grid["both_cross"] - pairs * x * f).sum(axis=0)
    r2 = _ratio(xf * xf, xx * ff)
    worth = (np.maximum(pairs - 1, 0).sum(axis=0) >= _MIN_PAIRS) & (r2 >= _MIN_R2) & (xf > 0)
    beta, r2 = np.where(worth, _ratio(xf, ff), 0.0), np.where(worth, np.minimum(r2, 1.0), 0.0)
    paired = np.minimum(_ratio(pairs, n), 1.0)
    unheard = np.clip(1 - _ratio(pairs, texts), 0.0, 1.0) * (pairs > 0)
    shift = beta * paired * (_ratio(grid["text_sum"], texts) - f) * (pairs > 0)
    return shift, 1 - r2 * paired * unheard


def stratum_effects(n: Floats, mean: Floats) -> Floats:
    """What each stratum adds to a unit's level, shape (strata,): additive two-way fit by backfitting."""
    effects = np.zeros(n.shape[1])
    total = n.sum(axis=0)
    for _ in range(25):
        level = _ratio((n * (mean - effects)).sum(axis=1), n.sum(axis=1))
        effects = (n * (mean - level[:, None])).sum(axis=0) / (total + _CHANNEL_PRIOR)
    centred: Floats = effects - _ratio((total * effects).sum(keepdims=True), total.sum(keepdims=True))
    return centred


def interaction_variance(n: Floats, residual: Floats, spread: float) -> float:
    """How much units differ from the common stratum effects (variance ω²), by the method of moments.

    n, residual of shape (units, strata), residual = stratum mean less its effect; spread of a single vote.
    E Σ n (residual − unit mean)² = σ² (strata − 1) + ω² (n − Σ n² / n) per unit.
    """
    total = n.sum(axis=1)
    level = _ratio((n * residual).sum(axis=1), total)
    freedom = np.maximum((n > 0).sum(axis=1) - 1, 0)
    if freedom.sum() < _MIN_FREEDOM:
        return _MAX_INTERACTION
    seen = (n * (residual - level[:, None]) ** 2).sum() - spread * freedom.sum()
    room = (total - _ratio((n * n).sum(axis=1), total)).sum()
    return float(np.clip(seen / max(room, 1e-9), _MIN_INTERACTION, _MAX_INTERACTION))


def stratum_weights(n: Floats, share: Floats, spread: float, interaction: float) -> Floats:
    """Weights of the strata means, rows summing to 1 over strata with votes; shape (units, strata).

    They minimise Σ c² σ²/n + ω² Σ (share − c)²: the noise of few votes against the error of letting one stratum
    speak for another. With many votes c is the share of all closed cases, which is plain post-stratification; a
    stratum with two votes never carries half a service.
    """
    noise = np.divide(spread, n, out=np.full_like(n, np.inf), where=n > 0)
    precision = 1 / (interaction + noise)
    own = share * interaction * precision
    rest = _ratio(1 - own.sum(axis=1), precision.sum(axis=1))
    weights: Floats = own + rest[:, None] * precision
    return weights


def vote_dispersion(n: Floats, mean: Floats, squares: Floats) -> float:
    """φ, the peers' common ratio of a single vote's variance to m(1 − m); n, mean, squares (units, strata).

    Votes lie in 0…1, so their variance is φ · m(1 − m): 1 if all were extremes. It is common because a unit's own
    spread proves little (ten equal votes are not certainty) and would let a unit gain by a vote against it.
    """
    freedom = np.maximum(n - 1, 0)
    if freedom.sum() < _MIN_FREEDOM:
        return 1.0
    # E of mean · (1 − mean) over n votes is m(1 − m) less the mean's own variance.
    within = np.maximum(squares - n * mean * mean, 0).sum()
    possible = (n * mean * (1 - mean)).sum() + within / freedom.sum() * (n > 0).sum()
    return float(np.clip(within * n.sum() / freedom.sum() / max(possible, 1e-9), 0.02, 1.0))


def estimate_experience(units: Sequence[UnitTally], policy: ScorePolicy) -> Experience:
    """E of every unit before shrinkage (DESIGN §5.2, §5.3), for one group of peers."""
    columns = {name: i for i, name in enumerate(sorted({s.stratum for u in units for s in u.strata}))}
    if not columns:
        zero = np.zeros(len(units))
        return Experience(zero, zero, zero, zero, zero, zero)
    grid = _grid(units, columns)
    n, mean = grid["votes"], _ratio(grid["quarters"], grid["votes"])
    shift, left = text_adjustment(grid) if policy.use_text else (np.zeros_like(n), np.ones_like(n))
    adjusted = np.clip(mean + shift, 0.0, 1.0) * (n > 0)
    # Every vote was a use: closed cases cannot be fewer.
    target = np.maximum(grid["closed_cases"], n)
    share = target / np.maximum(target.sum(axis=1, keepdims=True), 1.0)
    effects = stratum_effects(n, adjusted)
    dispersion = vote_dispersion(n, mean, grid["quarters_sq"])
    level = grid["quarters"].sum() / max(n.sum(), 1.0)
    chance = max(level * (1 - level), 0.01)
    spread = dispersion * chance
    interaction = interaction_variance(n, np.where(n > 0, adjusted - effects, 0.0), spread)
    effective = n / left
    weights = stratum_weights(effective, share, spread, interaction)
    noise = _ratio(weights**2, effective).sum(axis=1)
    variance = spread * noise + interaction * ((share - weights) ** 2).sum(axis=1)
    return Experience(
        n=n.sum(axis=1),
        n_eff=_ratio(np.ones(len(units)), noise),
        raw=_ratio(grid["quarters"].sum(axis=1), n.sum(axis=1)),
        estimate=(weights * (adjusted - effects)).sum(axis=1),
        offset=share @ effects,
        trials=_ratio(np.full(len(units), chance), variance * (n.sum(axis=1) > 0)),
    )
