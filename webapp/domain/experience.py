"""Experience E of each unit before shrinkage: votes weighted up to all closed cases, refined by text.

Post-stratification: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), chapter 7; effective n:
Kish, Survey Sampling (1965). Who votes more readily is corrected by a sample (``selection``), text refines it
(``text_votes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.domain.cells import cell_weights, interaction_variance, weigh_areas
from webapp.domain.scores import ScorePolicy
from webapp.domain.selection import LEVELS, MIN_SAMPLE, Heard, heard
from webapp.domain.tallies import UnitTally
from webapp.domain.text_votes import text_adjustment

Floats = NDArray[np.float64]

_WORDS: Final = tuple(
    tuple(f"{kind}_{level}" for level in range(1, 6)) for kind in ("rating", "sampled", "told")
)
_CHANNEL_PRIOR: Final = 20.0  # votes of "no difference" that hold back the effect of a rare stratum
_MIN_FREEDOM: Final = 10  # fewer degrees of freedom cannot estimate a variance


@dataclass(frozen=True, slots=True)
class Experience:
    """Per unit, arrays of shape (units,); units without votes have n = 0 and meaningless estimates.

    estimate   post-stratified and text-adjusted mean of the votes, less ``offset``
    offset     what the unit's mix of strata adds to the peers' common level: peers are compared at equal mix
    trials     yes-or-no votes that would know as much: m(1 − m) / variance of the estimate
    n, raw     self-selected votes and their plain mean; n_eff counts the words of the sample too
    common     variance of an error that all units share (of the readiness to vote, known from a sample)
    """

    n: Floats
    n_eff: Floats
    raw: Floats
    estimate: Floats
    offset: Floats
    trials: Floats
    common: float = 0.0


def _names(units: Sequence[UnitTally]) -> dict[str, str]:
    """What each stratum is counted as: cases with their channel while too few were asked to tell them apart."""
    cells = [cell for unit in units for cell in unit.strata]
    asked = sum(getattr(cell, name) for cell in cells for name in _WORDS[1])
    return {cell.stratum: cell.stratum if asked >= MIN_SAMPLE else cell.channel for cell in cells}


def _grid(units: Sequence[UnitTally], columns: dict[str, int], names: dict[str, str]) -> dict[str, Floats]:
    """Tallies as arrays of shape (units, strata), votes and predictions in 0…1."""
    scale = {
        "votes": 1.0, "quarters": 0.25, "quarters_sq": 0.0625, "closed_cases": 1.0,
        **dict.fromkeys(chain(*_WORDS), 1.0), "text_n": 1.0, "text_sum": 1e-3, "text_sq": 1e-6, "both_n": 1.0,
        "both_pred_sum": 1e-3, "both_pred_sq": 1e-6, "both_vote_sum": 0.25, "both_vote_sq": 0.0625, "both_cross": 0.25e-3,
    }  # fmt: skip
    cells = [(row, stratum) for row, unit in enumerate(units) for stratum in unit.strata]
    read = attrgetter(*scale)
    values = np.array([read(stratum) for _, stratum in cells], dtype=float) * np.array(list(scale.values()))
    grid = np.zeros((len(units), len(columns), len(scale)))
    places = [row for row, _ in cells], [columns[names[stratum.stratum]] for _, stratum in cells]
    np.add.at(grid, places, values)
    return {name: grid[:, :, i] for i, name in enumerate(scale)}


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, 0 where bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=float), where=bottom > 0)


def stratum_effects(n: Floats, mean: Floats) -> Floats:
    """What each stratum adds to a unit's level, shape (strata,): additive two-way fit by backfitting."""
    effects = np.zeros(n.shape[1])
    total = n.sum(axis=0)
    for _ in range(25):
        level = _ratio((n * (mean - effects)).sum(axis=1), n.sum(axis=1))
        effects = (n * (mean - level[:, None])).sum(axis=0) / (total + _CHANNEL_PRIOR)
    centred: Floats = effects - _ratio((total * effects).sum(keepdims=True), total.sum(keepdims=True))
    return centred


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


def _spread(words: Floats) -> tuple[float, float]:
    """Dispersion φ of single words and m(1 − m) at their common level; words per level (units, strata, 5)."""
    n = words.sum(axis=2)
    mean = _ratio(words @ LEVELS, n)
    level = float((words @ LEVELS).sum() / max(n.sum(), 1.0))
    return vote_dispersion(n, mean, words @ LEVELS**2), max(level * (1 - level), 0.01)


def _raw(votes: Floats, sample: Floats) -> Floats:
    """Plain mean of the votes; of the sample's words where nobody voted."""
    v, s = votes.sum(axis=1), sample.sum(axis=1)
    plain: Floats = np.where(
        v.sum(axis=1) > 0, _ratio(v @ LEVELS, v.sum(axis=1)), _ratio(s @ LEVELS, s.sum(axis=1))
    )
    return plain


def _text(grid: dict[str, Floats], words: Heard) -> tuple[Floats, Floats]:
    asked = words.words.sum(axis=2)
    return text_adjustment(grid, words.moved, words.mean, asked, _ratio(words.words @ LEVELS, asked))


def estimate_experience(units: Sequence[UnitTally], policy: ScorePolicy) -> Experience:
    """E of every unit before shrinkage (DESIGN §5.2, §5.3), for one group of peers."""
    names = _names(units)
    columns = {name: i for i, name in enumerate(sorted(set(names.values())))}
    if not columns:
        zero = np.zeros(len(units))
        return Experience(zero, zero, zero, zero, zero, zero)
    grid = _grid(units, columns, names)
    votes, sample, told = (np.stack([grid[name] for name in kind], axis=2) for kind in _WORDS)
    dispersion, chance = _spread(votes + sample)
    spread = dispersion * chance
    weighed = weigh_areas(votes, units, columns, names, spread)
    words = heard(weighed, sample, spread, told, grid["closed_cases"])
    n, mean = words.n, words.mean
    if policy.use_text:
        shift, left = _text(grid, words)
        mean, effective = np.clip(mean + shift, 0.0, 1.0) * (n > 0), n / left
    else:
        effective = n
    # Every vote was a use: closed cases cannot be fewer.
    target = np.maximum(grid["closed_cases"], votes.sum(axis=2))
    share = target / np.maximum(target.sum(axis=1, keepdims=True), 1.0)
    effects = stratum_effects(n, mean)
    interaction = interaction_variance(n, np.where(n > 0, mean - effects, 0.0), spread)
    weights = cell_weights(effective, share, spread, interaction)
    noise = _ratio(weights**2, effective).sum(axis=1)
    variance = spread * noise + interaction * ((share - weights) ** 2).sum(axis=1)
    known = n.sum(axis=1) > 0
    return Experience(
        n=grid["votes"].sum(axis=1),
        n_eff=_ratio(np.ones(len(units)), noise),
        raw=_raw(votes, sample),
        estimate=(weights * (mean - effects)).sum(axis=1),
        offset=share @ effects,
        trials=_ratio(np.full(len(units), chance), variance * known),
        common=words.common,
    )
