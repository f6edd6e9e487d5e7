"""Composite official indicators as cities define them, and where they and the demand-oriented score disagree.

A district may publish 0.1 · 响应率 + 0.5 · 解决率 + 0.4 · 满意率 with 基本满意 counted 0.9; another city weighs otherwise.
Each such definition is a configuration, computed from the same counts as the plain indicators, and stands beside the
score with the reasons in numbers: what lifts the one and lowers the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt
from typing import Final

from webapp.domain.rates import RateTally, wilson
from webapp.domain.scores import PARTS, Tier
from webapp.domain.text import N_

COMPONENTS: Final = ("response", "resolution", "satisfaction")


@dataclass(frozen=True, slots=True)
class OfficialIndex:
    """A weighted sum of the three rates, in points of 100.

    basically   what 基本满意 counts in the satisfaction rate; partly: what 部分解决 counts in the resolution rate
    """

    name: str
    response: float
    resolution: float
    satisfaction: float
    basically: float = 1.0
    partly: float = 0.0

    @property
    def weights(self) -> Mapping[str, float]:
        """Weights by component, summing to 1."""
        given = (self.response, self.resolution, self.satisfaction)
        total = sum(given)
        return dict(zip(COMPONENTS, (w / total for w in given), strict=True))


DEFAULT_INDICES: Final = (
    OfficialIndex(N_("三率综合指数"), 0.1, 0.5, 0.4, basically=0.9),
    OfficialIndex(N_("解决率与满意率各半"), 0.0, 0.5, 0.5),
)


@dataclass(frozen=True, slots=True)
class Component:
    """A rate of an index: ``value`` 0…1 of ``n`` answers with its interval."""

    value: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class IndexValue:
    """An index in points of 100 with its 95 % interval; None where a component of weight has no answers."""

    index: OfficialIndex
    value: float | None
    low: float | None
    high: float | None
    components: Mapping[str, Component]


def _component(successes: float, n: int) -> Component | None:
    # Fractions of a success vary less than whole ones do: Wilson's interval is then on the safe side.
    return Component(successes / n, n, *wilson(successes, n)) if n else None


def index_value(tally: RateTally, index: OfficialIndex) -> IndexValue:
    """The index of one unit; the rates leave out who was not reached, as the plain indicators do.

    Interval by MOVER, the method of variance estimates recovery: θ − √Σ w²(p − l)² to θ + √Σ w²(u − p)² with Wilson's
    l and u (Zou and Donner, Statistics in Medicine 27, 2008).
    """
    levels = tally.satisfied
    found = {
        "response": _component(tally.contacted_yes, tally.contacted_yes + tally.contacted_no),
        "resolution": _component(
            tally.solved_yes + index.partly * tally.solved_partly,
            tally.solved_yes + tally.solved_partly + tally.solved_no,
        ),
        "satisfaction": _component(levels[4] + levels[3] + index.basically * levels[2], sum(levels)),
    }
    known = {key: component for key, component in found.items() if component is not None}
    weights = index.weights
    if any(weights[key] > 0 and key not in known for key in COMPONENTS):
        return IndexValue(index, None, None, None, known)
    used = [(weights[key], component) for key, component in known.items()]
    centre = sum(w * c.value for w, c in used)
    down = sqrt(sum((w * (c.value - c.low)) ** 2 for w, c in used))
    up = sqrt(sum((w * (c.high - c.value)) ** 2 for w, c in used))
    return IndexValue(
        index, 100 * centre, 100 * max(centre - down, 0.0), 100 * min(centre + up, 1.0), known
    )  # fmt: skip


class Agreement(StrEnum):
    """How an index and the score stand to each other, each against its own peers."""

    AGREE = "agree"
    DIFFER = "differ"
    CONTRADICT = "contradict"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return AGREEMENT_LABELS[self]


AGREEMENT_LABELS: Final[Mapping[Agreement, str]] = {
    Agreement.AGREE: N_("一致"),
    Agreement.DIFFER: N_("不尽一致"),
    Agreement.CONTRADICT: N_("相反"),
    Agreement.UNKNOWN: N_("无从比较"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit as it is compared: score and tier, its parts and their weights, and one index."""

    key: str
    score: float | None
    tier: Tier
    parts: Mapping[str, float]
    weights: Mapping[str, float]
    index: IndexValue


