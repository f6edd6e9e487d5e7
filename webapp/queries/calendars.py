"""What days, weeks and seasons do to the number of requests: the yardsticks of the early hints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from webapp.domain.surges import NO_SEASON, Season, Weeks, day_exposures, season
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ROLLUPS, utcnow
from webapp.queries.tallies import Window
from webapp.queries.units import catalogue
from webapp.workdays import kind_of_day

YEAR_DAYS = 364
"""A year of whole weeks, so that weekdays meet weekdays"""
AROUND_DAYS = 7
"""Last year's same week is read with the one before and the one after it, as Farrington does"""
OPEN_FROM, OPEN_TO = 7.0, 21.0
"""Hours of the day in which nearly all requests come; before it is over, a day holds its share only"""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much each day holds against the mean day; 1 where nothing is known yet."""

    factors: Mapping[str, float]
    today: date
    today_share: float

    def of(self, day: date) -> float:
        """One day in mean days."""
        factor = self.factors.get(kind_of_day(day), 1.0)
        return factor * (self.today_share if day == self.today else 1.0)

    def over(self, window: Window) -> float:
        """A window in ordinary weeks."""
        return sum(self.of(window.first + timedelta(days=i)) for i in range(window.days)) / 7


def exposure(last: date) -> Exposure:
    """From the city's daily requests of the year up to the day before ``last``."""
    table = ROLLUPS["department"].__table__.c
    window = Window.ending(last - timedelta(days=1), YEAR_DAYS)
    rows = db.session.execute(
        select(table.day, func.sum(table.received))
        .where(table.day >= window.first, table.day <= window.last)
        .group_by(table.day)
    )
    totals = {day: int(count or 0) for day, count in rows}
    now = local(utcnow())
    hour = now.hour + now.minute / 60
    share = min(max((hour - OPEN_FROM) / (OPEN_TO - OPEN_FROM), 0.0), 1.0)
    # Days before the first request are no quiet days: the city had not begun.
    first = min(totals, default=window.last)
    days = [first + timedelta(days=i) for i in range((window.last - first).days + 1)]
    factors = day_exposures([totals.get(day, 0) for day in days], [kind_of_day(day) for day in days])
    return Exposure({str(kind): value for kind, value in factors.items()}, now.date(), share)


def weeks(last: date, history: int, guard: int, held: Exposure) -> Weeks:
    """Exposure of the seven days up to ``last`` and of the ``history`` weeks that end ``guard`` weeks before them."""
    sevens = [Window.ending(last - timedelta(days=7 * back), 7) for back in range(history + guard, guard, -1)]
    return Weeks(held.over(Window.ending(last, 7)), [max(held.over(w), 0.05) for w in sevens])


def seasons(last: date, history: int, guard: int, digits: int, held: Exposure) -> Mapping[str, Season]:
    """By the first ``digits`` of a category's code, what the season did a year ago; empty in a city's first year."""
    at = last - timedelta(days=YEAR_DAYS)
    around = Window(at - timedelta(days=6 + AROUND_DAYS), at + timedelta(days=AROUND_DAYS))
    end = at - timedelta(days=7 * (1 + guard))
    past = Window.ending(end, 7 * history)
    begun = db.session.scalar(select(func.min(ROLLUPS["department"].__table__.c.day)))
    if begun is None or begun > past.first:
        return {}
    this, before = _by_code(around, digits), _by_code(past, digits)
    spans = held.over(around), held.over(past)
    return {
        code: season(this[code], spans[0], before[code], spans[1])
        if this[code] or before[code]
        else NO_SEASON
        for code in {*this, *before}
    }


def _by_code(window: Window, digits: int) -> Counter[str]:
    table, known = ROLLUPS["category"].__table__.c, catalogue().categories
    rows = db.session.execute(
        select(table.unit_id, func.sum(table.received))
        .where(table.day >= window.first, table.day <= window.last)
        .group_by(table.unit_id)
    )
    found: Counter[str] = Counter()
    for category, count in rows:
        if category in known:
            found[known[category][0][:digits]] += int(count or 0)
    return found
