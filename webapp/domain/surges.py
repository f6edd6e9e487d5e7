"""Early hints: cells (a kind of trouble in a place) that run above what their own history predicts.

A count model with a set false-alarm rate, after Farrington and others (JRSS A 159, 1996) and its improvement by
Noufaily and others (Statistics in Medicine 32, 2013): a cell's level comes from its own past weeks, outbreaks among
them weighted down; weeks differ by what days they hold (``day_exposures``), by the season (``season``, from last
year's same weeks), and by an extra spread common to all cells (negative binomial, quasi-Poisson at any one level).
A hint says "look here", about places and troubles, never about a person.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Floats = NDArray[np.float64]

WEEKS_PER_MONTH: Final = 30.44 / 7
_LOOKS_PER_WEEK: Final = (
    4.0  # seven looks a week at seven-day sums surprise as often as so many separate ones
)
_LEVEL_PRIOR: Final = 0.5  # half a case in one week: a cell that never had one is not impossible
_MIN_DISPERSION: Final = 0.02
_MAX_DISPERSION: Final = 2.0
_OUTBREAK: Final = 2.58  # standardised residual from which a past week is weighted down (Noufaily)
_SEASON_SPREAD: Final = 0.4  # standard deviation of the log of what a season changes, beforehand
_DAY_PRIOR: Final = 50.0  # requests of "a day like any other" that hold back the factor of a rare kind of day
_LEVELS: Final = np.geomspace(1e-9, 0.2, 120)


@dataclass(frozen=True, slots=True)
class SurgePolicy:
    """alarms_per_month    false alarms that a quiet city may give in a month, over all cells together, looked at daily
    at_least            fewer requests in the week are never a hint: cells under 5 people stay out of sight"""

    alarms_per_month: float = 1.0
    at_least: int = 5


DEFAULT_SURGE_POLICY: Final = SurgePolicy()


@dataclass(frozen=True, slots=True)
class Season:
    """What the season does to a cell this week, as a factor on its past weeks, and the variance of its logarithm."""

    factor: float = 1.0
    variance: float = 0.0


NO_SEASON: Final = Season()


@dataclass(frozen=True, slots=True)
class Weeks:
    """How much each week can hold, in ordinary weeks: ``now``, and the past ones in order. Empty: all alike."""

    now: float = 1.0
    past: Sequence[float] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Surge:
    """A cell with ``count`` this week against ``expected``; ``chance``: of so many or more if nothing had changed."""

    key: Hashable
    count: int
    expected: float
    chance: float


def day_exposures(totals: Sequence[int], kinds: Sequence[Hashable]) -> dict[Hashable, float]:
    """Requests of a kind of day (a weekday, a holiday) against the mean day, from the city's daily totals.

    Rare kinds are held back towards 1. Raises ValueError if the lengths differ.
    """
    if len(totals) != len(kinds):
        raise ValueError("one kind per day")
    mean = sum(totals) / len(totals) if totals else 0.0
    if mean <= 0:
        return dict.fromkeys(kinds, 1.0)
    found: dict[Hashable, float] = {}
    for kind in set(kinds):
        days = [total for total, k in zip(totals, kinds, strict=True) if k == kind]
        found[kind] = (sum(days) + _DAY_PRIOR) / (len(days) * mean + _DAY_PRIOR)
    return found


def season(
    this: float, this_weeks: float, past: float, past_weeks: float, dispersion: float = 0.02
) -> Season:
    """Last year's same weeks against the weeks before them: requests of a kind of trouble in the whole city.

    ``this`` over ``this_weeks`` ordinary weeks around the same week, ``past`` over ``past_weeks`` before. The
    logarithm of the ratio is shrunk to 0 by its own error, negative binomial, against what seasons usually do.
    """
    if this_weeks <= 0 or past_weeks <= 0 or this + past <= 0:
        return NO_SEASON
    a, b = this + _LEVEL_PRIOR, past + _LEVEL_PRIOR
    ratio = log(a / this_weeks) - log(b / past_weeks)
    error = 1 / a + 1 / b + dispersion * (1 / this_weeks + 1 / past_weeks)
    prior = _SEASON_SPREAD**2
    return Season(exp(ratio * prior / (prior + error)), prior * error / (prior + error))


def between_weeks(history: Sequence[Sequence[int]], exposures: Sequence[float] = ()) -> float:
    """φ of Var = m + φ·m² over the weeks of a cell, common to all cells, by the method of moments.

    Over k weeks E Σ (y − ȳ)² = (k − 1)(m + φ m²) and E ȳ² = m² + (m + φ m²) / k.
    """
    counts = np.array([row for row in history if sum(row) > 0], dtype=float)
    if counts.size == 0 or counts.shape[1] < 2:
        return _MAX_DISPERSION
    weeks = counts.shape[1]
    # Counts brought to ordinary weeks keep the variance of their mean to first order.
    counts = counts / np.array(exposures if len(exposures) else [1.0] * weeks)
    mean = counts.mean(axis=1)
    variance = counts.var(axis=1, ddof=1)
    square = float((mean**2 - variance / weeks).sum())
    extra = float((variance - mean).sum())
    return float(np.clip(extra / square if square > 0 else _MAX_DISPERSION, _MIN_DISPERSION, _MAX_DISPERSION))


def outbreak_weights(past: Floats, exposures: Floats, dispersion: float) -> Floats:
    """Weights of past weeks, shape (cells, weeks), 1 but for outbreaks: (2.58 / s)² where the residual s is beyond 2.58.

    s are Anscombe's residuals, 1.5 (y^⅔ μ^−⅙ − μ^½) / √(1 + φ μ), as Farrington takes them; an outbreak in the past
    must not become the yardstick of the next.
    """
    mean = (past.sum(axis=1) / exposures.sum())[:, None] * exposures
    mean = np.maximum(mean, 0.25)
    s = 1.5 * (past ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)) / np.sqrt(1 + dispersion * mean)
    weights: Floats = np.where(s > _OUTBREAK, (_OUTBREAK / np.maximum(s, _OUTBREAK)) ** 2, 1.0)
    return weights


def forecast(
    past: Floats, weeks: Weeks, dispersion: float, seasons: Sequence[Season] = ()
) -> tuple[Floats, Floats]:
    """Expected count of this week and the size r of its negative binomial, per cell; past of shape (cells, weeks).

    The level is gamma with the past as evidence; a week adds its own spread, the season its own doubt: all go into
    one negative binomial by matching mean and variance. Raises ValueError without past weeks.
    """
    if past.size == 0 or past.shape[1] == 0:
        raise ValueError("a forecast needs past weeks")
    exposures = np.array(weeks.past if len(weeks.past) else [1.0] * past.shape[1])
    weights = outbreak_weights(past, exposures, dispersion)
    shape = (weights * past).sum(axis=1) + _LEVEL_PRIOR
    known = (weights * exposures).sum(axis=1) + 1.0
    factor = np.array([s.factor for s in seasons]) if seasons else 1.0
    doubt = np.array([s.variance for s in seasons]) if seasons else 0.0
    expected: Floats = shape / known * weeks.now * factor
    level = 1 / shape + dispersion / known + doubt
    # Relative variances of a product: the level's doubt and the week's own spread.
    spread: Floats = level + dispersion + level * dispersion
    return expected, 1 / spread


def tail(count: Floats, expected: Floats, size: Floats) -> Floats:
    """P(Y ≥ count) of negative binomials: I_q(count, r) with q = m / (m + r); 1 where count is 0."""
    chance: Floats = np.where(
        count > 0, betainc(np.maximum(count, 1e-9), size, expected / (expected + size)), 1.0
    )
    return chance


def chance_of(count: int, past: Sequence[int], dispersion: float) -> tuple[float, float]:
    """Expected count of a week and the chance of ``count`` or more, given one cell's past weeks, all alike.

    Raises ValueError without past weeks.
    """
    expected, size = forecast(np.array([past], dtype=float), Weeks(), dispersion)
    return float(expected[0]), float(tail(np.array([float(count)]), expected, size)[0])


def alarm_level(expected: Floats, size: Floats, at_least: int, alarms: float) -> float:
    """The level of each cell's test at which all cells together give ``alarms`` false ones in a look.

    Counts are whole and small cells must reach ``at_least``: what a test at a level really gives is less, and the
    rest is shared out (as Bonferroni would be too strict).
    """
    floor = tail(np.full_like(expected, float(at_least)), expected, size)
    # A test at level α fires with at most α, and never oftener than the cell reaches ``at_least``.
    fires = np.minimum(_LEVELS[:, None], floor[None, :]).sum(axis=1)
    allowed = np.flatnonzero(fires <= alarms)
    return float(_LEVELS[allowed[-1]]) if len(allowed) else alarms / max(len(expected), 1)


def surges(
    cells: Mapping[Hashable, tuple[int, Sequence[int]]],
    policy: SurgePolicy = DEFAULT_SURGE_POLICY,
    weeks: Weeks | None = None,
    seasons: Mapping[Hashable, Season] | None = None,
) -> list[Surge]:
    """Cells whose count this week stands out, most surprising first; ``cells`` maps key → (this week, past weeks).

    ``weeks`` says how much each week can hold, ``seasons`` what the season does to a cell (none: nothing).
    """
    if not cells:
        return []
    weeks = weeks or Weeks()
    past = np.array([row for _, row in cells.values()], dtype=float)
    counts = np.array([count for count, _ in cells.values()], dtype=float)
    dispersion = between_weeks([row for _, row in cells.values()], weeks.past)
    found_seasons = [(seasons or {}).get(key, NO_SEASON) for key in cells]
    expected, size = forecast(past, weeks, dispersion, found_seasons)
    chance = tail(counts, expected, size)
    alarms = policy.alarms_per_month / WEEKS_PER_MONTH / _LOOKS_PER_WEEK
    level = alarm_level(expected, size, policy.at_least, alarms)
    keys = list(cells)
    found = [
        Surge(keys[i], int(counts[i]), float(expected[i]), float(chance[i]))
        for i in np.flatnonzero((counts >= policy.at_least) & (chance < level))
    ]
    return sorted(found, key=lambda surge: surge.chance)
