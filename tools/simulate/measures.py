"""How near the score is to the truth: coverage of the interval, errors beside the raw figures, red and green."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tools.simulate.city import City, make_city, true_score
from webapp.domain.scoring import (
    DEFAULT_SCORE_POLICY,
    ScorePolicy,
    Tier,
    UnitScore,
    composite,
    demand_weights,
    score_units,
)

LEAST: Final = 10
BANDS: Final = ((10, 15), (15, 30), (30, 100), (100, 10**9))


@dataclass(slots=True)
class Outcome:
    """Per scored unit: true score and true E, what was scored, and which city it lay in."""

    truth: list[float] = field(default_factory=list)
    scores: list[UnitScore] = field(default_factory=list)
    true_e: list[float] = field(default_factory=list)
    city: list[int] = field(default_factory=list)


def run(cities: int, city: City, seed: int, policy: ScorePolicy = DEFAULT_SCORE_POLICY) -> Outcome:
    """Score ``cities`` synthetic cities; units without enough data are left out, as on the pages."""
    rng, outcome = np.random.default_rng(seed), Outcome()
    for index in range(cities):
        units, truth = make_city(rng, city)
        for parts, score in zip(truth, score_units(units, policy), strict=True):
            if score.score is not None:
                outcome.truth.append(true_score(parts, score))
                outcome.scores.append(score)
                outcome.true_e.append(float(parts[0]))
                outcome.city.append(index)
    return outcome


def coverage(outcome: Outcome, low: float = 0, high: float = 1e9) -> tuple[float, int]:
    """Share of intervals that hold the true score, among units with ``low`` ≤ votes < ``high``, and their number."""
    hits = [
        (s.low or 0.0) <= t <= (s.high or 0.0)
        for t, s in zip(outcome.truth, outcome.scores, strict=True)
        if low <= s.n < high
    ]
    return (float(np.mean(hits)) if hits else float("nan")), len(hits)


def _rmse(estimates: Sequence[float], truths: Sequence[float]) -> float:
    return float(np.sqrt(np.mean((np.array(estimates) - np.array(truths)) ** 2)))


def errors(outcome: Outcome) -> dict[str, float]:
    """Root mean square errors: of the score and of the raw score (points), of E and of the raw mean (× 100).

    Over units with at least ten votes of people who came by themselves: below, a raw mean has no claim at all.
    """
    seen = [i for i, s in enumerate(outcome.scores) if s.n >= LEAST]
    scores, truth = [outcome.scores[i] for i in seen], [outcome.truth[i] for i in seen]
    voted = [(outcome.scores[i], outcome.true_e[i]) for i in seen]
    return {
        "score": _rmse([s.score or 0.0 for s in scores], truth),
        "raw score": _rmse([s.raw_score or 0.0 for s in scores], truth),
        "E": 100 * _rmse([s.parts["E"].adjusted for s, _ in voted], [e for _, e in voted]),
        "raw mean": 100 * _rmse([s.raw_mean or 0.0 for s, _ in voted], [e for _, e in voted]),
        "E bias": 100 * float(np.mean([s.parts["E"].adjusted - e for s, e in voted])),
        "raw bias": 100 * float(np.mean([(s.raw_mean or 0.0) - e for s, e in voted])),
    }


def width(outcome: Outcome) -> float:
    """Mean length of the intervals in points."""
    return float(np.mean([(s.high or 0.0) - (s.low or 0.0) for s in outcome.scores]))


def precision(outcome: Outcome) -> dict[Tier, tuple[int, int]]:
    """Of the units called above or below the target: how many truly are, and how many were called."""
    found = {}
    for tier, sign in ((Tier.ABOVE, 1), (Tier.BELOW, -1)):
        called = [
            sign * (t - (s.target or 0.0)) > 0
            for t, s in zip(outcome.truth, outcome.scores, strict=True)
            if s.tier is tier
        ]
        found[tier] = (sum(called), len(called))
    return found


def composite_coverage(cities: int, city: City, seed: int, size: int = 8) -> tuple[float, int]:
    """Share of departments of ``size`` services whose interval holds the true Σ ω·Score, and their number."""
    rng, hits = np.random.default_rng(seed), []
    for _ in range(cities):
        units, truth = make_city(rng, city)
        scores = score_units(units)
        position = {unit.key: i for i, unit in enumerate(units)}
        for start in range(0, len(units) - size + 1, size):
            part = range(start, start + size)
            omegas = demand_weights({units[i].key: units[i].cases.received for i in part})
            found = composite([scores[i] for i in part], omegas)
            if found.low is not None and found.high is not None:
                true = sum(
                    m.omega * true_score(truth[position[k]], m.score) for k, m in found.members.items()
                )
                hits.append(found.low <= true <= found.high)
    return (float(np.mean(hits)) if hits else float("nan")), len(hits)


def timing(seed: int = 1, units: int = 500) -> float:
    """Milliseconds to score ``units`` services once, best of five."""
    tallies, _ = make_city(np.random.default_rng(seed), City(units=units, sample=0.1))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        score_units(tallies)
        best = min(best, time.perf_counter() - start)
    return 1000 * best
