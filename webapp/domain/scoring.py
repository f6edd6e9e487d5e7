"""The demand-oriented score of services, departments or areas (DESIGN §5): the one entry for scoring.

Score = 100 · E^.40 · R^.35 · T^.15 · V^.10 over the parts that exist. Each part has a beta posterior, so the
cumulants of the score's logarithm are known exactly (polygamma functions); the interval and the probabilities come
from the gamma distribution with the same mean, variance and skewness (Pearson type III). No random numbers: the
same counts always give the same score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, digamma, gammainc, gammaincinv, polygamma

from webapp.domain.composites import composite, decompose_change, demand_weights
from webapp.domain.score_parts import Parts, part_weights, shared_error, shrunk_parts
from webapp.domain.scores import (
    DEFAULT_SCORE_POLICY,
    PART_LABELS,
    PARTS,
    Bounds,
    Composite,
    Contribution,
    Demand,
    Member,
    Part,
    ScorePolicy,
    Tier,
    UnitScore,
)
from webapp.domain.shrinkage import gamma_poisson
from webapp.domain.tallies import CaseTally, StratumTally, UnitTally

__all__ = [
    "DEFAULT_SCORE_POLICY",
    "PARTS",
    "PART_LABELS",
    "Bounds",
    "CaseTally",
    "Composite",
    "Contribution",
    "Demand",
    "Member",
    "Part",
    "ScorePolicy",
    "StratumTally",
    "Tier",
    "UnitScore",
    "UnitTally",
    "composite",
    "decompose_change",
    "demand_weights",
    "score_units",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Law:
    """Distribution of −log(score / 100): location + scale · Gamma(shape); arrays of shape (units,)."""

    shape: Floats
    scale: Floats
    location: Floats

    def score_at(self, probability: float) -> Floats:
        """Score that is exceeded with ``1 - probability``."""
        y = self.location + self.scale * gammaincinv(self.shape, 1 - probability)
        scores: Floats = np.minimum(100 * np.exp(-y), 100.0)
        return scores

    def chance_above(self, score: float) -> Floats:
        """Posterior probability of a score above ``score`` (0…100)."""
        y = (-np.log(max(score, 1e-9) / 100) - self.location) / self.scale
        chance: Floats = gammainc(self.shape, np.maximum(y, 0.0))
        return chance


def _law(parts: Parts, weights: Floats) -> _Law:
    """Cumulants of −log(score): Σ wᵏ κₖ over betas, all of positive skewness, and the errors they share."""
    a, s = parts.a, parts.a + parts.b
    mean = (weights * (digamma(s) - digamma(a))).sum(axis=1)
    variance = (weights**2 * (polygamma(1, a) - polygamma(1, s))).sum(axis=1)
    third = (weights**3 * (polygamma(2, s) - polygamma(2, a))).sum(axis=1)
    variance = np.maximum(variance, 1e-12)
    skewness = np.maximum(third, 1e-15) / variance**1.5
    variance = variance + shared_error(parts, weights)
    shape = np.minimum(4 / skewness**2, 1e8)
    scale = np.sqrt(variance / shape)
    return _Law(shape, scale, mean - shape * scale)


def _plug_in(values: Floats, weights: Floats) -> Floats:
    """100 · Π value^weight per unit; values and weights (units, 4). A part of 0 gives 0."""
    logs = np.log(np.maximum(values, 1e-12))
    scores: Floats = 100 * np.exp((weights * logs).sum(axis=1))
    return np.where(((values <= 0) & (weights > 0)).any(axis=1), 0.0, scores)


def _sensitivity(parts: Parts, policy: ScorePolicy) -> tuple[Floats, Floats]:
    """Lowest and highest score when any weight is halved or raised by half, or all are equal."""
    base = np.array([policy.weights.get(name, 0.0) for name in PARTS])
    tries = [base, (base > 0).astype(float)]
    for index in range(len(PARTS)):
        for factor in (0.5, 1.5):
            changed = base.copy()
            changed[index] *= factor
            tries.append(changed)
    scores = []
    for vector in tries:
        alternative = dict(zip(PARTS, vector.tolist(), strict=True))
        scores.append(_plug_in(parts.mean, part_weights(parts, ScorePolicy(weights=alternative))))
    return np.min(scores, axis=0), np.max(scores, axis=0)


def _demands(units: Sequence[UnitTally], policy: ScorePolicy) -> list[Demand | None]:
    exposure = np.array([u.exposure for u in units], dtype=float)
    counts = np.array([u.demand_count for u in units], dtype=float)
    if not (exposure > 0).any():
        return [None] * len(units)
    shape, rate = gamma_poisson(counts, exposure)
    edge = (1 - policy.level) / 2
    low, high = (gammaincinv(shape, q) / rate * policy.demand_per for q in (edge, 1 - edge))
    adjusted = shape / rate * policy.demand_per
    return [
        Demand(
            float(counts[i] / exposure[i] * policy.demand_per),
            float(adjusted[i]),
            float(low[i]),
            float(high[i]),
        )
        if exposure[i] > 0
        else None
        for i in range(len(units))
    ]


def _bounds(cases: CaseTally, policy: ScorePolicy) -> Bounds | None:
    """R with everybody who was not reached counted as no, and as yes."""
    asked = cases.followed_up + cases.unreached
    if not asked:
        return None
    solved = cases.solved_yes + policy.partly_weight * cases.solved_partly
    return Bounds(solved / asked, (solved + cases.unreached) / asked, cases.unreached)


def _tier(above: float, below: float, policy: ScorePolicy) -> Tier:
    if above >= policy.sure:
        return Tier.ABOVE
    return Tier.BELOW if below >= policy.sure else Tier.AROUND


def _part_table(parts: Parts, policy: ScorePolicy) -> list[Mapping[str, Part]]:
    edge = (1 - policy.level) / 2
    low, high = betaincinv(parts.a, parts.b, edge), betaincinv(parts.a, parts.b, 1 - edge)
    columns = [array.tolist() for array in (parts.raw, parts.mean, low, high, parts.n)]
    return [
        MappingProxyType(
            {
                name: Part(*(column[i][j] for column in columns))
                for j, name in enumerate(PARTS)
                if columns[4][i][j] > 0
            }
        )
        for i in range(len(parts.n))
    ]


def score_units(
    units: Sequence[UnitTally], policy: ScorePolicy = DEFAULT_SCORE_POLICY, group: str = ""
) -> list[UnitScore]:
    """Score every unit among its peers: ``units`` is one ``group`` of like things, and borrows within itself.

    A unit has a number when its effective votes or its valid follow-ups reach ``policy.min_n_eff``. Same order as
    ``units``; 500 services take some tens of milliseconds.
    """
    if not units:
        return []
    parts, votes = shrunk_parts(units, policy)
    weights = part_weights(parts, policy)
    law = _law(parts, weights)
    enough = np.maximum(parts.n[:, 0], parts.n[:, 1]) >= policy.min_n_eff
    scores, raw_scores = _plug_in(parts.mean, weights), _plug_in(parts.raw, weights)
    target = policy.target
    if target is None and enough.sum() > 1:
        target = float(scores[enough].mean())
    above = law.chance_above(target) if target is not None else None
    edge = (1 - policy.level) / 2
    low, high = law.score_at(edge), law.score_at(1 - edge)
    spread = scores * np.sqrt(law.shape) * law.scale
    weakest, strongest = _sensitivity(parts, policy)
    demands, tables = _demands(units, policy), _part_table(parts, policy)

    def number(values: Floats | None, i: int) -> float | None:
        return float(values[i]) if values is not None and enough[i] else None

    def build(i: int, unit: UnitTally) -> UnitScore:
        p = number(above, i)
        tier = Tier.INSUFFICIENT if not enough[i] else Tier.AROUND
        if p is not None:
            tier = _tier(p, 1 - p, policy)
        exists = bool(tables[i])
        return UnitScore(
            key=unit.key,
            n=int(votes[i]),
            n_eff=float(parts.n[i, 0]),
            followed_up=unit.cases.followed_up,
            raw_mean=float(parts.raw[i, 0]) if votes[i] else None,
            raw_score=float(raw_scores[i]) if exists else None,
            parts=tables[i],
            weights=MappingProxyType({k: float(weights[i, PARTS.index(k)]) for k in tables[i]}),
            score=number(scores, i),
            low=number(low, i),
            high=number(high, i),
            sd=number(spread, i),
            insufficient=not enough[i],
            target=target,
            p_above_target=p,
            p_below_target=None if p is None else 1 - p,
            tier=tier,
            r_bounds=_bounds(unit.cases, policy),
            demand=demands[i],
            sensitivity=(float(weakest[i]), float(strongest[i])) if enough[i] else None,
            policy_version=policy.version,
            peer_group=group,
            peers=len(units),
        )

    return [build(i, unit) for i, unit in enumerate(units)]
