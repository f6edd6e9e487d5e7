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
from math import ceil, sqrt
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, pdtrc

from webapp.domain.near_text import near_identical
from webapp.domain.text import N_

_TOP: Final = 5


class Reason(StrEnum):
    """Why a vote is set aside."""

    IDENTITY_CAP = "identity_cap"
    STAFF_NETWORK = "staff_network"
    BURST = "burst"
    NEAR_IDENTICAL = "near_identical"
    APPEAL = "appeal_granted"

    @property
    def label(self) -> str:
        return REASON_LABELS[self]


_EXPLAINED: Final = (Reason.STAFF_NETWORK, Reason.NEAR_IDENTICAL)
REASON_LABELS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.IDENTITY_CAP: N_("同一人对同一事项评价次数超过上限"),
        Reason.STAFF_NETWORK: N_("来自承办单位内部网络"),
        Reason.BURST: N_("短时间内集中出现、等级几乎一致的评价"),
        Reason.NEAR_IDENTICAL: N_("不同人提交的文字几乎相同"),
        # No test of this module finds it: a reviewer of another department granted the department's appeal.
        Reason.APPEAL: N_("单位申诉经独立审核成立"),
    }
)


@dataclass(frozen=True, slots=True)
class Vote:
    """One active vote.

    ``identity`` is a keyed hash, never a name; ``at`` is aware; ``staff_network``: sent from a network of the
    department that is being rated; ``aside``: why it is set aside already, so that it is no measure of the usual.
    """

    vote_id: int
    unit: str
    identity: str
    level: int
    at: datetime
    text: str = ""
    staff_network: bool = False
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """One width of window that is searched for crowds.

    peak     how many times the mean rate a busy window honestly reaches
    alike    share of one level from which a crowd has no spread of opinions, beside what the usual votes of so much
             time bring
    praise   only crowds of level 5 are named: a slow wave of anger is what a real failure looks like
    """

    window: timedelta
    peak: float
    alike: float
    praise: bool = False


