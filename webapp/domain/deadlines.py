"""When an answer is due and how late it is: the clock of a request (that of a bad review: ``rectification.py``).

Clocks of hours run day and night; clocks of working days end at close of business of the last working day,
the day of receipt not counted. The calendar comes from outside as ``is_workday(date) -> bool``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from webapp.domain.text import N_

IsWorkday = Callable[[date], bool]
_LONGEST_HOLIDAY_DAYS: Final = 60


class Urgency(StrEnum):
    """What decides the clock."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ORDINARY = "ordinary"
    COMPLEX = "complex"

    @property
    def label(self) -> str:
        return URGENCY_LABELS[self]


class ClockState(StrEnum):
    """Open: on time, due soon, overdue, or stopped for the resident's answer. Closed: met or late."""

    ON_TIME = "on_time"
    PAUSED = "paused"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"

    @property
    def label(self) -> str:
        return CLOCK_LABELS[self]


class Escalation(IntEnum):
    """Who must see a clock: nobody yet, the clerk, the department's head, the officials."""

    NONE = 0
    CLERK = 1
    HEAD = 2
    OFFICIAL = 3


URGENCY_LABELS: Final[Mapping[Urgency, str]] = MappingProxyType(
    {
        Urgency.EMERGENCY: N_("特急"),
        Urgency.URGENT: N_("紧急"),
        Urgency.ORDINARY: N_("一般"),
        Urgency.COMPLEX: N_("复杂"),
    }
)
CLOCK_LABELS: Final[Mapping[ClockState, str]] = MappingProxyType(
    {
        ClockState.ON_TIME: N_("期限内"),
        ClockState.PAUSED: N_("暂停计时"),
        ClockState.DUE_SOON: N_("即将到期"),
        ClockState.OVERDUE: N_("已超期"),
        ClockState.MET: N_("按期办结"),
        ClockState.LATE: N_("超期办结"),
    }
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Time allowed: either hours of the clock or working days, and how long before its end it is due soon."""

    hours: float = 0
    workdays: int = 0
    warn_before: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if (self.hours > 0) == (self.workdays > 0):
            raise ValueError("an allowance is either hours or working days, and positive")


def _allowances() -> Mapping[Urgency, Allowance]:
    return MappingProxyType(
        {
            Urgency.EMERGENCY: Allowance(hours=2, warn_before=timedelta(minutes=30)),
            Urgency.URGENT: Allowance(hours=24, warn_before=timedelta(hours=4)),
            Urgency.ORDINARY: Allowance(workdays=7, warn_before=timedelta(days=1)),
            Urgency.COMPLEX: Allowance(workdays=15, warn_before=timedelta(days=2)),
        }
    )


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """A city's rules; every field may differ from the default.

    ``max_pause`` caps how much waiting for the resident may move a deadline; ``silence_days`` is how long a
    resolved request waits for the resident's word before it closes as unreached; ``objection_workdays`` is the clock
    of whoever reviews an objection, ``joint_workdays`` the usual one of an office that is called in.
    """

    timezone: str = "Asia/Shanghai"
    day_end: time = time(18, 0)
    allowances: Mapping[Urgency, Allowance] = field(default_factory=_allowances)
    max_pause: timedelta = timedelta(days=5)
    max_extensions: int = 1
    max_extension_workdays: int = 15
    silence_days: int = 7
    escalate_after: timedelta = timedelta(days=1)
    objection_workdays: int = 1
    joint_workdays: int = 3


DEFAULT_POLICY: Final = DeadlinePolicy()


def weekdays_only(day: date) -> bool:
    """Monday to Friday: the calendar of last resort, where no holiday table reaches."""
    return day.weekday() < 5


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("times must be aware")
    return moment


def add_workdays(moment: datetime, workdays: int, policy: DeadlinePolicy, is_workday: IsWorkday) -> datetime:
    """Close of business (UTC) of the ``workdays``-th working day after the local day of ``moment``.

    Raises ValueError for a naive time, a count under 1, or a calendar without a working day in two months.
    """
    if workdays < 1:
        raise ValueError("workdays must be at least 1")
    zone = ZoneInfo(policy.timezone)
    day = _aware(moment).astimezone(zone).date()
    remaining, idle = workdays, 0
    while remaining:
        day += timedelta(days=1)
        if is_workday(day):
            remaining, idle = remaining - 1, 0
        elif (idle := idle + 1) > _LONGEST_HOLIDAY_DAYS:
            raise ValueError("the calendar has no working day")
    return datetime.combine(day, policy.day_end, tzinfo=zone).astimezone(UTC)


def due_at(
    received_at: datetime,
    urgency: Urgency,
    policy: DeadlinePolicy = DEFAULT_POLICY,
    is_workday: IsWorkday = weekdays_only,
) -> datetime:
    """Deadline (aware UTC) of a request received at ``received_at``. Raises ValueError for a naive time."""
    allowance = policy.allowances[urgency]
    if allowance.hours:
        return _aware(received_at).astimezone(UTC) + timedelta(hours=allowance.hours)
    return add_workdays(received_at, allowance.workdays, policy, is_workday)


def extended_due_at(
    due: datetime,
    workdays: int,
    extensions_before: int,
    policy: DeadlinePolicy = DEFAULT_POLICY,
    is_workday: IsWorkday = weekdays_only,
) -> datetime:
    """Deadline after an extension. Raises ValueError past the policy's number or length of extensions."""
    if extensions_before >= policy.max_extensions:
        raise ValueError("no further extension is allowed")
    if workdays > policy.max_extension_workdays:
        raise ValueError("the extension is longer than allowed")
    return add_workdays(due, workdays, policy, is_workday)


def total_pause(pauses: Iterable[tuple[datetime, datetime | None]], now: datetime) -> timedelta:
    """Length of the union of pauses (start, end or None while running); overlaps count once."""
    total, reached = timedelta(0), None
    for start, end in sorted((s, min(e or now, now)) for s, e in pauses):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total, reached = total + (end - begin), end
    return total


def effective_due(due: datetime, paused: timedelta, policy: DeadlinePolicy = DEFAULT_POLICY) -> datetime:
    """Deadline moved by the pauses, but by no more than ``policy.max_pause``."""
    return due + min(max(paused, timedelta(0)), policy.max_pause)


def clock_state(
    now: datetime,
    due: datetime,
    closed_at: datetime | None = None,
    paused: timedelta = timedelta(0),
    urgency: Urgency = Urgency.ORDINARY,
    policy: DeadlinePolicy = DEFAULT_POLICY,
    pause_ends_at: datetime | None = None,
) -> ClockState:
    """State of one clock; ``urgency`` decides when it is due soon, and a deadline met on the second is met.

    ``closed_at`` is when the department's last answer was given, so that a reopened request runs on; ``paused``
    is the total so far (``total_pause``) and counts only up to the policy's cap, unless ``due`` holds it already
    (``webapp.domain.pauses``). ``pause_ends_at``: a pause runs until then at the latest.
    """
    limit = effective_due(due, paused, policy)
    if closed_at is not None:
        return ClockState.MET if closed_at <= limit else ClockState.LATE
    if pause_ends_at is not None and now < pause_ends_at:
        return ClockState.PAUSED
    if now > limit:
        return ClockState.OVERDUE
    if now >= limit - policy.allowances[urgency].warn_before:
        return ClockState.DUE_SOON
    return ClockState.ON_TIME


def escalation(
    now: datetime,
    due: datetime,
    paused: timedelta = timedelta(0),
    urgency: Urgency = Urgency.ORDINARY,
    policy: DeadlinePolicy = DEFAULT_POLICY,
    pause_ends_at: datetime | None = None,
) -> Escalation:
    """Who must see an open clock: due soon the clerk, overdue the head, long overdue the officials."""
    state = clock_state(now, due, None, paused, urgency, policy, pause_ends_at)
    if state in (ClockState.ON_TIME, ClockState.PAUSED):
        return Escalation.NONE
    if state is ClockState.DUE_SOON:
        return Escalation.CLERK
    late_for = now - effective_due(due, paused, policy)
    return Escalation.OFFICIAL if late_for > policy.escalate_after else Escalation.HEAD


def is_silent(resolved_at: datetime, now: datetime, policy: DeadlinePolicy = DEFAULT_POLICY) -> bool:
    """True once a resolved request has waited ``silence_days`` in vain: close it as unreached."""
    return now - resolved_at >= timedelta(days=policy.silence_days)
