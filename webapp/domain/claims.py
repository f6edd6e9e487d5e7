"""When a report may say that something rose, leads or stands apart: only where the interval leaves chance out.

Every rule takes estimates with their intervals and gives a verdict; what is not clear is said to be unclear. Rules that
look at many things at once (ten indicators, forty kinds of trouble) ask for more of each, after Bonferroni, so that a
report of a quiet month does not name something by luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from typing import Final

from webapp.domain.rates import Rate, wilson

LEVEL: Final = 0.95
LEAST_ANSWERS: Final = 10
"""Fewer answers behind a rate: its interval is given, and nothing is said of it"""


class Verdict(StrEnum):
    """What the numbers allow to be said."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"
    """The interval holds "no difference" as well"""
    UNKNOWN = "unknown"
    """One of the two is not known"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, all in one unit, and how many answers it rests on."""

    value: float
    low: float
    high: float
    n: int = 0

    @classmethod
    def of_rate(cls, rate: Rate, level: float = LEVEL) -> Estimate | None:
        """A rate in per cent with Wilson's interval at ``level``; None without answers."""
        if rate.value is None:
            return None
        low, high = wilson(rate.numerator, rate.denominator, level)
        return cls(100 * rate.value, 100 * low, 100 * high, rate.denominator)

    @classmethod
    def of_sd(
        cls, value: float | None, sd: float | None, n: int = 0, level: float = LEVEL
    ) -> Estimate | None:
        """A normal estimate from its standard deviation; None where either is not known."""
        if value is None or sd is None:
            return None
        z = NormalDist().inv_cdf(0.5 + level / 2)
        return cls(value, value - z * sd, value + z * sd, n)


@dataclass(frozen=True, slots=True)
class Difference:
    """now − was with its interval, and what may be said of it."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        if self.low > 0:
            return Verdict.UP
        return Verdict.DOWN if self.high < 0 else Verdict.UNCLEAR


def difference(now: Estimate | None, was: Estimate | None) -> Difference | None:
    """The difference of two independent estimates; None where one is not known.

    By MOVER: δ − √((n − lₙ)² + (u_w − w)²) to δ + √((uₙ − n)² + (w − l_w)²) (Zou and Donner, Statistics in Medicine 27,
    2008). For proportions with Wilson's limits it is Newcombe's hybrid score interval (Statistics in Medicine 17, 1998),
    for normal ones the usual z-interval.
    """
    if now is None or was is None:
        return None
    delta = now.value - was.value
    down = sqrt((now.value - now.low) ** 2 + (was.high - was.value) ** 2)
    up = sqrt((now.high - now.value) ** 2 + (was.value - was.low) ** 2)
    return Difference(delta, delta - down, delta + up)


def family_level(size: int) -> float:
    """The level of each of ``size`` statements made side by side, so that all of them together hold at 95 %."""
    return 1 - (1 - LEVEL) / max(size, 1)


def rate_moved(now: Rate, was: Rate, family: int = 1) -> Verdict:
    """Whether a rate is another one than before, as one of ``family`` looked at."""
    if min(now.denominator, was.denominator) < LEAST_ANSWERS:
        return Verdict.UNKNOWN
    level = family_level(family)
    found = difference(Estimate.of_rate(now, level), Estimate.of_rate(was, level))
    return found.verdict if found else Verdict.UNKNOWN


def stands(part: float, whole: float, mark: float | None, family: int = 1) -> Verdict:
    """Whether ``part`` of ``whole`` lies above or below ``mark`` (0…1), taken as known, as one of ``family``."""
    if mark is None or whole < LEAST_ANSWERS:
        return Verdict.UNKNOWN
    low, high = wilson(part, whole, family_level(family))
    if low > mark:
        return Verdict.UP
    return Verdict.DOWN if high < mark else Verdict.UNCLEAR


def leaders(counts: Sequence[int]) -> int:
    """How many of ``counts``, largest first, share the lead: those that the first does not clearly exceed.

    Given their sum, the first of two Poisson counts is binomial; it leads where Wilson's interval of its share lies
    above one half. 0 where all of them together are too few to say.
    """
    if sum(counts) < LEAST_ANSWERS:
        return 0
    first = counts[0]
    return 1 + sum(1 for other in counts[1:] if other > 0 and wilson(first, first + other)[0] <= 0.5)


def counts_moved(now: int, was: int, family: int = 1) -> Verdict:
    """Whether a count of as many days is another than before: both Poisson, the share of now in both against one half."""
    if now + was < LEAST_ANSWERS:
        return Verdict.UNKNOWN
    low, high = wilson(now, now + was, family_level(family))
    if low > 0.5:
        return Verdict.UP
    return Verdict.DOWN if high < 0.5 else Verdict.UNCLEAR


@dataclass(frozen=True, slots=True)
class Expected:
    """What closing a gap to the peers should bring, in points, with the interval that follows from the part's own."""

    points: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the part surely lies below the peers."""
        return self.low > 0


def expected_gain(score: float, weight: float, omega: float, part: Estimate, peers: float) -> Expected:
    """Points that a composite gains when ``part`` (0…1, of ``weight`` in a score, itself of ``omega``) comes to ``peers``.

    S is a product: at a true value p of the part, S(p) = S · (p / p̂)^w, and closing the gap gives S · ((m / p̂)^w −
    (p / p̂)^w), never below 0 nor above what is left to 100. ``low`` and ``high`` are at the ends of the part's interval.
    """
    base = max(part.value, 1e-6)

    def at(value: float) -> float:
        raised = min(score * (peers / base) ** weight, 100.0)
        return omega * max(raised - score * (max(value, 1e-6) / base) ** weight, 0.0)

    return Expected(at(part.value), at(part.high), at(part.low))
