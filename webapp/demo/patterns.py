"""When residents speak: weekdays, hours, seasons, and the office hours in which staff answer. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

CITY_ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other offset since 1991
IsWorkday = Callable[[date], bool]

_WEEKDAY = (1.12, 1.08, 1.05, 1.0, 0.97, 0.68, 0.60)
# Relative weight of each hour of the day, 0 to 23
HOURS: dict[str, tuple[int, ...]] = {
    "day": (1, 0, 0, 0, 0, 1, 3, 8, 20, 30, 28, 18, 12, 14, 22, 24, 20, 14, 9, 9, 10, 8, 4, 2),
    "evening": (3, 1, 1, 0, 0, 1, 2, 5, 9, 11, 10, 7, 6, 6, 8, 9, 10, 12, 17, 25, 28, 26, 17, 8),
    "night": (24, 18, 10, 5, 3, 4, 7, 12, 14, 11, 8, 5, 4, 4, 5, 5, 5, 5, 6, 9, 12, 18, 28, 30),
    "rush": (1, 0, 0, 0, 0, 1, 5, 22, 27, 14, 8, 6, 6, 6, 7, 9, 14, 25, 24, 12, 7, 5, 2, 1),
    "counter": (0, 0, 0, 0, 0, 0, 0, 0, 3, 22, 28, 20, 4, 10, 22, 24, 17, 6, 1, 1, 1, 1, 0, 0),
    "online": (4, 2, 1, 1, 0, 1, 3, 6, 12, 18, 18, 14, 15, 12, 14, 15, 14, 12, 12, 17, 21, 20, 14, 8),
}


def spread_over_days(rng: random.Random, total: int, days: list[date]) -> list[int]:
    """How many of ``total`` fall on each day: weekday rhythm, slow growth, and good and bad days."""
    weights = [
        _WEEKDAY[day.weekday()] * (1 + 0.18 * index / len(days)) * rng.lognormvariate(0, 0.12)
        for index, day in enumerate(days)
    ]
    scale = total / sum(weights)
    counts, carried = [], 0.0
    for weight in weights:
        carried += weight * scale
        counts.append(int(carried))
        carried -= int(carried)
    counts[-1] += total - sum(counts)
    return counts


def moment(rng: random.Random, day: date, hours: str) -> datetime:
    """A moment (UTC) on a local day, following the rhythm ``hours``."""
    hour = rng.choices(range(24), HOURS[hours])[0]
    local = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), tzinfo=CITY_ZONE)
    return local.astimezone(UTC)


def local_day(at: datetime) -> date:
    """The city's calendar day of a moment."""
    return at.astimezone(CITY_ZONE).date()


def office_time(rng: random.Random, at: datetime, is_workday: IsWorkday) -> datetime:
    """The moment itself within office hours, else early on the next working day."""
    local = at.astimezone(CITY_ZONE)
    if is_workday(local.date()) and time(8, 30) <= local.time() <= time(18, 0):
        return at
    day = local.date() if local.time() < time(8, 30) else local.date() + timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    opened = datetime.combine(day, time(8, 40), tzinfo=CITY_ZONE) + timedelta(minutes=rng.expovariate(1 / 45))
    return opened.astimezone(UTC)


def days_until(now: datetime, span: int) -> list[date]:
    """The ``span`` local days ending with the day of ``now``."""
    today = local_day(now)
    return [today - timedelta(days=back) for back in range(span - 1, -1, -1)]
