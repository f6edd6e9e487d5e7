"""回访电话: what a call to a drawn resident can come to, and when to call again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_


class CallState(StrEnum):
    """Where a call stands: to be made, or how it ended."""

    WAITING = "waiting"
    REACHED = "reached"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    GIVEN_UP = "given_up"
    ANSWERED = "answered"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


class CallOutcome(StrEnum):
    """What came of one attempt."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LATER = "later"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]


STATE_LABELS: Final[Mapping[CallState, str]] = MappingProxyType(
    {
        CallState.WAITING: N_("待拨打"), CallState.REACHED: N_("已访问"), CallState.REFUSED: N_("拒绝回答"),
        CallState.WRONG_NUMBER: N_("号码不对"), CallState.GIVEN_UP: N_("多次未接通"),
        CallState.ANSWERED: N_("已自行答复"),
    }
)  # fmt: skip
OUTCOME_LABELS: Final[Mapping[CallOutcome, str]] = MappingProxyType(
    {
        CallOutcome.REACHED: N_("接通并回答"), CallOutcome.NO_ANSWER: N_("无人接听"),
        CallOutcome.LATER: N_("约好再打"), CallOutcome.REFUSED: N_("拒绝回答"),
        CallOutcome.WRONG_NUMBER: N_("号码不对"),
    }
)  # fmt: skip
AGAIN_HOURS: Final = (2, 24, 72)
"""Hours after which a number is called again: the same day at another hour, the next day, in three days"""


def state_after(outcome: CallOutcome, attempts: int, most: int) -> CallState:
    """State after the ``attempts``-th attempt came to ``outcome``; nobody is called without an answer over ``most`` times.

    A call that was agreed upon does not count as one without an answer, but neither does it go on for ever: twice
    ``most`` attempts of any kind end it.
    """
    match outcome:
        case CallOutcome.REACHED:
            return CallState.REACHED
        case CallOutcome.REFUSED:
            return CallState.REFUSED
        case CallOutcome.WRONG_NUMBER:
            return CallState.WRONG_NUMBER
        case CallOutcome.NO_ANSWER if attempts >= most:
            return CallState.GIVEN_UP
        case CallOutcome.LATER if attempts >= 2 * most:
            return CallState.GIVEN_UP
        case _:
            return CallState.WAITING
