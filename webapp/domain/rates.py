"""Official indicators as counts: numerator, denominator, exclusions and a Wilson interval, never a bare percentage.

What each counts is said in ``indicators.INDICATORS`` under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

from webapp.domain.indicators import EXCLUSION_LABELS, INDICATORS, Indicator

__all__ = [
    "EXCLUSION_LABELS",
    "INDICATORS",
    "Indicator",
    "Rate",
    "RatePolicy",
    "RateTally",
    "rates",
    "wilson",
]

_LEVELS: Final = 5


def wilson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927); (0, 1) without trials.

    Raises ValueError unless 0 ≤ successes ≤ trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError("a proportion needs 0 ≤ successes ≤ trials")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p = successes / trials
    centre = p + z * z / (2 * trials)
    spread = z * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


@dataclass(frozen=True, slots=True)
class Rate:
    """``numerator`` of ``denominator``, what was left out and why, and the 95 % Wilson interval (0…1)."""

    key: str
    numerator: int
    denominator: int
    exclusions: Mapping[str, int]
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The rate in 0…1; None when nothing counts."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def indicator(self) -> Indicator:
        """Name and definition, to be printed beside the number."""
        return INDICATORS[self.key]


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """Where cities differ: the lowest level that counts as good, and whether "partly" counts as solved."""

    good_from: int = 3
    partly_is_solved: bool = False


DEFAULT_RATE_POLICY: Final = RatePolicy()


def _five() -> tuple[int, ...]:
    return (0,) * _LEVELS


@dataclass(frozen=True, slots=True)
class RateTally:
    """Counts of one unit and window. ``ratings`` and the two ``*_satisfied`` tuples hold counts of levels 1…5.

    uses                    finished service uses (visits, matters, closed requests)
    ratings                 active valid reviews; ``default_reviews`` and ``set_aside`` do not count
    bad_*                   rectifications: replied, done (verified, rectified and followed up), not yet due, unfounded
    rectified_satisfied     level given after the rectification; ``rectified_unreached``: nobody answered
    contacted_yes/no        follow-up answers on contact; solved_* on the solution; ``satisfied`` on satisfaction
    unreached               closed without the resident's word
    on_time, late, open_overdue, open_not_due   the clocks of the requests
    on_the_spot             当场办结: reported and answered by the same grid worker, beside the clocks
    """

    uses: int = 0
    ratings: Sequence[int] = field(default_factory=_five)
    default_reviews: int = 0
    set_aside: int = 0
    bad: int = 0
    bad_replied: int = 0
    bad_reply_not_due: int = 0
    bad_rectified: int = 0
    bad_rectify_not_due: int = 0
    bad_unfounded: int = 0
    rectified_satisfied: Sequence[int] = field(default_factory=_five)
    rectified_unreached: int = 0
    contacted_yes: int = 0
    contacted_no: int = 0
    solved_yes: int = 0
    solved_partly: int = 0
    solved_no: int = 0
    satisfied: Sequence[int] = field(default_factory=_five)
    unreached: int = 0
    on_time: int = 0
    late: int = 0
    open_overdue: int = 0
    open_not_due: int = 0
    on_the_spot: int = 0


def make_rate(key: str, numerator: int, denominator: int, **exclusions: int) -> Rate:
    """A rate with its interval. Raises KeyError for an unknown key, ValueError for impossible counts."""
    INDICATORS[key]
    low, high = wilson(numerator, denominator)
    return Rate(key, numerator, denominator, MappingProxyType(exclusions), low, high)


def _from_level(counts: Sequence[int], lowest: int) -> int:
    """How many of the counts of levels 1…5 lie at ``lowest`` or above."""
    if len(counts) != _LEVELS:
        raise ValueError("five counts are needed, of levels 1 to 5")
    return sum(counts[lowest - 1 :])


def good_rate(t: RateTally, p: RatePolicy = DEFAULT_RATE_POLICY) -> Rate:
    """好评率."""
    good = _from_level(t.ratings, p.good_from)
    return make_rate("good", good, sum(t.ratings), default=t.default_reviews, set_aside=t.set_aside)


def active_rate(t: RateTally) -> Rate:
    """主动评价率. Reviews beyond the known uses count as uses: each was a use."""
    rated = sum(t.ratings)
    return make_rate("active", rated, max(t.uses, rated), default=t.default_reviews, set_aside=t.set_aside)


def unrated_rate(t: RateTally) -> Rate:
    """未评率: what is left of 主动评价率."""
    active = active_rate(t)
    return make_rate("unrated", active.denominator - active.numerator, active.denominator)


def bad_reply_rate(t: RateTally) -> Rate:
    """差评回复率."""
    return make_rate("bad_replied", t.bad_replied, t.bad - t.bad_reply_not_due, not_due=t.bad_reply_not_due)


def bad_rectified_rate(t: RateTally) -> Rate:
    """回访整改率."""
    counted = t.bad - t.bad_rectify_not_due - t.bad_unfounded
    return make_rate(
        "bad_rectified", t.bad_rectified, counted, not_due=t.bad_rectify_not_due, unfounded=t.bad_unfounded
    )


def rectified_satisfied_rate(t: RateTally, p: RatePolicy = DEFAULT_RATE_POLICY) -> Rate:
    """整改满意率."""
    content = _from_level(t.rectified_satisfied, p.good_from)
    reached = sum(t.rectified_satisfied)
    return make_rate("rectified_satisfied", content, reached, unreached=t.rectified_unreached)


def response_rate(t: RateTally) -> Rate:
    """响应率."""
    return make_rate("response", t.contacted_yes, t.contacted_yes + t.contacted_no, unreached=t.unreached)


def resolution_rate(t: RateTally, p: RatePolicy = DEFAULT_RATE_POLICY) -> Rate:
    """解决率."""
    solved = t.solved_yes + (t.solved_partly if p.partly_is_solved else 0)
    return make_rate(
        "resolution", solved, t.solved_yes + t.solved_partly + t.solved_no, unreached=t.unreached
    )


def satisfaction_rate(t: RateTally, p: RatePolicy = DEFAULT_RATE_POLICY) -> Rate:
    """满意率 of the follow-ups."""
    content = _from_level(t.satisfied, p.good_from)
    return make_rate("satisfaction", content, sum(t.satisfied), unreached=t.unreached)


def on_time_rate(t: RateTally) -> Rate:
    """按期办结率."""
    due = t.on_time + t.late + t.open_overdue
    return make_rate("on_time", t.on_time, due, not_due=t.open_not_due, on_the_spot=t.on_the_spot)


def rates(t: RateTally, p: RatePolicy = DEFAULT_RATE_POLICY) -> Mapping[str, Rate]:
    """All official indicators of one tally, in the order of ``INDICATORS``."""
    found = (
        good_rate(t, p),
        active_rate(t),
        unrated_rate(t),
        bad_reply_rate(t),
        bad_rectified_rate(t),
        rectified_satisfied_rate(t, p),
        response_rate(t),
        resolution_rate(t, p),
        satisfaction_rate(t, p),
        on_time_rate(t),
    )
    return MappingProxyType({rate.key: rate for rate in found})
