"""Votes that should not count: what to set aside and why (DESIGN §5.12).

Every test returns suggestions, vote by vote, with a reason that a page can print; nothing is deleted. A surge of
angry votes after a real failure must survive, so that a crowd alone is no reason: it takes a crowd that came at
once *and* votes alike without a spread of opinions, or writes the same words, or is one person many times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, pdtrc

from webapp.domain.near_text import near_identical
from webapp.domain.text import N_


class Reason(StrEnum):
    """Why a vote is set aside."""

    IDENTITY_CAP = "identity_cap"
    STAFF_NETWORK = "staff_network"
    BURST = "burst"
    NEAR_IDENTICAL = "near_identical"

    @property
    def label(self) -> str:
        return REASON_LABELS[self]


REASON_LABELS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.IDENTITY_CAP: N_("同一人对同一事项评价次数超过上限"),
        Reason.STAFF_NETWORK: N_("来自承办单位内部网络"),
        Reason.BURST: N_("短时间内集中出现、等级几乎一致的评价"),
        Reason.NEAR_IDENTICAL: N_("不同人提交的文字几乎相同"),
    }
)


@dataclass(frozen=True, slots=True)
class Vote:
    """One active vote. ``identity`` is a keyed hash, never a name; ``at`` is aware; ``staff_network``: sent from
    a network of the department that is being rated."""

    vote_id: int
    unit: str
    identity: str
    level: int
    at: datetime
    text: str = ""
    staff_network: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A suggestion: this vote, for this reason, with this number as evidence (count, share or similarity)."""

    vote_id: int
    reason: Reason
    evidence: float


@dataclass(frozen=True, slots=True)
class IntegrityPolicy:
    """Limits of the tests.

    cap, cap_window       votes that one identity may have on one unit within the window; the latest count
    burst_window          length of the window that is searched for crowds
    burst_at_least        smaller crowds are never a burst
    burst_alarm           chance of a false alarm, for the crowd's size and for its likeness each
    burst_peak            how many times the mean rate a busy hour honestly reaches
    burst_alike           share of one level from which a crowd has no spread of opinions
    copies_at_least       identities that must share a text, and how alike it must be (Jaccard of trigrams)
    """

    cap: int = 3
    cap_window: timedelta = timedelta(days=30)
    burst_window: timedelta = timedelta(hours=1)
    burst_at_least: int = 8
    burst_alarm: float = 1e-3
    burst_peak: float = 6.0
    burst_alike: float = 0.9
    copies_at_least: int = 3
    copies_similarity: float = 0.8


DEFAULT_INTEGRITY_POLICY: Final = IntegrityPolicy()


def _groups(votes: Iterable[Vote], key: Callable[[Vote], object]) -> dict[object, list[Vote]]:
    """Votes by key, each group in order of time."""
    found: dict[object, list[Vote]] = defaultdict(list)
    for vote in sorted(votes, key=lambda v: (v.at, v.vote_id)):
        found[key(vote)].append(vote)
    return found


