"""From services to a department: Σ ω·Score with ω from demand, and why it moved (DESIGN §5.10, §5.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

from webapp.domain.scores import Composite, Contribution, Member, UnitScore

_TINY: Final = 1e-12


def demand_weights(counts: Mapping[str, int]) -> Mapping[str, float]:
    """ω per service from the demand of the trailing twelve months, fixed before the period begins; sums to 1.

    Half a case is added to each service, so that one nobody asked for yet is not nothing. Empty in, empty out.
    """
    total = sum(counts.values()) + 0.5 * len(counts)
    return MappingProxyType({key: (count + 0.5) / total for key, count in counts.items()})


def composite(scores: Sequence[UnitScore], omegas: Mapping[str, float], level: float = 0.95) -> Composite:
    """Σ ω·Score over the members that have a number, ω renormalised over them, with interval.

    Members' errors are taken as independent. Raises ValueError for a negative ω; services without an ω count 0.
    """
    if any(omega < 0 for omega in omegas.values()):
        raise ValueError("a weight cannot be negative")
    given = sum(omegas.get(s.key, 0.0) for s in scores)
    scored = [(omegas.get(s.key, 0.0), s) for s in scores if s.score is not None]
    total = sum(omega for omega, _ in scored)
    if total <= 0:
        return Composite(None, None, None, None, 0.0, MappingProxyType({}))
    members = {s.key: Member(omega / total, s) for omega, s in scored}
    centre = sum(m.omega * (m.score.score or 0.0) for m in members.values())
    sd = sqrt(sum((m.omega * (m.score.sd or 0.0)) ** 2 for m in members.values()))
    z = NormalDist().inv_cdf(0.5 + level / 2)
    low, high = max(0.0, centre - z * sd), min(100.0, centre + z * sd)
    return Composite(centre, low, high, sd, total / given, MappingProxyType(members))


def _log_mean(a: float, b: float) -> float:
    """(a − b) / (ln a − ln b), the logarithmic mean of two positive numbers; a where they are equal."""
    if abs(a - b) <= 1e-9 * max(a, b):
        return (a + b) / 2
    return (a - b) / (log(a) - log(b))


def score_contributions(before: UnitScore, after: UnitScore) -> dict[str, float]:
    """Points that each part added to one unit's score; sums exactly to the change.

    Logarithmic mean Divisia decomposition (Ang, Energy Policy 32, 2004): with S = 100·exp Σ w ln p and L the
    logarithmic mean of both scores, ΔS = L · Σ Δ(w ln p), and Δ(w ln p) = w̄·Δ(ln p) + mean(ln p)·Δw.
    """
    points = dict.fromkeys(("E", "R", "T", "V", "weights"), 0.0)
    # From the parts themselves, so that the sum is exact even where a score was rounded on the way.
    old, new = (
        100 * exp(sum(s.weights[k] * log(p.adjusted) for k, p in s.parts.items())) for s in (before, after)
    )
    mean = _log_mean(max(new, _TINY), max(old, _TINY))
    for name in {*before.parts, *after.parts}:
        first, last = before.parts.get(name), after.parts.get(name)
        w0, w1 = before.weights.get(name, 0.0), after.weights.get(name, 0.0)
        l0 = log(first.adjusted) if first else log(last.adjusted) if last else 0.0
        l1 = log(last.adjusted) if last else l0
        points[name] += mean * (w0 + w1) / 2 * (l1 - l0)
        points["weights"] += mean * (l0 + l1) / 2 * (w1 - w0)
    return points


def decompose_change(before: Composite, after: Composite) -> list[Contribution]:
    """Why the composite moved: contributions of each service and cause, largest first, that add up exactly.

    Δ(ω·S) = ω̄·ΔS + S̄·Δω; since Σ Δω = 0, the mix counts each service against the mean of both composites: asking
    more for a service that is worse than the rest lowers the score. Raises ValueError where either has no score.
    """
    if before.score is None or after.score is None:
        raise ValueError("a change needs two scores")
    middle = (before.score + after.score) / 2
    found: list[Contribution] = []
    for key in sorted({*before.members, *after.members}):
        first, last = before.members.get(key), after.members.get(key)
        w0, w1 = (m.omega if m else 0.0 for m in (first, last))
        known = [m.score.score for m in (first, last) if m and m.score.score is not None]
        found.append(Contribution(key, "mix", (w1 - w0) * (sum(known) / len(known) - middle)))
        if first and last:
            for cause, points in score_contributions(first.score, last.score).items():
                found.append(Contribution(key, cause, (w0 + w1) / 2 * points))
    return sorted((c for c in found if abs(c.points) > _TINY), key=lambda c: -abs(c.points))
