"""Working days in China: which days the offices are open, and what kind of day residents meet."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import chinese_calendar

from webapp.domain.deadlines import weekdays_only

HOLIDAY, MADE_UP = "holiday", "made up"


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """Whether ``day`` is a working day in China, make-up days included; plain weekdays where no calendar reaches."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        # The State Council publishes each year's calendar only in the autumn before.
        return weekdays_only(day)


def kind_of_day(day: date) -> str:
    """A weekday's number, or a holiday on a weekday, or a weekend day that is made up for one."""
    if is_workday(day) == (day.weekday() < 5):
        return str(day.weekday())
    return HOLIDAY if day.weekday() < 5 else MADE_UP
