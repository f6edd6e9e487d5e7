"""Funnel plots: which units differ from the whole by more than chance, given how many spoke; no ranks.

After Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005). A unit's
mean vote is drawn against the number behind it, with limits around the overall mean that leave out 5 % and 0.2 % of
units that do not differ. Where units differ throughout for reasons that nobody measured, limits for chance alone would
put most of them outside: they are then widened by the over-dispersion, estimated with the extremes drawn in
(winsorised), as his § 3.2 does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from types import MappingProxyType
from typing import Final

import numpy as np

from webapp.domain.text import N_

Z95: Final = 1.959964
"""Normal quantile of 97.5 %"""
Z998: Final = 3.090232
"""Normal quantile of 99.9 %"""
_WINSORISED: Final = 0.1
LEAST_UNITS: Final = 5
"""Fewer units say nothing about how units differ"""


class Place(StrEnum):
    """Where a unit lies in the funnel."""

    FAR_BELOW = "far_below"
    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    FAR_ABOVE = "far_above"

    @property
    def label(self) -> str:
        return PLACE_LABELS[self]


PLACE_LABELS: Final[Mapping[Place, str]] = MappingProxyType({
    Place.FAR_BELOW: N_("明显低于全市（99.8% 界外）"), Place.BELOW: N_("偏低（95% 界外）"), Place.INSIDE: N_("在正常波动内"),
    Place.ABOVE: N_("偏高（95% 界外）"), Place.FAR_ABOVE: N_("明显高于全市（99.8% 界外）"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunnelUnit:
    """A unit's mean vote 0…1 and the effective number of votes behind it, above 0."""

    key: str
    value: float
    n: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """Overall mean, standard deviation of one vote within units, factor on the limits (1: chance alone), places."""

    target: float
    spread: float
    widened: float
    places: Mapping[str, Place]

    def limits(self, n: float, z: float) -> tuple[float, float]:
        """Lower and upper limit of a mean of ``n`` votes, within 0…1."""
        reach = z * self.widened * self.spread / sqrt(n)
        return max(self.target - reach, 0.0), min(self.target + reach, 1.0)


def vote_spread(ratings: Sequence[Sequence[int]]) -> float:
    """Standard deviation within units of x = (level − 1) / 4, from each unit's votes of levels 1…5; 0 without votes."""
    counts = np.array(ratings, dtype=float).reshape(-1, 5)
    x = np.arange(5) / 4
    n = counts.sum(axis=1)
    counts, n = counts[n > 0], n[n > 0]
    free = n.sum() - len(n)
    if free <= 0:
        return 0.0
    means = counts @ x / n
    return sqrt(float((counts * (x[None, :] - means[:, None]) ** 2).sum() / free))


def over_dispersion(scores: Sequence[float]) -> float:
    """φ: the mean of squared z-scores, the outer tenth on either side drawn in; 1 where chance explains it.

    Only a φ beyond two standard errors, 1 + 2·√(2/units), counts as more than chance.
    """
    if len(scores) < LEAST_UNITS:
        return 1.0
    z = np.array(scores)
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED])
    phi = float((np.clip(z, low, high) ** 2).mean())
    return phi if phi > 1 + 2 * sqrt(2 / len(z)) else 1.0


def funnel(units: Sequence[FunnelUnit], spread: float) -> Funnel | None:
    """The funnel of units that are one another's peers; None with fewer than five, or where votes do not differ.

    ``spread``: standard deviation of a vote within a unit (:func:`vote_spread`).
    """
    if len(units) < LEAST_UNITS or spread <= 0:
        return None
    values, n = np.array([u.value for u in units]), np.array([u.n for u in units])
    target = float((values * n).sum() / n.sum())
    z = (values - target) * np.sqrt(n) / spread
    widened = sqrt(over_dispersion(z.tolist()))
    places = {u.key: _place(float(at) / widened) for u, at in zip(units, z, strict=True)}
    return Funnel(target, spread, widened, MappingProxyType(places))


def _place(z: float) -> Place:
    if abs(z) <= Z95:
        return Place.INSIDE
    if z < 0:
        return Place.FAR_BELOW if z < -Z998 else Place.BELOW
    return Place.FAR_ABOVE if z > Z998 else Place.ABOVE


def weighted_n(parts: Sequence[tuple[float, float]]) -> float:
    """Effective n of Σωx̄/Σω given (ω, n) of each part: (Σω)² / Σ(ω²/n), as its variance is σ²Σ(ω/Σω)²/n."""
    known = [(omega, n) for omega, n in parts if omega > 0 and n > 0]
    if not known:
        return 0.0
    return sum(omega for omega, _ in known) ** 2 / sum(omega**2 / n for omega, n in known)
