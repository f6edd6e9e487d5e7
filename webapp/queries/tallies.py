"""Roll-ups of a window as the tallies that scoring and the indicators read: one grouped query per kind of unit.

What is still running has no roll-up, because the clock moves without anybody writing: requests that are overdue and
rectifications that are not due yet are counted live, each from its index.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from operator import sub
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from webapp.domain.rates import RateTally
from webapp.domain.rectification import RectificationStatus
from webapp.domain.returning import RETURN_DAYS
from webapp.domain.tallies import OF_CASES, CaseTally, StratumTally, UnitTally
from webapp.domain.workflow import UNANSWERED_STATUSES, Status
from webapp.extensions import db
from webapp.i18n import city_zone
from webapp.models import ROLLUPS, Rectification, Review, ServiceRequest


def _levels(kind: str) -> tuple[str, ...]:
    return tuple(f"{kind}_{level}" for level in range(1, 6))


_RATINGS, _ASKED, _TOLD, _SAMPLED = map(_levels, ("rating", "asked", "told", "sampled"))
_TEXTS = (
    "text_n", "text_sum", "text_sq", "both_n", "both_pred_sum", "both_pred_sq", "both_vote_sum", "both_vote_sq",
    "both_cross",
)  # fmt: skip
_STRATUM = (*_RATINGS, *_TEXTS, *_ASKED, *_TOLD, *_SAMPLED)
_WHOLE = (
    "uses", "defaults", "unrated", "set_aside", "bad_replied", "bad_rectified", "bad_asked", "bad_heard", "bad_satisfied",
    "received", "responded", "closed", "on_time", "late", "merged", "out_of_scope", "solved_yes", "solved_partly",
    "solved_no", "contacted", "not_contacted", "unreached", *_levels("satisfied"),
    "reopened", "objected", "transferred", "supporters",
)  # fmt: skip
_RIPE = ("returned", "returned_eligible")
COLUMNS = (*_STRATUM, *_WHOLE, *_RIPE)
_NOTHING = (0,) * len(COLUMNS)
NO_COUNTS: Mapping[str, int] = dict.fromkeys(COLUMNS, 0)

# Fifteen working days with the longest holidays in between.
_LONGEST_DEADLINE = timedelta(days=40)
# Not answered yet: the department's clock runs. While it is paused, ``due_at`` is the latest the pause can make of it.
RUNNING = tuple(sorted(s.value for s in UNANSWERED_STATUSES - {Status.RECEIVED}))


@dataclass(frozen=True, slots=True)
class Window:
    """Local days ``first`` to ``last``, both included."""

    first: date
    last: date

    @classmethod
    def ending(cls, last: date, days: int) -> Window:
        """The ``days`` days up to and including ``last``."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self, days: int | None = None) -> Window:
        """The window of ``days`` (by default as many as this one) that ends the day before this one begins."""
        return Window.ending(self.first - timedelta(days=1), days or self.days)

    def parts(self, count: int) -> list[Window]:
        """This window cut into ``count`` consecutive windows as equal as whole days allow."""
        cuts = [self.first + timedelta(days=self.days * i // count) for i in range(count + 1)]
        return [Window(a, b - timedelta(days=1)) for a, b in pairwise(cuts)]


def moments(window: Window) -> tuple[datetime, datetime]:
    """The first moment of the window and the first after it, in the city's time zone."""
    return tuple(  # type: ignore[return-value]
        datetime.combine(day, time(), city_zone()) for day in (window.first, window.last + timedelta(days=1))
    )


_USES, _ASIDE, _CLOSED = (COLUMNS.index(name) for name in ("uses", "set_aside", "closed"))
_PARTS = tuple(
    slice(COLUMNS.index(names[0]), COLUMNS.index(names[0]) + len(names))
    for names in (_RATINGS, _TEXTS, _ASKED, _TOLD, _SAMPLED)
)

Counts = Mapping[str, int]
"""Sums by the names of ``COLUMNS``"""
Row = tuple[int, ...]
"""Sums in the order of ``COLUMNS``"""
ByChannel = Mapping[str, Row]
"""channel → sums"""


@cache
def _statement(kind: str, count: int, some: bool = False) -> Select[Any]:
    """Sums per unit, channel and part of the time, for ``count`` parts; built once, because building it from seventy
    columns costs as much as running it."""
    table = ROLLUPS[kind].__table__.c
    ripe = table.day <= bindparam("ripe", type_=Date)
    sums = [func.sum(table[name]) for name in (*_STRATUM, *_WHOLE)]
    sums += [func.sum(case((ripe, table[name]), else_=0)) for name in _RIPE]
    part: ColumnElement[int] = literal_column("0")
    if count > 1:
        ends = [(table.day <= bindparam(f"end_{i}", type_=Date), i) for i in range(count - 1)]
        part = case(*ends, else_=count - 1)
    part = part.label("part")
    grouped = (table.unit_id, table.channel, *((part,) if count > 1 else ()))
    statement = (
        select(table.unit_id, table.channel, part, *sums)
        .where(table.day >= bindparam("first", type_=Date), table.day <= bindparam("last", type_=Date))
        .group_by(*grouped)
    )
    return statement.where(table.unit_id.in_(bindparam("units", expanding=True))) if some else statement


def read(
    kind: str, window: Window, today: date, units: Collection[int] | None = None
) -> dict[int, ByChannel]:
    """The counts of each unit (or of ``units``) by channel, in one query over the roll-up ``kind`` (a key of ``ROLLUPS``).

    Returned troubles are counted over days that are ripe by ``today`` only.
    """
    return read_parts(kind, window, 1, today, units)[0]


def read_parts(
    kind: str, window: Window, count: int, today: date, units: Collection[int] | None = None
) -> list[dict[int, ByChannel]]:
    """The same for ``count`` consecutive parts of the window, in one query."""
    parts = window.parts(count)
    days: dict[str, Any] = {"first": window.first, "last": window.last, "ripe": today - RETURN_DAYS}
    days |= {f"end_{i}": part.last for i, part in enumerate(parts[:-1])}
    found: list[dict[int, ByChannel]] = [defaultdict(dict) for _ in parts]
    if units is not None:
        days["units"] = list(units)
    for row in db.session.execute(_statement(kind, count, units is not None), days):
        # PostgreSQL's sums are decimals.
        found[row[2]][row[0]][row[1]] = tuple(map(int, row[3:]))  # type: ignore[index]
    return found


def added(rows: Iterable[Row]) -> Row:
    """Column by column the sum of rows."""
    return tuple(map(sum, zip(*rows, strict=True))) or _NOTHING


def joined(first: ByChannel, second: ByChannel) -> ByChannel:
    """The counts of one unit in two windows as those of one window."""
    both = {c: added((row, first[c])) if c in first else row for c, row in second.items()}
    return {**first, **both}


def named(rows: Iterable[Row]) -> Counts:
    """The sum of rows by the names of the columns."""
    return dict(zip(COLUMNS, added(rows), strict=True))


def total(channels: ByChannel) -> Counts:
    """Counts of one unit over all channels."""
    return named(channels.values())


def votes(counts: Mapping[str, int]) -> int:
    """Active valid votes."""
    return sum(counts.get(name, 0) for name in _RATINGS)


def demand(counts: Mapping[str, int]) -> int:
    """Requests and votes: how often residents came."""
    return counts.get("received", 0) + votes(counts)


def _case_tally(counts: Counts, overdue: int) -> CaseTally:
    # Every "no" or "partly" ever said led to one reopening; the columns keep each resident's last word only.
    solved_no = max(counts["reopened"] - counts["solved_partly"], counts["solved_no"])
    return CaseTally(
        received=counts["received"], closed=counts["closed"], on_time=counts["on_time"], late=counts["late"],
        open_overdue=overdue, solved_yes=counts["solved_yes"], solved_partly=counts["solved_partly"],
        solved_no=solved_no, unreached=counts["unreached"], returned=counts["returned"],
        returned_eligible=counts["returned_eligible"],
    )  # fmt: skip


def _strata(channel: str, row: Row, area: str) -> Iterator[StratumTally]:
    """What one channel's row says: its uses with their votes and, where cases were drawn, its closed cases apart.

    Votes are on uses and drawn residents speak of their cases, so that only words of one kind are held against each
    other. Cases of which nobody was drawn stay with their channel, whose votes then stand for them.
    What was set aside counts as no use either, or bought votes would make their channel weigh more.
    """
    # By position: a page after a write makes some thousands of these.
    ratings, texts, asked, told, sampled = (row[part] for part in _PARTS)
    uses, closed, drawn = row[_USES] - row[_ASIDE], row[_CLOSED], any(sampled)
    # A vote of somebody who was drawn has stepped back: their word in the sample is the one that counts.
    counts = dict(zip(_RATINGS, map(sub, ratings, asked), strict=True)) | dict(
        zip(_TEXTS, texts, strict=True)
    )
    yield StratumTally(channel, closed_cases=uses + (0 if drawn else closed), area=area, **counts)
    if drawn:
        words = dict(zip((*_TOLD, *_SAMPLED), (*told, *sampled), strict=True))
        yield StratumTally(f"{channel}{OF_CASES}", closed_cases=closed, area=area, **words)


def unit_tally(
    key: str,
    channels: ByChannel,
    overdue: int = 0,
    exposure: float = 0.0,
    areas: Mapping[str, ByChannel] | None = None,
) -> UnitTally:
    """The scoring input of one unit: strata by channel and by kind (uses, cases), weighted up to all of them.

    ``areas``: the same counts by the parts of the unit's area, where they are known; then by channel, kind and area.
    """
    counts = total(channels)
    parts = areas or {"": channels}
    strata = tuple(
        stratum
        for area, rows in sorted(parts.items())
        for channel, row in sorted(rows.items())
        for stratum in _strata(channel, row, area)
    )
    return UnitTally(key, strata, _case_tally(counts, overdue), exposure, demand(counts))


def rate_tally(counts: Counts, overdue: int = 0, not_replied: int = 0, not_asked: int = 0) -> RateTally:
    """The input of the official indicators. The roll-up knows of rectifications only whether the word after them was
    good enough (3 or more), so they stand as levels 3 and 1."""
    done = ("closed", "merged", "out_of_scope")
    return RateTally(
        uses=counts["uses"], ratings=tuple(counts[name] for name in _RATINGS), default_reviews=counts["defaults"],
        set_aside=counts["set_aside"], bad=counts["rating_1"] + counts["rating_2"],
        bad_replied=counts["bad_replied"], bad_reply_not_due=not_replied, bad_rectified=counts["bad_asked"],
        bad_rectify_not_due=not_asked,
        rectified_satisfied=(counts["bad_heard"] - counts["bad_satisfied"], 0, counts["bad_satisfied"], 0, 0),
        rectified_unreached=counts["bad_asked"] - counts["bad_heard"],
        contacted_yes=counts["contacted"], contacted_no=counts["not_contacted"], solved_yes=counts["solved_yes"],
        solved_partly=counts["solved_partly"], solved_no=counts["solved_no"],
        satisfied=tuple(counts[name] for name in _levels("satisfied")), unreached=counts["unreached"],
        on_time=counts["on_time"], late=counts["late"], open_overdue=overdue,
        on_the_spot=counts["closed"] - counts["on_time"] - counts["late"],
        open_not_due=max(counts["received"] - sum(counts[name] for name in done) - overdue, 0),
    )  # fmt: skip


# Under which unit of a roll-up a request counts.
OWNER: dict[str, Any] = {
    "service": func.coalesce(ServiceRequest.service_id, -ServiceRequest.department_id),
    "department": ServiceRequest.department_id,
    "area": ServiceRequest.area_id,
    "category": ServiceRequest.category_id,
}


def overdue(kind: str, window: Window, now: datetime) -> Counter[int]:
    """Requests received in the window that are past their deadline and not answered, per unit."""
    owner = OWNER[kind]
    rows = db.session.execute(
        select(owner, func.count())
        .where(ServiceRequest.status.in_(RUNNING), ServiceRequest.due_at < now)
        .where(ServiceRequest.received_day.between(window.first, window.last))
        .group_by(owner)
    )
    return Counter({unit: int(count) for unit, count in rows if unit is not None})


@dataclass(frozen=True, slots=True)
class Mending:
    """Bad reviews of the window whose deadline lies ahead, per service or department: not replied to, and not followed up."""

    not_replied: Counter[int]
    not_asked: Counter[int]


def mending(department_id: int, window: Window, now: datetime) -> Mending:
    """What a department's rectifications are still allowed to leave open at ``now``, per service."""
    return _mending(Review.service_id, [Rectification.department_id == department_id], window, now)


def mending_of_departments(window: Window, now: datetime) -> Mending:
    """The same for every department at once, per department."""
    return _mending(Rectification.department_id, [], window, now)


def _mending(key: Any, where: Sequence[ColumnElement[bool]], window: Window, now: datetime) -> Mending:
    ahead = Rectification.rectify_due_at > now
    unreplied = case((and_(Review.replied_at.is_(None), ahead), 1), else_=0)
    columns = (key, func.sum(unreplied), func.count())
    # Put right, and the reviewer is being asked: their silence has a limit, and until then it is nobody's fault.
    asking = Rectification.status == RectificationStatus.RECTIFIED.value
    # Not rectified yet, or lately: the two ranges of the index that can hold a deadline ahead.
    lately = Rectification.rectified_at > now - _LONGEST_DEADLINE
    found = Mending(Counter(), Counter())
    # Nobody is asked before anything is put right, so that of those only the ones ahead are read.
    for span in (and_(Rectification.rectified_at.is_(None), ahead), and_(lately, or_(ahead, asking))):
        rows = db.session.execute(
            select(*columns)
            .select_from(Rectification)
            .join(Review, Review.id == Rectification.review_id)
            .where(*where, span)
            .where(Rectification.followed_up_at.is_(None), Review.set_aside.is_(None), Review.rating <= 2)
            .where(Review.created_day.between(window.first, window.last))
            .group_by(key)
        )
        for unit, not_replied, waiting in rows:
            found.not_replied[unit] += int(not_replied)
            found.not_asked[unit] += int(waiting)
    return found


def of_units(kind: str, units: Sequence[int], window: Window) -> Counts:
    """The counts of some units together, all channels, by their rows alone: the key of a roll-up begins with the unit.

    Returned troubles of days that are not ripe yet are among them.
    """
    table = ROLLUPS[kind].__table__.c
    row = db.session.execute(
        select(*(func.coalesce(func.sum(table[name]), 0) for name in COLUMNS))
        .where(table.unit_id.in_(units), table.day >= window.first, table.day <= window.last)
    ).one()  # fmt: skip
    return dict(zip(COLUMNS, map(int, row), strict=True))
