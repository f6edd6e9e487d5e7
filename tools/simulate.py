"""Does the score tell the truth? Synthetic cities whose truth is known, scored as real ones are.

    python -m tools.simulate [--cities 100] [--units 80] [--median 20] [--seed 1]

Prints how often the 95 % interval covers the true score, overall and by number of votes, the error of the score
beside that of the raw figures, how often red and green are right, and the time to score 500 services.

A true unit has an experience per channel, a solved rate, a timely rate and a no-return rate, drawn from a city in
which a tenth of the units is much worse than the rest: not the bell curve that the shrinkage assumes. Residents of
different channels vote with different readiness, votes are J-shaped, a biased text model reads the texts of all
hotline cases and of some votes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from webapp.domain.scoring import (
    DEFAULT_SCORE_POLICY,
    CaseTally,
    ScorePolicy,
    StratumTally,
    Tier,
    UnitScore,
    UnitTally,
    composite,
    demand_weights,
    score_units,
)

Array = NDArray[Any]

CHANNELS: Final = ("hall", "web", "wechat", "hotline")
CHANNEL_EFFECT: Final = np.array([0.05, 0.0, -0.03, -0.08])
CHANNEL_MIX: Final = np.array([4.0, 2.0, 2.0, 2.0])
READINESS: Final = np.array([0.40, 0.20, 0.30, 0.12])
BANDS: Final = ((10, 15), (15, 30), (30, 100), (100, 10**9))


@dataclass(frozen=True, slots=True)
class City:
    """What the synthetic city is like. ``unhappy`` is how many times more often a bad experience is voted on."""

    units: int = 80
    median_votes: float = 20.0
    interaction: float = 0.03
    polarised: float = 1.0
    text_noise: float = 0.25
    unhappy: float = 1.0


@dataclass(slots=True)
class Outcome:
    """Per scored unit: truth, score, interval, raw figures, votes, tier; arrays filled city by city."""

    truth: list[float] = field(default_factory=list)
    scores: list[UnitScore] = field(default_factory=list)
    true_e: list[float] = field(default_factory=list)
    targets: list[float] = field(default_factory=list)


def _truths(rng: Generator, city: City) -> tuple[Array, Array]:
    """Experience per unit and channel (units, 4), and R, T, V per unit (units, 3), all in 0…1."""
    bad = rng.random(city.units) < 0.1
    level = np.where(bad, rng.normal(0.55, 0.10, city.units), rng.normal(0.80, 0.07, city.units))
    noise = rng.normal(0, city.interaction, (city.units, len(CHANNELS)))
    experience = np.clip(level[:, None] + CHANNEL_EFFECT + noise, 0.05, 0.97)
    solved = np.clip(0.25 + 0.55 * level + rng.normal(0, 0.10, city.units), 0.05, 0.97)
    return experience, np.column_stack(
        [solved, rng.beta(12.0, 2.0, city.units), rng.beta(25.0, 2.0, city.units)]
    )


def _votes(rng: Generator, mean: float, cases: int, city: City) -> Array:
    """Levels − 1 (0…4) that ``cases`` residents would give: J-shaped, with this mean times 4."""
    heart = rng.beta(mean * city.polarised, (1 - mean) * city.polarised, cases)
    return rng.binomial(4, heart)


def _stratum(
    rng: Generator, city: City, channel: int, mean: float, cases: int, readiness: float
) -> StratumTally:
    """One channel of one unit: everybody has an opinion and perhaps a text, some vote."""
    opinion = _votes(rng, mean, cases, city)
    eager = np.where(opinion <= 1, city.unhappy, 1.0)
    voted = rng.random(cases) < np.minimum(readiness * eager, 1.0)
    hotline = CHANNELS[channel] == "hotline"
    wrote = np.full(cases, hotline) | (voted & (rng.random(cases) < 0.4))
    # The model reads opinions too darkly and with noise; predictions are stored in thousandths.
    seen = np.clip(0.1 + 0.6 * opinion / 4 + rng.normal(0, city.text_noise, cases), 0, 1)
    predicted = np.rint(1000 * seen).astype(int)
    both = voted & wrote
    one, two, three, four, five = np.bincount(opinion[voted], minlength=5).tolist()
    f, x = predicted[both], opinion[both]
    # Only the hotline's texts stand for all its cases; elsewhere a text comes with a vote.
    texts = predicted[wrote]
    return StratumTally(
        CHANNELS[channel], one, two, three, four, five, closed_cases=cases, text_n=len(texts), text_sum=int(texts.sum()),
        text_sq=int((texts**2).sum()), both_n=len(x), both_pred_sum=int(f.sum()), both_pred_sq=int((f**2).sum()),
        both_vote_sum=int(x.sum()), both_vote_sq=int((x**2).sum()), both_cross=int((f * x).sum()),
    )  # fmt: skip


def _cases(rng: Generator, rates: Array, closed: int, asked: int) -> CaseTally:
    solved, timely, kept = rates
    yes, on_time = rng.binomial(asked, solved), rng.binomial(closed, timely)
    eligible = closed // 2
    return CaseTally(
        received=closed, closed=closed, on_time=int(on_time), late=int(closed - on_time), solved_yes=int(yes),
        solved_no=int(asked - yes), unreached=closed - asked, returned=int(eligible - rng.binomial(eligible, kept)),
        returned_eligible=eligible,
    )  # fmt: skip


def make_city(rng: Generator, city: City) -> tuple[list[UnitTally], Array]:
    """Tallies of a city's units and their true parts, array (units, 4) in the order E, R, T, V."""
    experience, rates = _truths(rng, city)
    wanted = city.median_votes * np.exp(rng.normal(0, 0.9, city.units))
    mix = rng.dirichlet(CHANNEL_MIX, city.units)
    readiness = READINESS * np.exp(rng.normal(0, 0.3, (city.units, len(CHANNELS))))
    units: list[UnitTally] = []
    for i in range(city.units):
        cases = max(8, int(wanted[i] / (mix[i] @ readiness[i])))
        split = np.maximum(rng.multinomial(cases, mix[i]), 1)
        strata = [
            _stratum(rng, city, h, experience[i, h], int(split[h]), readiness[i, h])
            for h in range(len(CHANNELS))
        ]
        asked = max(1, int(cases * 0.2))
        units.append(UnitTally(f"unit {i}", strata, _cases(rng, rates[i], cases, asked)))
        mix[i] = split / split.sum()
    return units, np.column_stack([(mix * experience).sum(axis=1), rates])


