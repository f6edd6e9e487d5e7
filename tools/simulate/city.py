"""A synthetic city: units whose true parts are known, and the counts that they would leave in the roll-ups.

A true unit has an experience per channel, a solved rate, a timely rate and a no-return rate, drawn from a city in
which a tenth of the units is much worse than the rest: not the bell curve that the shrinkage assumes. Residents of
different channels vote with different readiness, votes are J-shaped, a biased text model reads the texts of all
hotline cases and of some votes, and a random sample of the closed cases may be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from webapp.domain.scoring import CaseTally, StratumTally, UnitScore, UnitTally
from webapp.domain.tallies import OF_CASES

Array = NDArray[Any]

CHANNELS: Final = ("hall", "web", "wechat", "hotline")
CHANNEL_EFFECT: Final = np.array([0.05, 0.0, -0.03, -0.08])
CASES_EFFECT: Final = -0.06
"""Cases go less well than uses (``City.silent``)"""
TOLD: Final = 0.25
CHANNEL_MIX: Final = np.array([4.0, 2.0, 2.0, 2.0])
READINESS: Final = np.array([0.40, 0.20, 0.30, 0.12])


@dataclass(frozen=True, slots=True)
class City:
    """What the synthetic city is like.

    interaction     how much a channel's effect differs from unit to unit
    polarised       1: votes are J-shaped; larger: they gather around the unit's level
    text_noise      of the text model's predictions, 0…1; ``text_skew``: texts without a vote read so much darker
    texts           share of cases of other channels than the hotline that leave a text without a vote, too
    unhappy         how many times more often a bad experience (levels 1 and 2) is voted on
    sample          share of closed cases that are asked at random and answer (a follow-up call)
    silent          uses and cases apart, as on the platform: votes are on uses, the residents of a quarter of the cases say by
                    themselves how those went (unhappy ones more readily), and ``sample`` is drawn among the others
    good_spread, bad_share
                    how much ordinary units differ, and the share of those that are much worse
    """

    units: int = 80
    median_votes: float = 20.0
    interaction: float = 0.03
    polarised: float = 1.0
    text_noise: float = 0.25
    text_skew: float = 0.0
    texts: float = 0.0
    unhappy: float = 1.0
    sample: float = 0.0
    silent: bool = False
    good_spread: float = 0.07
    bad_share: float = 0.1


def draw_truths(rng: Generator, city: City) -> tuple[Array, Array]:
    """Experience per unit and channel (units, 4), and R, T, V per unit (units, 3), all in 0…1."""
    bad = rng.random(city.units) < city.bad_share
    level = np.where(bad, rng.normal(0.55, 0.10, city.units), rng.normal(0.80, city.good_spread, city.units))
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
    asked = rng.random(cases) < city.sample if city.sample else np.zeros(cases, dtype=bool)
    hotline = CHANNELS[channel] == "hotline"
    wrote = (
        np.full(cases, hotline)
        | (rng.random(cases) < city.texts if city.texts else False)
        | (voted & (rng.random(cases) < 0.4))
    )
    # The model reads opinions too darkly and with noise; predictions are stored in thousandths.
    dark = np.where(voted, 0.0, city.text_skew)
    seen = np.clip(0.1 + 0.6 * opinion / 4 - dark + rng.normal(0, city.text_noise, cases), 0, 1)
    predicted = np.rint(1000 * seen).astype(int)
    both = voted & ~asked & wrote
    # Everybody counts once: who was asked is left out of those who came by themselves.
    votes, sample = (np.bincount(opinion[who], minlength=5).tolist() for who in (voted & ~asked, asked))
    f, x = predicted[both], opinion[both]
    # Only the hotline's texts stand for all its cases; elsewhere a text comes with a vote.
    texts = predicted[wrote]
    counts: dict[str, Any] = {
        f"{kind}_{level}": count
        for kind, words in (("rating", votes), ("sampled", sample))
        for level, count in enumerate(words, 1)
    }
    return StratumTally(
        CHANNELS[channel], closed_cases=cases, text_n=len(texts), text_sum=int(texts.sum()),
        text_sq=int((texts**2).sum()), both_n=len(x), both_pred_sum=int(f.sum()), both_pred_sq=int((f**2).sum()),
        both_vote_sum=int(x.sum()), both_vote_sq=int((x**2).sum()), both_cross=int((f * x).sum()), **counts,
    )  # fmt: skip


def _case_stratum(rng: Generator, city: City, channel: int, mean: float, cases: int) -> StratumTally:
    """Closed cases of one channel: some residents tell by themselves, some of the silent are asked."""
    opinion = _votes(rng, mean, cases, city)
    eager = np.where(opinion <= 1, city.unhappy, 1.0)
    told = rng.random(cases) < np.minimum(TOLD * eager, 1.0)
    asked = ~told & (rng.random(cases) < city.sample)
    counts: dict[str, Any] = {
        f"{kind}_{level}": int(count)
        for kind, who in (("told", told), ("sampled", asked))
        for level, count in enumerate(np.bincount(opinion[who], minlength=5), 1)
    }
    return StratumTally(f"{CHANNELS[channel]}{OF_CASES}", closed_cases=cases, **counts)


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
    experience, rates = draw_truths(rng, city)
    wanted = city.median_votes * np.exp(rng.normal(0, 0.9, city.units))
    mix = rng.dirichlet(CHANNEL_MIX, city.units)
    readiness = READINESS * np.exp(rng.normal(0, 0.3, (city.units, len(CHANNELS))))
    units: list[UnitTally] = []
    level = np.zeros(city.units)
    for i in range(city.units):
        cases = max(8, int(wanted[i] / (mix[i] @ readiness[i])))
        split = np.maximum(rng.multinomial(cases, mix[i]), 1)
        means, of_cases = experience[i], split // 2 if city.silent else np.zeros_like(split)
        uses, less = split - of_cases, np.clip(means + CASES_EFFECT, 0.05, 0.97)
        channels = range(len(CHANNELS))
        usual = replace(city, sample=0.0) if city.silent else city
        strata = [_stratum(rng, usual, h, means[h], int(uses[h]), readiness[i, h]) for h in channels]
        strata += [_case_stratum(rng, city, h, less[h], int(of_cases[h])) for h in channels if of_cases[h]]
        asked = max(1, int(cases * 0.2))
        units.append(UnitTally(f"unit {i}", strata, _cases(rng, rates[i], cases, asked)))
        level[i] = (uses @ means + of_cases @ less) / split.sum()
    return units, np.column_stack([level, rates])


def true_score(parts: Array, score: UnitScore) -> float:
    """Score that the true parts give under the same weights."""
    weights = np.array([score.weights.get(name, 0.0) for name in ("E", "R", "T", "V")])
    return float(100 * np.exp(weights @ np.log(parts)))
