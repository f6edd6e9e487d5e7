"""差评整改: one frozen table of (status, action) → rule, its deadlines, and who decides a department's appeal.

A bad review is verified, put right and replied to; then the reviewer is asked. The department may appeal once, with a
ground and a reason, while nothing has been put right yet; an independent reviewer decides. Until an appeal is granted
the review counts, and the clock for putting it right runs on: an appeal must not buy time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from webapp.domain.deadlines import DeadlinePolicy, IsWorkday, add_workdays, weekdays_only
from webapp.domain.text import N_
from webapp.domain.workflow_words import Role


class RectificationStatus(StrEnum):
    """Where the rectification of a bad review stands."""

    OPENED = "opened"
    VERIFIED = "verified"
    APPEALED = "appealed"
    APPEAL_REFUSED = "appeal_refused"
    RECTIFIED = "rectified"
    FOLLOWED_UP = "followed_up"
    UNREACHED = "unreached"
    SET_ASIDE = "set_aside"
    RESCINDED = "rescinded"

    @property
    def label(self) -> str:
        return STATUS_LABELS[self]


class RectificationAction(StrEnum):
    """What somebody does about a bad review."""

    VERIFY = "verify"
    RECTIFY = "rectify"
    APPEAL = "appeal"
    GRANT = "grant"
    REFUSE = "refuse"
    FOLLOW_UP = "follow_up"
    GIVE_UP = "give_up"
    RESCIND = "rescind"
    RESTART = "restart"
    RESTORE = "restore"


class Ground(StrEnum):
    """Why a department says that a review should not count against it."""

    MISTAKEN = "mistaken"
    NOT_OURS = "not_ours"
    MALICIOUS = "malicious"

    @property
    def label(self) -> str:
        return GROUND_LABELS[self]


S, A = RectificationStatus, RectificationAction
STATUS_LABELS: Final[Mapping[RectificationStatus, str]] = MappingProxyType(
    {
        S.OPENED: N_("待核实"), S.VERIFIED: N_("整改中"), S.APPEALED: N_("申诉中"), S.APPEAL_REFUSED: N_("申诉驳回，待整改"),
        S.RECTIFIED: N_("已整改，待回访"), S.FOLLOWED_UP: N_("已回访"), S.UNREACHED: N_("回访未答复"),
        S.SET_ASIDE: N_("申诉成立，已搁置"), S.RESCINDED: N_("居民已改评"),
    }
)  # fmt: skip
GROUND_LABELS: Final[Mapping[Ground, str]] = MappingProxyType(
    {
        Ground.MISTAKEN: N_("误评：说的不是这次服务，或等级点错"),
        Ground.NOT_OURS: N_("非本单位职责：问题出在其他单位"),
        Ground.MALICIOUS: N_("恶意评价：没有办过这项业务，或编造事实"),
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action does in a status, who may do it, and whether it must be explained."""

    status_after: RectificationStatus
    roles: frozenset[Role]
    reason_required: bool = False


class RectificationError(Exception):
    """A step that the table does not allow; carries ``status``, ``action`` and ``role``."""

    def __init__(self, status: RectificationStatus, action: RectificationAction, role: Role) -> None:
        super().__init__(f"{action} on {status} by {role}: {type(self).__name__}")
        self.status, self.action, self.role = status, action, role


class IllegalStep(RectificationError):
    """Nobody may do this in this status."""


class StepNotAllowed(RectificationError):
    """Somebody else may do this, this role may not."""


class ReasonRequired(RectificationError):
    """This must be explained, and nothing was written."""


_OFFICE: Final = frozenset({Role.CLERK, Role.HEAD})
_JUDGE: Final = frozenset({Role.REVIEWER})
_RESIDENT: Final = frozenset({Role.RESIDENT})
_SYSTEM: Final = frozenset({Role.SYSTEM})
_REASON: Final = True