@dataclass(frozen=True, slots=True)
class Pull:
    """A part of the score or a component of the index, and the points by which it lies off the peers."""

    key: str
    points: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """An index beside the score of one unit; pulls are those behind a disagreement, strongest first."""

    index: IndexValue
    peers: float | None
    stands: Tier
    agreement: Agreement
    score_pulls: Sequence[Pull]
    index_pulls: Sequence[Pull]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _stand(index: IndexValue, peers: float | None) -> Tier:
    """Against the peers' mean: above or below only where the interval leaves it out."""
    if index.value is None or index.low is None or index.high is None or peers is None:
        return Tier.INSUFFICIENT
    if index.low > peers:
        return Tier.ABOVE
    return Tier.BELOW if index.high < peers else Tier.AROUND


def _agreement(stands: Tier, tier: Tier) -> Agreement:
    if Tier.INSUFFICIENT in (stands, tier):
        return Agreement.UNKNOWN
    if stands is tier:
        return Agreement.AGREE
    return Agreement.DIFFER if Tier.AROUND in (stands, tier) else Agreement.CONTRADICT


def _score_pulls(unit: Standing, peers: Mapping[str, float]) -> list[Pull]:
    """Points that each part takes or gives against the peers: Score · w · ln(p / p̄), as the score is a product."""
    return [
        Pull(k, (unit.score or 0.0) * unit.weights.get(k, 0.0) * log(max(p, 1e-6) / max(peers[k], 1e-6)))
        for k, p in unit.parts.items()
        if k in peers
    ]


def _index_pulls(unit: Standing, peers: Mapping[str, float]) -> list[Pull]:
    weights = unit.index.index.weights
    return [
        Pull(k, 100 * weights[k] * (c.value - peers[k]))
        for k, c in unit.index.components.items()
        if k in peers
    ]


def _telling(pulls: Sequence[Pull], sign: int, most: int = 2) -> list[Pull]:
    """The strongest pulls of one direction, from half a point on."""
    found = [pull for pull in pulls if sign * pull.points >= 0.5]
    return sorted(found, key=lambda pull: -abs(pull.points))[:most]


def compare(units: Sequence[Standing]) -> dict[str, Comparison]:
    """Each unit's index beside its score, within one group of peers; by key.

    Where they disagree, the pulls say why: parts that draw the score towards its side, and components that draw
    the index towards its own.
    """
    peers = _mean([u.index.value for u in units if u.index.value is not None])
    parts = {k: m for k in PARTS if (m := _mean([u.parts[k] for u in units if k in u.parts])) is not None}
    components = {
        k: m
        for k in COMPONENTS
        if (m := _mean([c.value for u in units if (c := u.index.components.get(k))])) is not None
    }
    order = {Tier.BELOW: -1, Tier.AROUND: 0, Tier.ABOVE: 1}
    found = {}
    for unit in units:
        stands = _stand(unit.index, peers)
        agreement = _agreement(stands, unit.tier)
        score_pulls: list[Pull] = []
        index_pulls: list[Pull] = []
        if agreement in (Agreement.DIFFER, Agreement.CONTRADICT):
            sign = 1 if order[unit.tier] > order[stands] else -1
            score_pulls = _telling(_score_pulls(unit, parts), sign)
            index_pulls = _telling(_index_pulls(unit, components), -sign)
        found[unit.key] = Comparison(unit.index, peers, stands, agreement, score_pulls, index_pulls)
    return found
