"""Who is best and who is worst: the score beside what rating sites use (raw mean, Wilson lower bound, Bayesian mean)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tools.simulate.measures import Outcome
from webapp.domain.rates import wilson
from webapp.domain.scoring import Tier, UnitScore

Array = NDArray[Any]

TOP: Final = 10
METHODS: Final = ("score", "raw score", "raw mean", "Wilson lower bound", "Bayesian mean")


def estimates(scores: Sequence[UnitScore]) -> Mapping[str, Array]:
    """Each method's number for the units of one city; those of rating sites from the votes alone.

    Wilson's lower bound takes the mean vote as the share that is content (Miller, How not to sort by average rating,
    2009); the Bayesian mean adds as many votes at the city's mean as a unit has on average (IMDb's formula).
    """
    n = np.array([float(s.n) for s in scores])
    x = np.array([s.raw_mean or 0.0 for s in scores])
    city, typical = float((n * x).sum() / max(n.sum(), 1.0)), float(n.mean())
    return {
        "score": np.array([s.score or 0.0 for s in scores]),
        "raw score": np.array([s.raw_score or 0.0 for s in scores]),
        "raw mean": 100 * x,
        "Wilson lower bound": np.array([100 * wilson(n[i] * x[i], n[i])[0] for i in range(len(n))]),
        "Bayesian mean": 100 * (n * x + typical * city) / (n + typical),
    }


@dataclass(frozen=True, slots=True)
class Ranks:
    """Per method: share of the truly best ten (by score, and by experience) among its own best ten, and of as many
    red flags as the score raises, how many are right; ``flags`` raised in all."""

    top: Mapping[str, float]
    top_e: Mapping[str, float]
    red: Mapping[str, float]
    flags: int


def _top(values: Array, truth: Array) -> float:
    return len({*np.argsort(-values)[:TOP].tolist()} & {*np.argsort(-truth)[:TOP].tolist()}) / TOP


def ranks(outcome: Outcome) -> Ranks:
    """Over all cities of an outcome; a red flag is right where the truth lies below the target."""
    top: dict[str, list[float]] = {m: [] for m in METHODS}
    top_e: dict[str, list[float]] = {m: [] for m in METHODS}
    right, flags = dict.fromkeys(METHODS, 0), 0
    city = np.array(outcome.city)
    for index in range(int(city.max()) + 1):
        at = np.flatnonzero(city == index)
        scores = [outcome.scores[i] for i in at]
        truth, e = np.array(outcome.truth)[at], np.array(outcome.true_e)[at]
        red = sum(s.tier is Tier.BELOW for s in scores)
        flags += red
        for method, values in estimates(scores).items():
            top[method].append(_top(values, truth))
            own = np.array([s.parts["E"].adjusted if "E" in s.parts else 0.0 for s in scores])
            top_e[method].append(_top(own if method == "score" else values, e))
            # By their own number; the score's red units are those that its evidence is sure of.
            named = [i for i, s in enumerate(scores) if s.tier is Tier.BELOW]
            chosen = named if method == "score" else np.argsort(values)[:red].tolist()
            right[method] += sum(truth[i] < (scores[i].target or 0.0) for i in chosen)
    return Ranks(
        {m: float(np.mean(v)) for m, v in top.items()},
        {m: float(np.mean(v)) for m, v in top_e.items()},
        {m: right[m] / max(flags, 1) for m in METHODS},
        flags,
    )
