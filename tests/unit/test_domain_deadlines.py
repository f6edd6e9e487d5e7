"""Clocks, by the calendar: times are given in Shanghai (UTC+8) and stored in UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.domain.deadlines import (
    Allowance,
    ClockState,
    DeadlinePolicy,
    Escalation,
    Urgency,
    add_workdays,
    clock_state,
    due_at,
    escalation,
    extended_due_at,
    is_silent,
    total_pause,
    weekdays_only,
)

CHINA = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def china(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def spring_festival(day: date) -> bool:
    """17 to 23 February 2026 off, and Saturday 28 February worked instead: a made-up calendar for the test."""
    if date(2026, 2, 17) <= day <= date(2026, 2, 23):
        return False
    return day == date(2026, 2, 28) or day.weekday() < 5


@pytest.mark.parametrize(
    ("urgency", "received", "due"),
    [
        # Hours run through nights and weekends: Friday 23:30 + 2 h is Saturday 01:30.
        (Urgency.EMERGENCY, china(3, 6, 23, 30), china(3, 7, 1, 30)),
        (Urgency.URGENT, china(3, 6, 10), china(3, 7, 10)),
        # Friday 6 March: 7 working days are 9 10 11 12 13 16 17 March, to close of business.
        (Urgency.ORDINARY, china(3, 6, 10), china(3, 17, 18)),
        # 15 working days are three weeks of five: Friday 27 March.
        (Urgency.COMPLEX, china(3, 6, 10), china(3, 27, 18)),
        # Received on a Saturday: Sunday is no working day, Monday 9 is the first.
        (Urgency.ORDINARY, china(3, 7, 10), china(3, 17, 18)),
    ],
)
def test_deadlines(urgency: Urgency, received: datetime, due: datetime) -> None:
    result = due_at(received, urgency, is_workday=weekdays_only)
    assert result == due
    assert result.tzinfo is UTC


def test_holidays_and_worked_saturdays_count() -> None:
    # From Monday 16 February: 24 25 26 27 28 (Saturday, worked) February, 2 3 March.
    assert due_at(china(2, 16), Urgency.ORDINARY, is_workday=spring_festival) == china(3, 3, 18)


def test_the_day_of_receipt_is_the_local_one() -> None:
    # 00:30 on Tuesday in Shanghai is still Monday in UTC; the count starts on Wednesday.
    assert add_workdays(china(3, 10, 0, 30), 1, DeadlinePolicy(), weekdays_only) == china(3, 11, 18)


def test_naive_times_and_impossible_calendars_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due_at(datetime(2026, 1, 1), Urgency.URGENT)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no working day"):
        due_at(china(3, 6), Urgency.ORDINARY, is_workday=lambda _: False)
    with pytest.raises(ValueError, match="either hours or working days"):
        Allowance(hours=1, workdays=1)


def test_a_city_may_set_its_own_clock() -> None:
    policy = DeadlinePolicy(allowances={Urgency.ORDINARY: Allowance(workdays=5)})
    assert due_at(china(3, 6), Urgency.ORDINARY, policy) == china(3, 13, 18)


@pytest.mark.parametrize(
    ("now", "closed", "paused", "state"),
    [
        (china(3, 15, 12), None, timedelta(0), ClockState.ON_TIME),
        (china(3, 16, 18), None, timedelta(0), ClockState.DUE_SOON),
        (china(3, 17, 18), None, timedelta(0), ClockState.DUE_SOON),
        (china(3, 17, 18, 1), None, timedelta(0), ClockState.OVERDUE),
        (china(3, 20), china(3, 17, 18), timedelta(0), ClockState.MET),
        (china(3, 20), china(3, 17, 18, 1), timedelta(0), ClockState.LATE),
        # Two days of waiting for the resident move the deadline to 19 March 18:00.
        (china(3, 18), None, timedelta(days=2), ClockState.ON_TIME),
        (china(3, 20), china(3, 19, 18), timedelta(days=2), ClockState.MET),
        # Ten days count as five, the cap: 22 March 18:00.
        (china(3, 23), None, timedelta(days=10), ClockState.OVERDUE),
    ],
)
def test_clock_states(now: datetime, closed: datetime | None, paused: timedelta, state: ClockState) -> None:
    assert clock_state(now, china(3, 17, 18), closed, paused, Urgency.ORDINARY) is state


def test_what_is_due_soon_depends_on_the_clock() -> None:
    due = china(3, 17, 18)
    assert clock_state(due - HOUR, due, urgency=Urgency.EMERGENCY) is ClockState.ON_TIME
    assert clock_state(due - HOUR / 2, due, urgency=Urgency.EMERGENCY) is ClockState.DUE_SOON
    assert clock_state(due - HOUR, due, urgency=Urgency.URGENT) is ClockState.DUE_SOON


def test_lateness_climbs_to_the_officials() -> None:
    due = china(3, 17, 18)
    steps = (timedelta(days=-2), timedelta(hours=-2), HOUR, timedelta(hours=25))
    assert [escalation(due + step, due) for step in steps] == [
        Escalation.NONE,
        Escalation.CLERK,
        Escalation.HEAD,
        Escalation.OFFICIAL,
    ]


def test_overlapping_pauses_count_once_and_a_running_one_counts_to_now() -> None:
    # 9–11 and 10–12 are three hours together; from 14 on still running at 15 is a fourth.
    pauses = [(china(3, 6, 14), None), (china(3, 6, 9), china(3, 6, 11)), (china(3, 6, 10), china(3, 6, 12))]
    assert total_pause(pauses, china(3, 6, 15)) == 4 * HOUR
    assert total_pause([], china(3, 6)) == timedelta(0)


def test_extensions_are_limited_in_number_and_length() -> None:
    assert extended_due_at(china(3, 17, 18), 5, 0) == china(3, 24, 18)
    with pytest.raises(ValueError, match="no further"):
        extended_due_at(china(3, 17, 18), 5, 1)
    with pytest.raises(ValueError, match="longer"):
        extended_due_at(china(3, 17, 18), 16, 0)


def test_silence_after_seven_days() -> None:
    assert not is_silent(china(3, 1), china(3, 8, 8, 59))
    assert is_silent(china(3, 1), china(3, 8, 9))
