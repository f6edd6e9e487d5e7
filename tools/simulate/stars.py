"""Text as difference estimator: on synthetic cities, and on real reviews that have stars (figures only, no text)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tools.simulate.city import City
from tools.simulate.measures import LEAST, Outcome, run
from webapp.domain.experience import estimate_experience
from webapp.domain.scoring import ScorePolicy, StratumTally, UnitTally

Array = NDArray[Any]

WITHOUT: Final = ScorePolicy(use_text=False)
SETS: Final = (
    ("restaurants, 1–5 stars", "asap_sample", "reviewbody", "star"),
    ("hotels, good or bad", "chnsenticorp_htl", "text", "label"),
    ("food delivery, good or bad", "waimai_10k", "text", "label"),
    ("goods, good or bad", "online_shopping_10_cats", "text", "label"),
)
MOST: Final = 1500
UNITS, CASES, VOTES = 20, 200, 40


@dataclass(frozen=True, slots=True)
class Gain:
    """Length of E's interval, error and bias of E (× 100), and coverage (of the score in synthetic cities, of E on
    reviews), each without and with text."""

    name: str
    length: tuple[float, float]
    error: tuple[float, float]
    bias: tuple[float, float]
    covered: tuple[float, float]

    @property
    def narrower(self) -> float:
        """Share by which the text shortens the interval."""
        return 1 - self.length[1] / self.length[0]


def _by_unit(outcome: Outcome) -> dict[tuple[int, str], tuple[float, float, float, float]]:
    """Length of E's interval, estimate less truth (both × 100), whether the score is covered, and effective votes."""
    found = {}
    for city, score, e, true in zip(outcome.city, outcome.scores, outcome.true_e, outcome.truth, strict=True):
        if score.n >= LEAST and "E" in score.parts:
            part = score.parts["E"]
            held = (score.low or 0.0) <= true <= (score.high or 0.0)
            found[city, score.key] = (
                100 * (part.high - part.low),
                100 * (part.adjusted - e),
                float(held),
                part.n,
            )
    return found


def synthetic(name: str, city: City, cities: int, seed: int) -> Gain:
    """One kind of city scored without and with text, over the units that have a number both times."""
    without, with_text = (_by_unit(run(cities, city, seed, policy)) for policy in (WITHOUT, ScorePolicy()))
    both = sorted({*without} & {*with_text})
    sides = [np.array([side[key] for key in both]) for side in (without, with_text)]
    columns = [
        (
            float(a[:, 0].mean()),
            float(np.sqrt((a[:, 1] ** 2).mean())),
            float(a[:, 1].mean()),
            float(a[:, 2].mean()),
        )
        for a in sides
    ]
    return Gain(name, *(tuple(values) for values in zip(*columns, strict=True)))  # type: ignore[arg-type]


def read(folder: Path, name: str, text: str, label: str, rng: Generator) -> tuple[Array, Array]:
    """Votes (0…4) and predictions (thousandths) of one set, by the shipped models; at most ``MOST`` rows."""
    from nlp import default_analyzer  # takes a second to load, and only this needs it

    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row[text], float(row[label])) for row in csv.DictReader(lines) if row[text].strip()]
    chosen = rng.permutation(len(rows))[:MOST]
    analyzer = default_analyzer()
    votes = [int(rows[i][1]) - 1 if label == "star" else int(4 * rows[i][1]) for i in chosen]
    ratings = [analyzer.analyze(rows[i][0]).as_dict()["expected_rating"] for i in chosen]
    return np.array(votes), np.rint((np.array(ratings) - 1) * 250).astype(int)


def _unit(key: str, rng: Generator, votes: Array, predicted: Array, unhappy: float) -> UnitTally:
    """200 cases drawn from the set; all have a text, about 40 vote, unhappy ones more readily."""
    drawn = rng.integers(0, len(votes), CASES)
    x, f = votes[drawn], predicted[drawn]
    eager = np.where(x <= 1, unhappy, 1.0)
    heard = rng.random(CASES) < VOTES / CASES * eager / eager.mean()
    levels: dict[str, Any] = {
        f"rating_{level}": int(count) for level, count in enumerate(np.bincount(x[heard], minlength=5), 1)
    }
    a, b = f[heard], x[heard]
    stratum = StratumTally(
        "web", closed_cases=CASES, text_n=CASES, text_sum=int(f.sum()), text_sq=int((f**2).sum()), both_n=len(b),
        both_pred_sum=int(a.sum()), both_pred_sq=int((a**2).sum()), both_vote_sum=int(b.sum()),
        both_vote_sq=int((b**2).sum()), both_cross=int((a * b).sum()), **levels,
    )  # fmt: skip
    return UnitTally(key, [stratum])


def starred(
    name: str, votes: Array, predicted: Array, windows: int, rng: Generator, unhappy: float = 1.0
) -> Gain:
    """Windows of 20 units drawn from one set, whose truth is the set's own mean."""
    truth = float(votes.mean() / 4)
    sides: list[list[tuple[float, float]]] = [[], []]
    for _ in range(windows):
        units = [_unit(str(i), rng, votes, predicted, unhappy) for i in range(UNITS)]
        for side, policy in zip(sides, (WITHOUT, ScorePolicy()), strict=True):
            e = estimate_experience(units, policy)
            level = float((e.estimate + e.offset).mean())
            sd = np.sqrt(max(level * (1 - level), 0.01) / e.trials)
            side += zip((e.estimate + e.offset).tolist(), sd.tolist(), strict=True)
    found: list[Sequence[float]] = []
    for side in sides:
        estimate, sd = np.array(side).T
        off = estimate - truth
        found.append((
            float(2 * 1.96 * sd.mean() * 100), float(np.sqrt((off**2).mean()) * 100), float(off.mean() * 100),
            float((np.abs(off) <= 1.96 * sd).mean()),
        ))  # fmt: skip
    return Gain(name, *(tuple(values) for values in zip(*found, strict=True)))  # type: ignore[arg-type]


def on_reviews(folder: Path, kind: tuple[str, str, str, str], windows: int, seed: int) -> tuple[Gain, Gain]:
    """One of ``SETS``, with voters at random and with unhappy people voting three times as often."""
    rng = np.random.default_rng(seed)
    name, file, text, label = kind
    votes, predicted = read(folder, file, text, label, rng)
    return (
        starred(name, votes, predicted, windows, rng),
        starred(name, votes, predicted, windows, rng, unhappy=3.0),
    )


def kinds(city: City) -> list[tuple[str, City]]:
    """Cities that differ in what their texts are worth; eight cases in ten leave one."""
    told = replace(city, texts=0.8)
    return [
        ("a good model", replace(told, text_noise=0.12)),
        ("a fair model", told),
        ("a poor model", replace(told, text_noise=0.8)),
        ("a model that knows nothing", replace(told, text_noise=5.0)),
        ("unhappy vote 3 × as often, a fair model", replace(told, unhappy=3.0)),
        ("texts without a vote misread as .2 darker", replace(told, text_skew=0.2)),
        ("the same, one case in ten asked", replace(told, text_skew=0.2, sample=0.1)),
    ]