def identity_cap(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """Votes of one identity on one unit beyond the cap: the latest ``cap`` of any window stand, as the current
    opinion. Evidence is how many votes the identity has on the unit in that window."""
    found: list[SetAside] = []
    for group in _groups(votes, lambda v: (v.unit, v.identity)).values():
        for position, vote in enumerate(group):
            later = sum(1 for other in group[position + 1 :] if other.at - vote.at <= policy.cap_window)
            if later >= policy.cap:
                found.append(SetAside(vote.vote_id, Reason.IDENTITY_CAP, later + 1))
    return found


def staff_votes(votes: Iterable[Vote]) -> list[SetAside]:
    """Votes sent from the network of the department that they rate."""
    return [SetAside(v.vote_id, Reason.STAFF_NETWORK, 1.0) for v in votes if v.staff_network]


def _crowds(times: NDArray[np.float64], policy: IntegrityPolicy) -> list[slice]:
    """Windows that hold more votes than a busy hour explains; times in seconds, ascending.

    Poisson tail against the rate outside the window times ``burst_peak``, Bonferroni over the windows searched
    (a scan statistic; Naus, JASA 60, 1965, bounds it).
    """
    width = policy.burst_window.total_seconds()
    ends = np.searchsorted(times, times + width, side="right")
    counts = ends - np.arange(len(times))
    span = max(float(times[-1] - times[0]), width)
    expected = (len(times) - counts + 1) / max(span / width - 1, 1.0) * policy.burst_peak
    alarming = (pdtrc(counts - 1, expected) * len(times) < policy.burst_alarm) & (
        counts >= policy.burst_at_least
    )
    found: list[slice] = []
    for start, end in ((int(i), int(ends[i])) for i in np.flatnonzero(alarming)):
        # Overlapping windows are one crowd: a slice of it may be of one mind by chance.
        if found and start < found[-1].stop:
            found[-1] = slice(found[-1].start, max(end, found[-1].stop))
        else:
            found.append(slice(start, end))
    return found


def _of_one_mind(crowd: Sequence[Vote], rest: Sequence[Vote], policy: IntegrityPolicy) -> int | None:
    """The level that nearly all of the crowd gave, if that is more than the rest's opinion explains (binomial)."""
    levels = np.bincount([v.level for v in crowd], minlength=6)
    common = int(levels.argmax())
    usual = (sum(v.level == common for v in rest) + 1) / (len(rest) + 2)
    chance = bdtrc(int(levels[common]) - 1, len(crowd), usual)
    alike = levels[common] >= policy.burst_alike * len(crowd)
    return common if alike and chance < policy.burst_alarm else None


def bursts(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """Votes of a crowd that came at once and is of one mind; evidence is the size of the largest such crowd.

    Only votes of the crowd's own level are named: whoever happened to differ within that hour stands. A unit
    whose votes all fall within one window has no history to compare with and is left to the other tests.
    """
    found: dict[int, int] = {}
    for group in _groups(votes, lambda v: v.unit).values():
        times = np.array([v.at.timestamp() for v in group])
        if times[-1] - times[0] < 2 * policy.burst_window.total_seconds():
            continue
        for window in _crowds(times, policy):
            crowd = group[window]
            common = _of_one_mind(crowd, group[: window.start] + group[window.stop :], policy)
            for vote in crowd:
                if vote.level == common:
                    found[vote.vote_id] = max(found.get(vote.vote_id, 0), len(crowd))
    return [SetAside(vote_id, Reason.BURST, size) for vote_id, size in sorted(found.items())]


def copied_texts(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """Votes whose text is nearly that of other identities on the same unit; the earliest of each set stands.

    Evidence is the number of votes that share the text.
    """
    found: list[SetAside] = []
    for group in _groups((v for v in votes if v.text), lambda v: v.unit).values():
        for cluster in near_identical([v.text for v in group], policy.copies_similarity):
            members = [group[i] for i in cluster]
            if len({v.identity for v in members}) >= policy.copies_at_least:
                found += [SetAside(v.vote_id, Reason.NEAR_IDENTICAL, len(members)) for v in members[1:]]
    return found


def screen(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """All tests; each vote at most once, under the first reason that applies, in order of ``vote_id``."""
    first: dict[int, SetAside] = {}
    for found in (
        staff_votes(votes),
        identity_cap(votes, policy),
        copied_texts(votes, policy),
        bursts(votes, policy),
    ):
        for suggestion in found:
            first.setdefault(suggestion.vote_id, suggestion)
    return [first[vote_id] for vote_id in sorted(first)]


def near_identical_share(texts: Sequence[str], similarity: float = 0.8) -> float:
    """Share of texts (0…1) that nearly repeat another; 0 without texts."""
    if not texts:
        return 0.0
    return sum(len(cluster) for cluster in near_identical(texts, similarity)) / len(texts)


def influence(levels: Sequence[int], identities: Sequence[str]) -> dict[str, float]:
    """By how much the mean vote (0…1) would move if each identity's votes were left out, largest first.

    Empty when fewer than two identities voted. Raises ValueError if the lengths differ.
    """
    names, index = np.unique(np.array(identities, dtype=str), return_inverse=True)
    if len(levels) != len(identities):
        raise ValueError("one identity per vote")
    if len(names) < 2:
        return {}
    x = (np.array(levels, dtype=float) - 1) / 4
    sums, counts = np.bincount(index, x), np.bincount(index)
    moved = (x.sum() - sums) / (len(x) - counts) - x.mean()
    order = np.argsort(-np.abs(moved), kind="stable")
    return {str(names[i]): float(moved[i]) for i in order}


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean vote of those who came by themselves less that of those who were asked, with its interval (−1…1)."""

    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def selection_gap(volunteered: Sequence[int], sampled: Sequence[int], level: float = 0.95) -> Gap | None:
    """Self-selected against sampled votes (counts of levels 1…5 each); None unless both have at least 10.

    Normal interval for a difference of means with unequal variances (Welch), each variance held above that of
    one deviating vote, so that unanimity does not look like certainty.
    """
    x = np.arange(5) / 4
    sides = []
    for counts in (np.array(volunteered, dtype=float), np.array(sampled, dtype=float)):
        n = counts.sum()
        if n < 10:
            return None
        mean = float(counts @ x / n)
        variance = float(counts @ (x - mean) ** 2 / (n - 1))
        sides.append((mean, max(variance, 0.0625 / n) / float(n)))
    difference = sides[0][0] - sides[1][0]
    reach = NormalDist().inv_cdf(0.5 + level / 2) * sqrt(sides[0][1] + sides[1][1])
    return Gap(difference, difference - reach, difference + reach)
