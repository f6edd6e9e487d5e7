"""Periods of reports: a calendar month that is over, or the last thirty days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

LAST_DAYS: Final = 30
LAST: Final = "last30"
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """Local days ``first`` to ``last``; ``key`` is the month (``2026-10``) or ``last30``."""

    key: str
    first: date
    last: date

    @property
    def is_month(self) -> bool:
        return self.key != LAST

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def month_of(key: str) -> Period | None:
    """The calendar month ``2026-10``, over or not; None for anything else."""
    found = _MONTH.fullmatch(key)
    if found is None:
        return None
    first = date(int(found[1]), int(found[2]), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(key, first, last)


def period_of(key: str, today: date) -> Period | None:
    """The period of a report; None for what is no period, and for a month that is not over by ``today``."""
    if key == LAST:
        return Period(LAST, today - timedelta(days=LAST_DAYS - 1), today)
    found = month_of(key)
    return found if found and found.last < today else None


def closed_months(since: date, today: date) -> list[Period]:
    """Months that are over, latest first, back to the one that holds ``since``."""
    months: list[Period] = []
    day = today.replace(day=1) - timedelta(days=1)
    while day >= since.replace(day=1):
        month = month_of(f"{day:%Y-%m}")
        if month is None:
            break
        months.append(month)
        day = month.first - timedelta(days=1)
    return months
