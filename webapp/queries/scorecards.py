"""A scorecard: everything a page says about one service, department or area in one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt
from statistics import NormalDist

from webapp.domain.integrity import Gap, selection_gap
from webapp.domain.rates import Rate, RatePolicy, rates
from webapp.domain.scores import Bounds, Composite, Demand, Member, Part, Tier, UnitScore
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.tallies import Counts, demand, rate_tally, votes


@dataclass(frozen=True, slots=True)
class Unit:
    """What is scored. ``key`` is unique among the units of its kind; ``department``, ``area`` are codes.

    exposure    uses per month of a service, residents of an area; 0 where unknown
    level       of an area (2 district, 3 street …), else 0
    """

    kind: str
    id: int
    code: str
    name: str
    department: str = ""
    department_name: str = ""
    area: str = ""
    parent: str = ""
    exposure: float = 0.0
    level: int = 0


@dataclass(frozen=True)
class Scorecard:
    """Score 0…100 with its 95 % interval (None: too little data), raw beside adjusted, counts and indicators.

    method      ``unit``: scored as it is; ``composite``: Σ ω·Score over ``members``
    counts, before
                counters of the window and of the one before (names of ``models.rollup``)
    previous    score of the window before; None where there was none
    parts       E, R, T, V as far as they exist (``unit`` only)
    omega       weight within its department's score
    peer_group, peers
                the group that it was scored in ("" where there is one only), and how many units it has
    version     of the scoring policy that the window is scored by
    """

    unit: Unit
    method: str
    counts: Counts
    before: Counts
    overdue: int
    score: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    raw_score: float | None = None
    raw_mean: float | None = None
    n: int = 0
    n_eff: float = 0.0
    followed_up: int = 0
    tier: Tier = Tier.INSUFFICIENT
    target: float | None = None
    p_above: float | None = None
    p_below: float | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    demand: Demand | None = None
    sensitivity: tuple[float, float] | None = None
    r_bounds: Bounds | None = None
    previous: float | None = None
    previous_sd: float | None = None
    members: Mapping[str, Member] = field(default_factory=dict)
    covered: float = 1.0
    omega: float | None = None
    policy: RatePolicy = field(default_factory=RatePolicy)
    peer_group: str = ""
    peers: int = 0
    version: str = ""

    @property
    def voices(self) -> int:
        """Requests and votes of the window."""
        return demand(self.counts)

    @property
    def votes(self) -> int:
        """Active valid votes of the window."""
        return votes(self.counts)

    @property
    def change(self) -> float | None:
        """Points since the window before."""
        return None if self.score is None or self.previous is None else self.score - self.previous

    @property
    def change_is_clear(self) -> bool:
        """Whether the change is more than the errors of both scores explain (two standard errors)."""
        if self.change is None or self.sd is None or self.previous_sd is None:
            return False
        return abs(self.change) > 1.96 * sqrt(self.sd**2 + self.previous_sd**2)

    @property
    def priority(self) -> float | None:
        """Demand × (100 − score): what comes first. None where either is unknown."""
        if self.score is None or self.demand is None:
            return None
        return self.demand.adjusted * (100.0 - self.score)

    @property
    def ratings(self) -> tuple[int, ...]:
        """Votes of levels 1 to 5."""
        return tuple(self.counts[f"rating_{level}"] for level in range(1, 6))

    @property
    def bad(self) -> int:
        """Bad reviews (levels 1 and 2)."""
        return self.counts["rating_1"] + self.counts["rating_2"]

    @property
    def gap(self) -> Gap | None:
        """How much better those speak of their cases who did so by themselves than those who were drawn; None with few."""
        told, drawn = (
            [self.counts[f"{kind}_{level}"] for level in range(1, 6)] for kind in ("told", "sampled")
        )
        return selection_gap(told, drawn)

    @cached_property
    def plain_rates(self) -> Mapping[str, Rate]:
        """The official indicators as lists show them, without what the clock still allows to be open."""
        return self.rates()

    def rates(self, not_replied: int = 0, not_asked: int = 0) -> Mapping[str, Rate]:
        """The official indicators; the arguments are bad reviews whose deadline lies ahead."""
        return rates(rate_tally(self.counts, self.overdue, not_replied, not_asked), self.policy)


def unit_card(
    unit: Unit, score: UnitScore, counts: Counts, before: Counts, overdue: int, previous: UnitScore | None,
    omega: float | None, policy: RatePolicy,
) -> Scorecard:  # fmt: skip
    """The scorecard of a unit that was scored as it is."""
    return Scorecard(
        unit=unit, method="unit", counts=counts, before=before, overdue=overdue, score=score.score, low=score.low,
        high=score.high, sd=score.sd, raw_score=score.raw_score, raw_mean=score.raw_mean, n=score.n,
        n_eff=score.n_eff, followed_up=score.followed_up, tier=score.tier, target=score.target,
        p_above=score.p_above_target, p_below=score.p_below_target, parts=score.parts, weights=score.weights,
        demand=score.demand, sensitivity=score.sensitivity, r_bounds=score.r_bounds,
        previous=previous.score if previous else None, previous_sd=previous.sd if previous else None, omega=omega,
        policy=policy, peer_group=score.peer_group, peers=score.peers, version=score.policy_version,
    )  # fmt: skip


def composite_card(
    unit: Unit, now: Composite, was: Composite | None, counts: Counts, before: Counts, overdue: int,
    target: float | None, policy: EvaluationPolicy,
) -> Scorecard:  # fmt: skip
    """The scorecard of a department from its services; coloured when the evidence is enough for the policy."""
    members = list(now.members.values())
    above = _chance_above(now, target)
    return Scorecard(
        unit=unit, method="composite", counts=counts, before=before, overdue=overdue, score=now.score, low=now.low,
        high=now.high, sd=now.sd, raw_score=_mean_of(members, "raw_score"), raw_mean=_mean_of(members, "raw_mean"),
        n=sum(m.score.n for m in members), n_eff=sum(m.score.n_eff for m in members),
        followed_up=sum(m.score.followed_up for m in members), tier=_tier(above, policy.score.sure, now.score), target=target,
        p_above=above, p_below=None if above is None else 1 - above, previous=was.score if was else None,
        previous_sd=was.sd if was else None, members=now.members, covered=now.covered, policy=policy.rate,
        version=policy.score.version,
    )  # fmt: skip


def _mean_of(members: list[Member], name: str) -> float | None:
    """Mean of a raw value over the members that have it, by weight."""
    known = [(m.omega, value) for m in members if (value := getattr(m.score, name)) is not None]
    total = sum(omega for omega, _ in known)
    return sum(omega * value for omega, value in known) / total if total else None


def _chance_above(found: Composite, target: float | None) -> float | None:
    if found.score is None or found.sd is None or target is None:
        return None
    return 1 - NormalDist(found.score, max(found.sd, 1e-6)).cdf(target)


def _tier(above: float | None, sure: float, score: float | None) -> Tier:
    if score is None:
        return Tier.INSUFFICIENT
    if above is not None and above >= sure:
        return Tier.ABOVE
    return Tier.BELOW if above is not None and above <= 1 - sure else Tier.AROUND