SCANS: Final = (
    Scan(timedelta(hours=1), 6.0, 0.9),
    Scan(timedelta(days=1), 4.0, 0.95, praise=True),
    Scan(timedelta(days=7), 2.5, 0.97, praise=True),
)


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
    ring_at_least         people who all use the cap up, of one mind beyond what the others' opinion explains, count
                          once each
    scans                 widths of window that are searched for crowds, narrow to wide
    burst_at_least        smaller crowds are never a burst
    burst_alarm           chance of a false alarm, for the crowd's size and for its likeness each
    copies_at_least       identities that must share a text, and how alike it must be (Jaccard of trigrams)
    """

    cap: int = 3
    cap_window: timedelta = timedelta(days=30)
    ring_at_least: int = 8
    scans: tuple[Scan, ...] = SCANS
    burst_at_least: int = 8
    burst_alarm: float = 1e-3
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


def rings(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """All but the latest vote of people who use the cap up together: each of them always gives the same level, and
    that so many agree has a chance below ``burst_alarm`` by the opinion of everybody else.

    A regular among regulars keeps one voice. Evidence is how many people the ring has.
    """
    found: list[SetAside] = []
    for group in _groups(votes, lambda v: v.unit).values():
        people = _groups(group, lambda v: v.identity)
        often = {
            who: own
            for who, own in people.items()
            if len(own) >= policy.cap and own[-1].at - own[-policy.cap].at <= policy.cap_window
        }
        for level in range(1, 6):
            ring = {who: own for who, own in often.items() if all(v.level == level for v in own)}
            others = [own[-1].level == level for who, own in people.items() if who not in ring]
            usual = (sum(others) + 1) / (len(others) + 2)
            if len(ring) >= policy.ring_at_least and usual ** len(ring) < policy.burst_alarm:
                found += [
                    SetAside(v.vote_id, Reason.IDENTITY_CAP, len(ring))
                    for own in ring.values()
                    for v in own[:-1]
                ]
    return found


def staff_votes(votes: Iterable[Vote]) -> list[SetAside]:
    """Votes sent from the network of the department that they rate."""
    return [SetAside(v.vote_id, Reason.STAFF_NETWORK, 1.0) for v in votes if v.staff_network]


def _crowds(
    times: NDArray[np.float64], usual: NDArray[np.bool_], scan: Scan, policy: IntegrityPolicy
) -> list[slice]:
    """Windows that hold more votes than a busy one explains; times in seconds, ascending; ``usual``: not set aside.

    Poisson tail against the rate outside the window times ``peak``, Bonferroni over the windows searched (a scan
    statistic; Naus, JASA 60, 1965, bounds it).
    """
    width = scan.window.total_seconds()
    starts = np.arange(len(times))
    ends = np.searchsorted(times, times + width, side="right")
    counts = ends - starts
    seen = np.concatenate([[0], np.cumsum(usual)])
    outside = seen[-1] - (seen[ends] - seen[starts])
    span = max(float(times[-1] - times[0]), width)
    expected = (outside + 1) / max(span / width - 1, 1.0) * scan.peak
    searched = len(times) * len(policy.scans)
    alarming = (pdtrc(counts - 1, expected) * searched < policy.burst_alarm) & (
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


def _honest(crowd: Sequence[Vote], others: Sequence[Vote], scan: Scan) -> float:
    """Votes that a wide crowd's time brings anyway, by the rate of the others; a narrow window's are too few to say."""
    if not scan.praise or len(others) < 2:
        return 0.0
    first, last = min(others[0].at, crowd[0].at), max(others[-1].at, crowd[-1].at)
    took = crowd[-1].at - crowd[0].at
    return len(others) * took / max(last - first - took, scan.window)


def _of_one_mind(
    crowd: Sequence[Vote], rest: Sequence[Vote], scan: Scan, policy: IntegrityPolicy
) -> list[Vote]:
    """The crowd's votes of the level that nearly all of it gave, if that is more than the rest's opinion explains
    (binomial).

    A wide window holds honest votes too, which nobody can tell apart: as many of the level stand as the crowd's
    other votes would honestly come with, those first that no earlier look set aside.
    """
    levels = np.bincount([v.level for v in crowd], minlength=6)
    common = int(levels.argmax())
    others = [v for v in rest if not v.aside]
    usual = (sum(v.level == common for v in others) + 1) / (len(others) + 2)
    chance = bdtrc(int(levels[common]) - 1, len(crowd), usual)
    members = [v for v in crowd if v.level == common]
    differ = len(crowd) - len(members)
    if differ > (1 - scan.alike) * len(crowd) + _honest(crowd, others, scan) * (1 - usual):
        return []
    if chance >= policy.burst_alarm:
        return []
    if not scan.praise:
        return members
    if common != _TOP:
        return []
    stand = ceil(usual / (1 - usual) * (differ + 1))
    return sorted(members, key=lambda v: (bool(v.aside), v.at))[stand:]


def _unit_bursts(group: list[Vote], policy: IntegrityPolicy) -> dict[int, int]:
    """Vote → size of its crowd, votes of one unit in order of time; what a narrow window names no wider one counts."""
    found: dict[int, int] = {}
    for scan in policy.scans:
        group = [v for v in group if v.vote_id not in found]
        if not group or group[-1].at - group[0].at < 2 * scan.window:
            break
        times = np.array([v.at.timestamp() for v in group])
        usual = np.array([not v.aside for v in group])
        for window in _crowds(times, usual, scan, policy):
            crowd = group[window]
            for vote in _of_one_mind(crowd, group[: window.start] + group[window.stop :], scan, policy):
                found[vote.vote_id] = len(crowd)
    return found


def bursts(votes: Sequence[Vote], policy: IntegrityPolicy = DEFAULT_INTEGRITY_POLICY) -> list[SetAside]:
    """Votes of a crowd that came at once and is of one mind; evidence is the size of the crowd.

    Only votes of the crowd's own level are named: whoever happened to differ within that time stands. A unit
    whose votes all fall within two windows has no history to compare with and is left to the other tests.
    """
    found: dict[int, int] = {}
    for group in _groups(votes, lambda v: v.unit).values():
        found.update(_unit_bursts(group, policy))
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
    """All tests; each vote at most once, under the first reason that applies, in order of ``vote_id``.

    Votes that are set aside already may be named again; the caller knows them.
    """
    first: dict[int, SetAside] = {}
    for found in (
        staff_votes(votes),
        identity_cap(votes, policy),
        rings(votes, policy),
        copied_texts(votes, policy),
    ):
        for suggestion in found:
            first.setdefault(suggestion.vote_id, suggestion)
    # Staff and copies are explained and make no crowd: nobody else should suffer for them. One person many times does.
    explained = {i for i, s in first.items() if s.reason in _EXPLAINED}
    crowding = [v for v in votes if v.vote_id not in explained and v.aside not in _EXPLAINED]
    for suggestion in bursts(crowding, policy):
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
