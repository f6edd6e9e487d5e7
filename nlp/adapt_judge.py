"""Is a new version of the city's model good enough? Compared with what serves now on messages neither was fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import city_prior
from nlp.adapt import MIN_MESSAGES, Example, Material, fit_city, prepare, targets_of
from nlp.analyzer import Analyzer
from nlp.city import HEADS, CityModel, outcomes_of

Bools = NDArray[np.bool_]
Verdict = Literal[
    "better",
    "not_worse",
    "too_few_examples",
    "too_few_held_out",
    "worse_on_corrections",
    "worse_overall",
    "loses_agreement",
]
PASSED: tuple[Verdict, ...] = ("better", "not_worse")
MIN_HELD_OUT = 8
_SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400)
_DRAWS = 1000


class Part(NamedTuple):
    """Held-out messages of one kind: how many, and how many are read right before and after."""

    messages: int
    before: int
    after: int


class Judgement(NamedTuple):
    """One head's comparison. `gain`, `low`, `high`: difference in accuracy over all held-out messages, with its 95 %
    bootstrap interval over near-copy groups; `chance`: exact McNemar p of a difference as large in either direction."""

    head: str
    verdict: Verdict
    examples: int
    corrected: Part
    agreed: Part
    gain: float
    low: float
    high: float
    chance: float


class Point(NamedTuple):
    """Of the learning curve: trained on so many messages; per head the share of held-out messages read right."""

    examples: int
    accuracy: dict[str, float]


class Outcome(NamedTuple):
    """A retraining: the model to store (None: nothing passed), the judgements, the learning curve, the counts."""

    model: CityModel | None
    judgements: tuple[Judgement, ...]
    curve: tuple[Point, ...]
    trained: int
    held_out: int


def right(head: str, model: CityModel | None, analyzer: Analyzer, material: Material) -> Bools:
    """For each example of `material` (all of this head): whether the head's answer is what staff said."""
    outcomes = outcomes_of(head, analyzer.forum_labels)
    targets = targets_of(head, material.examples, outcomes)
    found = np.zeros(len(material.examples), dtype=bool)
    for row, reading in enumerate(material.readings):
        logits = reading.logits[head]
        own = model.read(reading, analyzer.bases) if model is not None and head in model.deltas else {}
        choice = int(own.get(head, logits).argmax())
        if head == "urgency" and own:
            rules = city_prior.LEVELS[int(logits.argmax())]
            choice = outcomes.index(city_prior.raised(rules, own[head]))
        found[row] = targets[row, choice] > 0 and targets[row, choice] >= 0.5 * targets[row].max()
    return found


def mcnemar(won: int, lost: int) -> float:
    """Exact two-sided p of at least so uneven a split of `won + lost` changed answers."""
    total, least = won + lost, min(won, lost)
    tail = sum(math.comb(total, k) for k in range(least + 1)) / 2**total
    return min(1.0, 2 * tail)


def difference(
    before: Bools, after: Bools, groups: NDArray[np.int64], seed: int = 11
) -> tuple[float, float, float]:
    """Difference in accuracy and its 95 % interval: paired bootstrap over near-copy groups."""
    gap = after.astype(float) - before
    group = np.unique(groups, return_inverse=True)[1]
    sums, sizes = np.bincount(group, weights=gap), np.bincount(group)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(gap.mean()), float(low), float(high)


def _verdict(corrected: Part, agreed: Part) -> Verdict:
    """Not fewer corrections right, not fewer messages right in all, and of what staff agreed with less than one point
    lost (of under 100 messages: at most one)."""
    if corrected.messages + agreed.messages < MIN_HELD_OUT:
        return "too_few_held_out"
    lost = agreed.before - agreed.after
    if corrected.after < corrected.before:
        return "worse_on_corrections"
    if corrected.after + agreed.after < corrected.before + agreed.before:
        return "worse_overall"
    if lost > 1 and lost >= 0.01 * agreed.messages:
        return "loses_agreement"
    return "better" if corrected.after + agreed.after > corrected.before + agreed.before else "not_worse"


def judge(
    head: str,
    candidate: CityModel,
    serving: CityModel | None,
    analyzer: Analyzer,
    test: Material,
    examples: int,
) -> Judgement:
    """Compare one head of two models on held-out messages. `examples`: how many the candidate was fitted on."""
    mine = test.pick(test.of_head(head))
    usable = (
        targets_of(head, mine.examples, outcomes_of(head, analyzer.forum_labels)).max(axis=1, initial=0) > 0
    )
    mine = mine.pick(np.flatnonzero(usable))
    nothing = Part(0, 0, 0)
    if head not in candidate.deltas:
        return Judgement(head, "too_few_examples", examples, nothing, nothing, 0.0, 0.0, 0.0, 1.0)
    if not len(mine.examples):
        return Judgement(head, "too_few_held_out", examples, nothing, nothing, 0.0, 0.0, 0.0, 1.0)
    before, after = right(head, serving, analyzer, mine), right(head, candidate, analyzer, mine)
    agreed = np.array([e.agreed for e in mine.examples])
    corrected, confirmed = (
        Part(int(kind.sum()), int(before[kind].sum()), int(after[kind].sum())) for kind in (~agreed, agreed)
    )
    gain, low, high = difference(before, after, mine.groups)
    chance = mcnemar(int((after & ~before).sum()), int((before & ~after).sum()))
    verdict = _verdict(corrected, confirmed)
    return Judgement(head, verdict, examples, corrected, confirmed, gain, low, high, chance)


def learning_curve(
    analyzer: Analyzer, train: Material, test: Material, full: CityModel, sizes: Sequence[int] = _SIZES
) -> tuple[Point, ...]:
    """Accuracy on `test` after the first 0, 25, 50, 100 … messages of `train`, and after all of it (`full`)."""
    total = len(train.examples)
    points = []
    for size in (0, *(size for size in sizes if size < total), total):
        if size == total:
            model: CityModel | None = full
        elif size < MIN_MESSAGES:
            model = None
        else:
            model = fit_city(analyzer, train.pick(np.arange(size)), tuple(full.deltas), calibrate=False)
        shares = {}
        for head in full.deltas:
            mine = test.pick(test.of_head(head))
            if len(mine.examples):
                shares[head] = round(float(right(head, model, analyzer, mine).mean()), 4)
        points.append(Point(size, shares))
    return tuple(points)


def retrain(
    analyzer: Analyzer, examples: Sequence[Example], serving: CityModel | None, curve: bool = True
) -> Outcome:
    """Fit, compare, keep what is not worse. `examples` oldest first; `serving`: the city's model in service, if any.

    Heads that do not pass stay as they are in `serving`. A fifth of the messages is held out, always the same ones,
    so that no version has ever been fitted on them.
    """
    material = prepare(analyzer, examples)
    train, test = (material.pick(np.flatnonzero(mask)) for mask in (~material.kept, material.kept))
    if not len(train.examples):
        return Outcome(None, (), (), 0, len(test.examples))
    candidate = fit_city(analyzer, train)
    judgements = tuple(
        judge(head, candidate, serving, analyzer, test, len(train.of_head(head))) for head in HEADS
    )
    passed = {j.head: candidate.deltas[j.head] for j in judgements if j.verdict in PASSED}
    points = learning_curve(analyzer, train, test, candidate) if curve and candidate.deltas else ()
    model = None
    if passed:
        model = CityModel({**(serving.deltas if serving else {}), **passed}, candidate.header)
    return Outcome(model, judgements, points, len(train.examples), len(test.examples))
