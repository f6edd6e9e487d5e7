"""回访抽样: a stratified random draw that anybody with the seed and the list can repeat, whatever the database or language.

Every case gets the SHA-256 of ``seed:number``; in each stratum those with the smallest hashes are drawn. Ordering by a
hash instead of a generator's state makes a draw independent of the order of the list and of a library's version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Any, Final

RULE_VERSION: Final = "sha256-stratified-1"


@dataclass(frozen=True, slots=True)
class FollowUpPolicy:
    """A city's rules for asking residents.

    link_days           (days) that a link for the three questions stays valid
    correction_hours    (hours) after an answer by link in which it may be corrected, before the case closes
    sample_percent      share of the unanswered cases of a department that is drawn for the phone, in per cent
    sample_minimum      cases drawn of each department at least, so that small departments are in it
    sample_days         (days) back from the draw in which a case must have been resolved
    call_attempts       calls without an answer after which a number is given up
    """

    link_days: int = 30
    correction_hours: int = 24
    sample_percent: int = 10
    sample_minimum: int = 5
    sample_days: int = 30
    call_attempts: int = 3


DEFAULT_FOLLOW_UP_POLICY: Final = FollowUpPolicy()
LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "link_days": (1, 90), "correction_hours": (1, 168), "sample_percent": (1, 100), "sample_minimum": (0, 50),
        "sample_days": (1, 180), "call_attempts": (1, 10),
    }
)  # fmt: skip


def follow_up_policy_from(value: Mapping[str, Any]) -> FollowUpPolicy:
    """A policy from the setting's JSON; what is missing takes the default. Raises ValueError outside ``LIMITS``."""
    found = {name: int(value[name]) for name in LIMITS if name in value}
    for name, number in found.items():
        low, high = LIMITS[name]
        if not low <= number <= high:
            raise ValueError(f"{name} lies between {low} and {high}")
    return FollowUpPolicy(**found)


@dataclass(frozen=True, slots=True)
class Stratum:
    """How many of a stratum's cases were drawn: ``drawn`` / ``size`` is each one's probability, for weighting."""

    size: int
    drawn: int


def quota(size: int, percent: int, minimum: int) -> int:
    """Cases to draw of ``size``: the share rounded up, at least ``minimum``, at most all."""
    return min(size, max(minimum, ceil(size * percent / 100)))


def rank(seed: str, number: str) -> str:
    """What a case is ordered by: 64 hex digits of SHA-256 over ``seed:number``."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def draw(
    frame: Mapping[str, Sequence[str]], seed: str, percent: int, minimum: int
) -> tuple[list[str], dict[str, Stratum]]:
    """Numbers drawn (in the order of their ranks over all strata, so that calls mix departments) and the strata.

    ``frame``: stratum → the numbers of its cases. Raises ValueError for an empty seed or an impossible share.
    """
    if not seed or not 1 <= percent <= 100 or minimum < 0:
        raise ValueError("a draw needs a seed, a share of 1 to 100 per cent and a minimum of 0 or more")
    chosen: list[str] = []
    strata: dict[str, Stratum] = {}
    for name in sorted(frame):
        numbers = sorted(set(frame[name]), key=lambda number: rank(seed, number))
        wanted = quota(len(numbers), percent, minimum)
        chosen += numbers[:wanted]
        strata[name] = Stratum(len(numbers), wanted)
    return sorted(chosen, key=lambda number: rank(seed, number)), strata
