"""The best that anybody could do: the posterior mean of one who knows how the synthetic cities are made.

Importance sampling: a cloud of truths drawn as the city draws them, weighted by the likelihood of a unit's counts.
No estimator has a smaller mean square error in these cities (with the counts of votes and cases, without texts), so
that what remains above it is the method's, and what lies below cannot be had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import betaln, gammaln

from tools.simulate.city import CHANNELS, Array, City, draw_truths, make_city, true_score
from tools.simulate.measures import LEAST
from webapp.domain.scoring import UnitTally, score_units

CLOUD: Final = 30_000
_K: Final = np.arange(5)


def _levels(mean: Array, polarised: float) -> Array:
    """Log chance of each level, shape (cloud, 5): beta-binomial as the city's votes."""
    a, b = mean[:, None] * polarised, (1 - mean)[:, None] * polarised
    choose = gammaln(5) - gammaln(_K + 1) - gammaln(5 - _K)
    chances: Array = choose + betaln(a + _K, b + 4 - _K) - betaln(a, b)
    return chances


def _binomial(yes: float, no: float, rate: Array) -> Array:
    chances: Array = yes * np.log(rate) + no * np.log(1 - rate)
    return chances


def _weights(unit: UnitTally, levels: list[Array], rates: Array) -> Array:
    log = np.zeros(len(rates))
    for stratum in unit.strata:
        h, words = CHANNELS.index(stratum.stratum), np.zeros(5)
        for kind in ("rating", "sampled"):
            words += [getattr(stratum, f"{kind}_{level}") for level in range(1, 6)]
        log += levels[h] @ words
    c = unit.cases
    log += _binomial(c.solved_yes, c.solved_no, rates[:, 0]) + _binomial(c.on_time, c.late, rates[:, 1])
    log += _binomial(c.returned_eligible - c.returned, c.returned, rates[:, 2])
    weight = np.exp(log - log.max())
    found: Array = weight / weight.sum()
    return found


def best_errors(cities: int, city: City, seed: int) -> dict[str, float]:
    """Root mean square errors of the best possible score and E (× 100), over the units of ``errors``, and how many
    times as large the method's are on the same units (``score ratio``, ``E ratio``)."""
    rng = np.random.default_rng(seed)
    cloud_e, cloud_rates = draw_truths(np.random.default_rng(seed + 1), replace(city, units=CLOUD))
    rates = np.clip(cloud_rates, 1e-6, 1 - 1e-6)
    levels = [_levels(cloud_e[:, h], city.polarised) for h in range(len(CHANNELS))]
    missed: list[tuple[float, ...]] = []
    for _ in range(cities):
        units, truth = make_city(rng, city)
        for unit, parts, score in zip(units, truth, score_units(units), strict=True):
            if score.score is None or score.n < LEAST:
                continue
            weight = _weights(unit, levels, rates)
            cases = np.array([float(s.closed_cases) for s in unit.strata])
            e = cloud_e[:, [CHANNELS.index(s.stratum) for s in unit.strata]] @ (cases / cases.sum())
            shares = np.array([score.weights.get(name, 0.0) for name in ("E", "R", "T", "V")])
            points = 100 * np.exp(np.log(np.column_stack([e, rates])) @ shares)
            true = true_score(parts, score)
            missed.append((
                float(weight @ points) - true, 100 * (float(weight @ e) - float(parts[0])),
                score.score - true, 100 * (score.parts["E"].adjusted - float(parts[0])),
            ))  # fmt: skip
    best, best_e, ours, ours_e = np.sqrt(np.mean(np.square(missed), axis=0)).tolist()
    return {"score": best, "E": best_e, "score ratio": ours / best, "E ratio": ours_e / best_e}
