"""The four parts of a score, raw and shrunk towards the peers, and how their weights and errors combine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.experience import estimate_experience
from webapp.domain.scores import PARTS, ScorePolicy
from webapp.domain.shrinkage import beta_binomial, beta_shape
from webapp.domain.tallies import UnitTally

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of all units, arrays of shape (units, 4) in the order of PARTS; n = 0 where a part does not exist.

    seen is the unshrunk estimate, pull how far the peers drew it (0…1), a and b the beta posterior.
    """

    raw: Floats
    n: Floats
    mean: Floats
    seen: Floats
    pull: Floats
    a: Floats
    b: Floats


def _counts(units: Sequence[UnitTally], policy: ScorePolicy) -> tuple[Floats, Floats]:
    """Successes and trials of R, T, V: two arrays of shape (3, units)."""
    rows = []
    for unit in units:
        c = unit.cases
        solved = c.solved_yes + policy.partly_weight * c.solved_partly
        due = c.on_time + c.late + c.open_overdue
        kept = c.returned_eligible - c.returned
        rows.append((solved, c.on_time, kept, c.followed_up, due, c.returned_eligible))
    table = np.array(rows, dtype=float).T
    return table[:3], table[3:]


def shrunk_parts(units: Sequence[UnitTally], policy: ScorePolicy) -> tuple[Parts, Floats]:
    """Raw and shrunk parts, and the number of votes per unit."""
    shape = (len(units), len(PARTS))
    raw, n, mean, variance, level, pull = (np.zeros(shape) for _ in range(6))
    e = estimate_experience(units, policy)
    successes, trials = _counts(units, policy)
    raw[:, 0], n[:, 0] = e.raw, e.n_eff
    raw[:, 1:] = np.divide(successes, trials, out=np.zeros_like(trials), where=trials > 0).T
    n[:, 1:] = trials.T
    # E is compared at the peers' common mix of strata, so that nobody is measured by another's channels.
    offset = np.zeros(shape)
    offset[:, 0] = e.offset - (e.offset[e.n > 0].mean() if (e.n > 0).any() else 0.0)
    level[:, 0] = np.clip(e.estimate + e.offset - offset[:, 0], 0.0, 1.0)
    level[:, 1:] = raw[:, 1:]
    known = np.column_stack([e.trials, trials.T])
    for part in range(len(PARTS)):
        seen = n[:, part] > 0
        if seen.any():
            post = beta_binomial(level[seen, part] * known[seen, part], known[seen, part])
            mean[seen, part] = post.mean + offset[seen, part]
            variance[seen, part], pull[seen, part] = post.variance, post.pull
    # What all peers share cannot be averaged away among them.
    variance[:, 0] += e.common
    a, b = beta_shape(mean, variance)
    return Parts(raw, n, a / (a + b), level, pull, a, b), e.n


def shared_error(parts: Parts, weights: Floats) -> Floats:
    """What peers' common pull adds to the variance of log(score), shape (units,).

    Units that are bad in one part tend to be bad in another, and each part is drawn towards its peers separately:
    their errors B(μ − θ) then point the same way, with covariance B·B′·cov(θ, θ′). cov(θ, θ′) by moments over
    units that have both, weighted by how much each was left alone.
    """
    added = np.zeros(len(parts.n))
    for i in range(len(PARTS)):
        for j in range(i):
            both = (parts.n[:, i] > 0) & (parts.n[:, j] > 0)
            trust = (1 - parts.pull[:, i]) * (1 - parts.pull[:, j]) * both
            if both.sum() < 3 or trust.sum() <= 0:
                continue
            x, y = (parts.seen[:, k] - np.average(parts.seen[:, k], weights=trust) for k in (i, j))
            common = max(float(np.average(x * y, weights=trust)), 0.0)
            pulled = (
                parts.pull[:, i] * parts.pull[:, j] / np.maximum(parts.mean[:, i] * parts.mean[:, j], 1e-6)
            )
            added += np.where(both, 2 * weights[:, i] * weights[:, j] * pulled * common, 0.0)
    return added


def part_weights(parts: Parts, policy: ScorePolicy) -> Floats:
    """Weights over the parts that exist, rows summing to 1 (0 where no part exists). Shape (units, 4)."""
    base = np.array([policy.weights.get(name, 0.0) for name in PARTS]) * (parts.n > 0)
    total = base.sum(axis=1, keepdims=True)
    weights: Floats = np.divide(base, total, out=np.zeros_like(base), where=total > 0)
    return weights