def true_score(parts: Array, score: UnitScore) -> float:
    """Score that the true parts give under the same weights."""
    weights = np.array([score.weights.get(name, 0.0) for name in ("E", "R", "T", "V")])
    return float(100 * np.exp(weights @ np.log(parts)))


def run(cities: int, city: City, seed: int, policy: ScorePolicy = DEFAULT_SCORE_POLICY) -> Outcome:
    """Score ``cities`` synthetic cities; units without enough data are left out, as on the pages."""
    rng, outcome = np.random.default_rng(seed), Outcome()
    for _ in range(cities):
        units, truth = make_city(rng, city)
        for parts, score in zip(truth, score_units(units, policy), strict=True):
            if score.score is not None:
                outcome.truth.append(true_score(parts, score))
                outcome.scores.append(score)
                outcome.true_e.append(float(parts[0]))
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
    """Root mean square errors: of the score and of the raw score (points), of E and of the raw mean (× 100)."""
    scores, truth = outcome.scores, outcome.truth
    voted = [(s, e) for s, e in zip(scores, outcome.true_e, strict=True) if s.n > 0]
    return {
        "score": _rmse([s.score or 0.0 for s in scores], truth),
        "raw score": _rmse([s.raw_score or 0.0 for s in scores], truth),
        "E": 100 * _rmse([s.parts["E"].adjusted for s, _ in voted], [e for _, e in voted]),
        "raw mean": 100 * _rmse([s.raw_mean or 0.0 for s, _ in voted], [e for _, e in voted]),
        "E bias": 100 * float(np.mean([s.parts["E"].adjusted - e for s, e in voted])),
        "raw bias": 100 * float(np.mean([(s.raw_mean or 0.0) - e for s, e in voted])),
    }


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
    tallies, _ = make_city(np.random.default_rng(seed), City(units=units))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        score_units(tallies)
        best = min(best, time.perf_counter() - start)
    return 1000 * best


def _report(name: str, outcome: Outcome) -> None:
    overall, n = coverage(outcome)
    bands = "  ".join(
        f"{lo}–{hi if hi < 10**9 else ''}: {coverage(outcome, lo, hi)[0]:.3f}" for lo, hi in BANDS
    )
    found = errors(outcome)
    print(f"{name}: {n} scored units, coverage {overall:.3f}   by votes {bands}")
    print(
        f"    error: score {found['score']:.2f} of raw score {found['raw score']:.2f}"
        f" ({found['score'] / found['raw score']:.2f} ×); E {found['E']:.2f} of raw mean {found['raw mean']:.2f}"
        f" ({found['E'] / found['raw mean']:.2f} ×); bias of E {found['E bias']:+.2f}, raw {found['raw bias']:+.2f}"
    )
    for tier, (right, called) in precision(outcome).items():
        print(f"    {tier}: {right} of {called} right" + (f" ({right / called:.3f})" if called else ""))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Score synthetic cities whose truth is known.")
    parser.add_argument("--cities", type=int, default=100)
    parser.add_argument("--units", type=int, default=80)
    parser.add_argument("--median", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args(arguments)
    _report("city", run(a.cities, City(a.units, a.median), a.seed))
    _report("few peers (8)", run(a.cities * 4, City(8, a.median), a.seed))
    _report("few votes (median 8)", run(a.cities, City(a.units, 8.0), a.seed))
    _report("without text", run(a.cities, City(a.units, a.median), a.seed, ScorePolicy(use_text=False)))
    _report("unhappy vote 3 × as often", run(a.cities, City(a.units, a.median, unhappy=3.0), a.seed))
    share, departments = composite_coverage(a.cities, City(a.units, a.median), a.seed)
    print(f"departments of 8 services: {departments}, coverage {share:.3f}")
    print(f"500 services scored in {timing():.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
