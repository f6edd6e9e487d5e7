"""每月一题: which troubles are worth a month of the whole city, and the states of one that was taken on.

A topic is proposed for three things that one office cannot mend case by case: many people have it, in many places, and
what was done did not solve it. It is ranked by how many people were left without a solution, counted at the lower end
of the interval, so that three angry answers propose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_

LEAST_RECEIVED: Final = 20
"""Requests of a quarter from which a trouble is common"""
LEAST_ANSWERS: Final = 10
"""Residents' words from which it can be said how much was solved"""
LEAST_PLACES: Final = 3
"""Streets from which it is not one estate's trouble"""
LASTING_SHARE: Final = 0.5
"""Against the window before: what came up only now is an early warning's business, not a topic for a plan"""


class TopicStatus(StrEnum):
    """A topic that was taken on is being worked on, done, or given up; either end needs words for the public."""

    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return STATUS_LABELS[self]


STATUS_LABELS: Final[Mapping[TopicStatus, str]] = MappingProxyType({
    TopicStatus.RUNNING: N_("正在办"), TopicStatus.DONE: N_("已办结"), TopicStatus.DROPPED: N_("已中止"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble in a window: requests, those of the window before, answers, the interval of the share solved,
    and in how many streets."""

    key: str
    received: int
    before: int
    answers: int
    solved: float | None
    solved_low: float
    solved_high: float
    places: int

    @property
    def unsolved(self) -> float:
        """Requests that were left without a solution, at the share that residents told."""
        return 0.0 if self.solved is None else self.received * (1 - self.solved)

    @property
    def unsolved_low(self) -> float:
        return self.received * (1 - self.solved_high)

    @property
    def unsolved_high(self) -> float:
        return self.received * (1 - self.solved_low)


def candidates(troubles: Sequence[Trouble], most: int = 8) -> list[Trouble]:
    """Troubles that are common, widespread, lasting and known to stay unsolved; most people without a solution first."""
    fit = [
        t
        for t in troubles
        if t.received >= LEAST_RECEIVED
        and t.answers >= LEAST_ANSWERS
        and t.places >= LEAST_PLACES
        and t.before >= LASTING_SHARE * t.received
    ]
    return sorted(fit, key=lambda t: (-t.unsolved_low, t.key))[:most]