RULES: Final[Mapping[tuple[RectificationStatus, RectificationAction], Rule]] = MappingProxyType(
    {
        (S.OPENED, A.VERIFY): Rule(S.VERIFIED, _OFFICE),
        # Whoever puts it right at once has looked into it: both facts get the same time.
        (S.OPENED, A.RECTIFY): Rule(S.RECTIFIED, _OFFICE, _REASON),
        (S.VERIFIED, A.RECTIFY): Rule(S.RECTIFIED, _OFFICE, _REASON),
        (S.APPEAL_REFUSED, A.RECTIFY): Rule(S.RECTIFIED, _OFFICE, _REASON),
        # Once, and not after putting it right: what was put right was accepted.
        (S.OPENED, A.APPEAL): Rule(S.APPEALED, _OFFICE, _REASON),
        (S.VERIFIED, A.APPEAL): Rule(S.APPEALED, _OFFICE, _REASON),
        (S.APPEALED, A.GRANT): Rule(S.SET_ASIDE, _JUDGE, _REASON),
        (S.APPEALED, A.REFUSE): Rule(S.APPEAL_REFUSED, _JUDGE, _REASON),
        (S.RECTIFIED, A.FOLLOW_UP): Rule(S.FOLLOWED_UP, _RESIDENT),
        # A slip of the finger is corrected for a while (the service knows how long); a late word is a word.
        (S.FOLLOWED_UP, A.FOLLOW_UP): Rule(S.FOLLOWED_UP, _RESIDENT),
        (S.UNREACHED, A.FOLLOW_UP): Rule(S.FOLLOWED_UP, _RESIDENT),
        (S.RECTIFIED, A.GIVE_UP): Rule(S.UNREACHED, _SYSTEM),
        # The resident replaced the bad word by a better one, and perhaps that one by a bad one again.
        (S.OPENED, A.RESCIND): Rule(S.RESCINDED, _SYSTEM),
        (S.VERIFIED, A.RESCIND): Rule(S.RESCINDED, _SYSTEM),
        (S.APPEALED, A.RESCIND): Rule(S.RESCINDED, _SYSTEM),
        (S.APPEAL_REFUSED, A.RESCIND): Rule(S.RESCINDED, _SYSTEM),
        (S.RESCINDED, A.RESTART): Rule(S.OPENED, _SYSTEM),
        # An auditor who counts the vote again overrules the appeal: the department has to put it right after all.
        (S.SET_ASIDE, A.RESTORE): Rule(S.APPEAL_REFUSED, frozenset({Role.AUDITOR, Role.ADMIN}), _REASON),
    }
)

OPEN: Final = frozenset({S.OPENED, S.VERIFIED, S.APPEALED, S.APPEAL_REFUSED})
"""The department's clock runs"""


def step(
    status: RectificationStatus, action: RectificationAction, role: Role, reason: str = ""
) -> RectificationStatus:
    """Status after ``action`` by ``role``. Raises IllegalStep, StepNotAllowed, ReasonRequired."""
    rule = RULES.get((status, action))
    if rule is None:
        raise IllegalStep(status, action, role)
    if role not in rule.roles:
        raise StepNotAllowed(status, action, role)
    if rule.reason_required and not reason.strip():
        raise ReasonRequired(status, action, role)
    return rule.status_after


def allowed_steps(status: RectificationStatus, role: Role) -> tuple[RectificationAction, ...]:
    """Steps open in ``status`` to a role, in the order of ``RectificationAction``."""
    return tuple(a for a in A if (rule := RULES.get((status, a))) and role in rule.roles)


@dataclass(frozen=True, slots=True)
class RectificationPolicy:
    """A city's rules, in working days but where said otherwise.

    verify, reply       to verify, and to put right and reply, from the review
    appeal              to appeal, from the review
    decide              to decide an appeal, from the appeal
    after_refusal       that a refused appeal leaves at least for putting right
    silence_days        (calendar days) that a reviewer is waited for before the follow-up ends as unreached
    correction_hours    (hours) within which the reviewer may correct their word on the rectification
    """

    verify: int = 1
    reply: int = 15
    appeal: int = 5
    decide: int = 5
    after_refusal: int = 3
    silence_days: int = 7
    correction_hours: int = 24


DEFAULT_RECTIFICATION_POLICY: Final = RectificationPolicy()
LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "verify": (1, 10), "reply": (1, 60), "appeal": (1, 30), "decide": (1, 30), "after_refusal": (1, 15),
        "silence_days": (1, 60), "correction_hours": (1, 168),
    }
)  # fmt: skip


def rectification_policy_from(value: Mapping[str, Any]) -> RectificationPolicy:
    """A policy from the setting's JSON; what is missing takes the default. Raises ValueError outside ``LIMITS``."""
    return RectificationPolicy(**_within(value, LIMITS))


def _within(value: Mapping[str, Any], limits: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    found = {name: int(value[name]) for name in limits if name in value}
    for name, number in found.items():
        low, high = limits[name]
        if not low <= number <= high:
            raise ValueError(f"{name} lies between {low} and {high}")
    return found


def due_after(
    moment: datetime,
    workdays: int,
    clock: DeadlinePolicy,
    is_workday: IsWorkday = weekdays_only,
) -> datetime:
    """Deadline (aware UTC): close of business of the ``workdays``-th working day after ``moment``."""
    return add_workdays(moment, workdays, clock, is_workday)


def is_independent(role: Role, department_id: int | None, of_department: Iterable[int]) -> bool:
    """Whether somebody may decide an appeal: a reviewer who belongs to none of the departments concerned."""
    return role is Role.REVIEWER and department_id not in set(of_department)
