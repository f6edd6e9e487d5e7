"""Areas of a unit that differ and vote with different readiness: with and without post-stratification by area."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from tools.simulate.city import (
    CHANNEL_MIX,
    CHANNELS,
    READINESS,
    City,
    _cases,
    _stratum,
    draw_truths,
    true_score,
)
from tools.simulate.measures import Outcome
from webapp.domain.scoring import StratumTally, UnitTally, score_units

AREAS: Final = 6
PER_EFFECT: Final = 3.0
"""How much more readily people of a worse area vote: e^(−3 · effect), a third more at −.1"""


def _strata(
    rng: Generator, city: City, means: Any, cases: int, spread: float
) -> tuple[list[StratumTally], float]:
    """Cells of one unit by channel and area, and its true experience over all of them."""
    effect = rng.normal(0, spread, AREAS) if spread else np.zeros(AREAS)
    ready = np.exp(rng.normal(0, 0.4, AREAS) - PER_EFFECT * effect)
    mix = np.outer(rng.dirichlet(CHANNEL_MIX), rng.dirichlet(np.full(AREAS, 3.0)))
    split = rng.multinomial(cases, mix.ravel()).reshape(mix.shape)
    strata, total = [], 0.0
    for h in range(len(CHANNELS)):
        for a in range(AREAS):
            mean = float(np.clip(means[h] + effect[a], 0.03, 0.97))
            if split[h, a]:
                found = _stratum(rng, city, h, mean, int(split[h, a]), min(READINESS[h] * ready[a], 0.9))
                strata.append(replace(found, area=f"area {a}"))
                total += mean * split[h, a]
    return strata, total / cases


def compare(cities: int, city: City, spread: float, seed: int) -> tuple[Outcome, Outcome]:
    """The same cities scored by channel and area, and by channel alone."""
    rng, found = np.random.default_rng(seed), (Outcome(), Outcome())
    for index in range(cities):
        experience, rates = draw_truths(rng, city)
        wanted = city.median_votes * np.exp(rng.normal(0, 0.9, city.units)) / 0.27
        units, truth = [], []
        for i in range(city.units):
            cases = max(8, int(wanted[i]))
            strata, level = _strata(rng, city, experience[i], cases, spread)
            units.append(UnitTally(f"unit {i}", strata, _cases(rng, rates[i], cases, max(1, cases // 5))))
            truth.append(np.array([level, *rates[i]]))
        plain = [replace(u, strata=[replace(s, area="") for s in u.strata]) for u in units]
        for outcome, given in zip(found, (units, plain), strict=True):
            for parts, score in zip(truth, score_units(given), strict=True):
                if score.score is not None:
                    outcome.truth.append(true_score(parts, score))
                    outcome.scores.append(score)
                    outcome.true_e.append(float(parts[0]))
                    outcome.city.append(index)
    return found
