"""What is published: periods, tables, and the figures of one service or department, with hidden counts as None.

Public pages and downloads read from here alone, so that a page cannot say what the open data hides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.domain.indicators import INDICATORS, Indicator
from webapp.domain.open_tables import CITY, LEFT_OUT, LEVELS, PAIRS, REASONS, OpenTable, Row, columns
from webapp.domain.rates import wilson
from webapp.extensions import db
from webapp.models import Publication
from webapp.queries.kept import kept

# A revision never changes: a process may keep it for long.
_FOREVER_S = 86_400.0
Count = int | None
"""None: hidden"""


@dataclass(frozen=True, slots=True)
class Period:
    """A period that is out, in its latest revision."""

    id: int
    period: str
    revision: int
    published_at: datetime
    method: str
    reason: str

    @property
    def is_quarter(self) -> bool:
        return "Q" in self.period


@dataclass(frozen=True, slots=True)
class Published:
    """The numbers of one period; what is missing is 0."""

    about: Period
    counts: Mapping[tuple[str, Row, str], Count]
    names: Mapping[str, str]
    appeals: Mapping[str, Mapping[str, int]]

    def count(self, table: str, row: Row, column: str) -> Count:
        return self.counts.get((table, row, column), 0)

    def reviews(self, row: Row) -> Reviews:
        """The reviews of a service, a department or the city."""

        def at(column: str) -> Count:
            return self.count(OpenTable.REVIEWS, row, column)

        return Reviews(
            self.about, at("votes"), at("good"), tuple(at(level) for level in LEVELS), at("set_aside"),
            {name.removeprefix("aside_"): count for name in REASONS if (count := at(name)) != 0},
        )  # fmt: skip

    def rates(self, row: Row) -> list[OpenRate]:
        """The official indicators of a department or the city, as far as anything counts."""
        found = []
        for key, (above, below) in PAIRS.items():
            left_out = {name: self.count(t, row, c) for name, (t, c) in LEFT_OUT.get(key, {}).items()}
            rate = OpenRate(
                key, self.count(above[0], row, above[1]), self.count(below[0], row, below[1]), left_out
            )
            if rate.denominator != 0:
                found.append(rate)
        return found


@dataclass(frozen=True, slots=True)
class Reviews:
    """Votes by level 1 to 5, those set aside and why; None where a count is hidden."""

    about: Period
    votes: Count
    good: Count
    levels: tuple[Count, ...]
    set_aside: Count
    reasons: Mapping[str, Count]

    @property
    def rate(self) -> OpenRate:
        """好评率."""
        return OpenRate("good", self.good, self.votes, {})


@dataclass(frozen=True, slots=True)
class OpenRate:
    """An official indicator as published: None where the count behind it is hidden."""

    key: str
    numerator: Count
    denominator: Count
    left_out: Mapping[str, Count]

    @property
    def indicator(self) -> Indicator:
        return INDICATORS[self.key]

    @property
    def value(self) -> float | None:
        """0…1; None where a count is hidden or nothing counts."""
        if self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; (0, 1) where nothing is known."""
        if self.numerator is None or not self.denominator:
            return 0.0, 1.0
        return wilson(self.numerator, self.denominator)


def periods() -> list[Period]:
    """Everything that is out, the latest first, a quarter before its months."""
    newest = select(func.max(Publication.id)).group_by(Publication.period)
    p = Publication
    rows = db.session.execute(
        select(p.id, p.period, p.revision, p.published_at, p.method, p.reason).where(p.id.in_(newest))
    )
    return sorted((Period(*row) for row in rows), key=lambda line: _order(line.period), reverse=True)


def _order(period: str) -> tuple[str, int, bool]:
    """By the end of the period."""
    quarter = "Q" in period
    return period[:4], int(period[-1]) * 3 if quarter else int(period[5:]), quarter


def newest(period: str) -> Publication | None:
    """The latest revision of a period, as stored: with the counts that nobody is shown."""
    return db.session.scalar(
        select(Publication).where(Publication.period == period).order_by(Publication.id.desc()).limit(1)
    )


def published(period: str) -> Published | None:
    """The numbers of a period in its latest revision; None when it is not out."""
    about = next((line for line in periods() if line.period == period), None)
    return None if about is None else _load(about)


def _load(about: Period) -> Published:
    def compute() -> Published:
        stored = db.session.get_one(Publication, about.id)
        counts = {(t, (a, b), c): None if hidden else int(n) for t, a, b, c, n, hidden in stored.counts}
        return Published(about, counts, stored.names, stored.appeals)

    return kept(("publication", about.id), compute, _FOREVER_S)


def current() -> Published | None:
    """What pages show: the latest quarter; the latest month while there is none, or where a later one was left out."""
    out = periods()
    quarter = next((line for line in out if line.is_quarter), None)
    if quarter is None or _months(out[0].period) - _months(quarter.period) >= 3:
        return _load(out[0]) if out else None
    return _load(quarter)


def _months(period: str) -> int:
    """The last month of a period, counted from the year 0."""
    year, month, _quarter = _order(period)
    return 12 * int(year) + month


def recent_months(limit: int = 6) -> list[Published]:
    """The latest months, newest first."""
    return [_load(line) for line in periods() if not line.is_quarter][:limit]


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One line of a table: codes and names of where it is about, the column, the count (None: hidden)."""

    codes: Row
    names: Row
    column: str
    count: Count


_KINDS: Mapping[str, tuple[str, str]] = {
    OpenTable.REVIEWS: ("department", "service"),
    OpenTable.INDICATORS: ("department", ""),
    OpenTable.REQUESTS: ("category", "area"),
}


def kinds(table: str) -> tuple[str, str]:
    """What the two codes of a table's rows are; "" where there is no second."""
    return _KINDS[table]


def rows(found: Published, table: str) -> Iterator[OpenRow]:
    """All lines of a table, totals ("" as code) first; rows of which nothing is known are left out, zeros are not."""
    first, second = _KINDS[table]
    known: Sequence[Row] = sorted({row for t, row, _column in found.counts if t == table} | {CITY})
    for row in known:
        names = found.names.get(f"{first}:{row[0]}", ""), found.names.get(f"{second}:{row[1]}", "")
        for column in columns(table):
            yield OpenRow(row, names, column, found.count(table, row, column))


@dataclass(frozen=True, slots=True)
class CityFigures:
    """The city in a month, as published: requests received and answered, words heard of them, votes; None: hidden."""

    received: Count
    closed: Count
    solved: Count
    asked: Count
    votes: Count


def city_figures(found: Published) -> CityFigures:
    """What the home page tells. Nothing live: a counter that moves says what the last resident said."""

    def at(name: str) -> Count:
        return found.count(OpenTable.REQUESTS, CITY, name)

    return CityFigures(
        at("received"), _sum(at("solved"), at("unsolved"), at("unheard")), at("solved"),
        _sum(at("solved"), at("unsolved")), found.reviews(CITY).votes,
    )  # fmt: skip


def _sum(*counts: Count) -> Count:
    return None if None in counts else sum(n for n in counts if n is not None)
