"""Early hints: cells (a kind of trouble in a place) that run above what their own history predicts.

A count model with a set false-alarm rate: weekly counts are gamma-Poisson around each cell's own level, with a spread
between weeks that all cells share (Farrington and others, JRSS A 159, 1996, use the same idea per disease). A hint
says "look here", about places and troubles, never about a person.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc

WEEKS_PER_MONTH: Final = 30.44 / 7
_LEVEL_PRIOR: Final = 0.5  # half a case in one week: a cell that never had one is not impossible
_MIN_DISPERSION: Final = 0.02
_MAX_DISPERSION: Final = 2.0


@dataclass(frozen=True, slots=True)
class SurgePolicy:
    """alarms_per_month    false alarms that a quiet city may give in a month, over all cells together
    at_least            fewer requests in the week are never a hint: cells under 5 people stay out of sight"""

    alarms_per_month: float = 1.0
    at_least: int = 5


DEFAULT_SURGE_POLICY: Final = SurgePolicy()


@dataclass(frozen=True, slots=True)
class Surge:
    """A cell with ``count`` this week against ``expected``; ``chance``: of so many or more if nothing had changed."""

    key: Hashable
    count: int
    expected: float
    chance: float


def between_weeks(history: Sequence[Sequence[int]]) -> float:
    """φ of Var = m + φ·m² over the weeks of a cell, common to all cells, by the method of moments.

    Over k weeks E Σ (y − ȳ)² = (k − 1)(m + φ m²) and E ȳ² = m² + (m + φ m²) / k.
    """
    counts = np.array([row for row in history if sum(row) > 0], dtype=float)
    if counts.size == 0 or counts.shape[1] < 2:
        return _MAX_DISPERSION
    weeks = counts.shape[1]
    mean = counts.mean(axis=1)
    variance = counts.var(axis=1, ddof=1)
    square = float((mean**2 - variance / weeks).sum())
    extra = float((variance - mean).sum())
    return float(np.clip(extra / square if square > 0 else _MAX_DISPERSION, _MIN_DISPERSION, _MAX_DISPERSION))


def chance_of(count: int, past: Sequence[int], dispersion: float) -> tuple[float, float]:
    """Expected count of a week and the chance of ``count`` or more, given the cell's past weeks.

    The level is gamma with the past as evidence; a week adds its own spread: both go into one negative binomial by
    matching mean and variance. P(Y ≥ y) = I_q(y, r) with q = m / (m + r). Raises ValueError without past weeks.
    """
    if not past:
        raise ValueError("a forecast needs past weeks")
    shape, weeks = sum(past) + _LEVEL_PRIOR, len(past) + 1.0
    expected = shape / weeks
    spread = 1 / shape + dispersion * (1 + 1 / weeks)
    r = 1 / spread
    if count <= 0:
        return expected, 1.0
    return expected, float(betainc(count, r, expected / (expected + r)))


def surges(
    cells: Mapping[Hashable, tuple[int, Sequence[int]]], policy: SurgePolicy = DEFAULT_SURGE_POLICY
) -> list[Surge]:
    """Cells whose count this week stands out, most surprising first; ``cells`` maps key → (this week, past weeks).

    The alarm level is shared out over all cells tested (Bonferroni), so that more cells do not mean more noise.
    """
    if not cells:
        return []
    dispersion = between_weeks([past for _, past in cells.values()])
    level = policy.alarms_per_month / WEEKS_PER_MONTH / len(cells)
    found = []
    for key, (count, past) in cells.items():
        expected, chance = chance_of(count, past, dispersion)
        if count >= policy.at_least and chance < level:
            found.append(Surge(key, count, expected, chance))
    return sorted(found, key=lambda surge: surge.chance)
