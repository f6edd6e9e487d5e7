"""What scoring returns, and the policy it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_

PARTS: Final = ("E", "R", "T", "V")

PART_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {"E": N_("办事体验"), "R": N_("问题解决"), "T": N_("按期办理"), "V": N_("不再反复")}
)


class Tier(StrEnum):
    """Where a unit stands against the target; coloured only when the evidence is 9 to 1 or better."""

    ABOVE = "above"
    AROUND = "around"
    BELOW = "below"
    INSUFFICIENT = "insufficient"

    @property
    def label(self) -> str:
        return TIER_LABELS[self]


TIER_LABELS: Final[Mapping[Tier, str]] = MappingProxyType(
    {
        Tier.ABOVE: N_("高于目标"),
        Tier.AROUND: N_("与目标相当"),
        Tier.BELOW: N_("低于目标"),
        Tier.INSUFFICIENT: N_("数据不足"),
    }
)


def _weights() -> Mapping[str, float]:
    return MappingProxyType({"E": 0.40, "R": 0.35, "T": 0.15, "V": 0.10})


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """The city's choices, versioned and printed beside every score.

    weights         of the parts; renormalised over the parts that exist
    min_n_eff       fewer effective voices than this: no number
    target          score to be reached; None takes the mean of the peers
    sure            probability from which a unit is called above or below the target
    partly_weight   what "partly solved" counts in R
    demand_per      residents or uses that demand is expressed per
    use_text        whether predictions of texts may refine E
    """

    version: str = "2026-1"
    weights: Mapping[str, float] = field(default_factory=_weights)
    min_n_eff: float = 10.0
    target: float | None = None
    sure: float = 0.9
    level: float = 0.95
    partly_weight: float = 0.0
    demand_per: float = 10_000.0
    use_text: bool = True


DEFAULT_SCORE_POLICY: Final = ScorePolicy()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score in 0…1: as counted (``raw``), as adjusted, with its interval and number of cases."""

    raw: float
    adjusted: float
    low: float
    high: float
    n: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """R if everybody who was not reached had said no (``low``) or yes (``high``)."""

    low: float
    high: float
    unreached: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests and reviews per ``policy.demand_per`` residents or uses: as counted, shrunk, with interval."""

    raw: float
    adjusted: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UnitScore:
    """The demand-oriented score of one unit.

    n, n_eff        valid votes and their effective number after weighting; ``followed_up``: residents' words on R
    raw_mean        plain mean of the votes, 0…1; None without votes
    raw_score       score of the raw parts, 0…100; None without parts
    parts           those of E, R, T, V that exist
    weights         of those parts, summing to 1
    score, low, high
                    0…100, with the 95 % interval; None when ``insufficient``
    sd              standard deviation of the score, for composites
    p_above_target, p_below_target
                    posterior probabilities; None when insufficient
    r_bounds        R with the unreached as all-no and all-yes; None without cases
    demand          None where the exposure is unknown
    sensitivity     lowest and highest score over other plausible weights; None when insufficient
    peer_group, peers
                    name of the group that it was scored in ("" where there is one only), and how many units it has
    """

    key: str
    n: int
    n_eff: float
    followed_up: int
    raw_mean: float | None
    raw_score: float | None
    parts: Mapping[str, Part]
    weights: Mapping[str, float]
    score: float | None
    low: float | None
    high: float | None
    sd: float | None
    insufficient: bool
    target: float | None
    p_above_target: float | None
    p_below_target: float | None
    tier: Tier
    r_bounds: Bounds | None
    demand: Demand | None
    sensitivity: tuple[float, float] | None
    policy_version: str
    peer_group: str = ""
    peers: int = 0

    @property
    def priority(self) -> float | None:
        """Demand × (100 − score): what comes first. None where either is unknown."""
        if self.score is None or self.demand is None:
            return None
        return self.demand.adjusted * (100.0 - self.score)


@dataclass(frozen=True, slots=True)
class Member:
    """One service within a composite: its weight (after leaving out those without a number) and its score."""

    omega: float
    score: UnitScore


@dataclass(frozen=True, slots=True)
class Composite:
    """A department's score Σ ω·Score; None when no member has a number.

    covered   share of the given ω that belongs to members with a number
    """

    score: float | None
    low: float | None
    high: float | None
    sd: float | None
    covered: float
    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points by which one service and one cause moved the composite.

    cause   "E", "R", "T", "V" (that part changed), "weights" (parts appeared, vanished or were reweighted) or
            "mix" (the service's share of demand changed, or it gained or lost its number)
    """

    key: str
    cause: str
    points: float
