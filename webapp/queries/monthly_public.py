"""The course of a monthly topic as residents may see it: only where no count that the open data hides follows from it.

A topic's kind is a row of the open data, or a part of one. Of a part only what leaves the rest of the row large enough
(or empty) is shown, because everybody can subtract; and of two topics within one row only the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from webapp.domain.disclosure import SMALLEST
from webapp.domain.open_tables import OpenTable, Row
from webapp.domain.rates import Rate, make_rate
from webapp.extensions import db
from webapp.models import Category, MonthlyTopic
from webapp.queries import publications
from webapp.queries.monthly import Month, course
from webapp.queries.publications import Count, Published
from webapp.queries.reach import CITY
from webapp.queries.units import DISTRICT, catalogue

FIRST, SECOND = 2, 4
"""Digits of the codes of first- and second-level categories"""


@dataclass(frozen=True, slots=True)
class PublicMonth:
    """A month: requests received (None: not shown), the share said solved (None: not shown), whether it is out at all."""

    first: date
    received: int | None
    resolution: Rate | None
    since_adoption: bool
    is_out: bool


def public_course(topic: MonthlyTopic) -> list[PublicMonth]:
    """The months of :func:`webapp.queries.monthly.course`, as far as they are published."""
    months = course(topic)
    category = db.session.get(Category, topic.category_id) if topic.category_id else None
    row = _row(topic, category.code) if category else None
    if not months or category is None or row is None:
        return []
    part = row[0] != category.code
    if part and _is_second(topic, row[0], category.code):
        return []
    return [_month(m, publications.published(f"{m.first:%Y-%m}"), row, part) for m in months]


def _row(topic: MonthlyTopic, code: str) -> Row | None:
    """The narrowest row of the open data that holds the topic's kind in its area; None where there is none."""
    if topic.area.level == CITY:
        return code[:SECOND], ""
    if topic.area.level == DISTRICT:
        return code[:FIRST], catalogue().areas[topic.area_id].code
    return None


def _is_second(topic: MonthlyTopic, whole: str, code: str) -> bool:
    """Whether an earlier topic shows another part of the same row."""
    earlier = (
        select(MonthlyTopic.id)
        .join(Category, Category.id == MonthlyTopic.category_id)
        .where(MonthlyTopic.id < topic.id, MonthlyTopic.area_id == topic.area_id)
        .where(Category.code.startswith(whole), Category.code.notin_((whole, code)))
    )
    return db.session.scalar(earlier.limit(1)) is not None


def _month(month: Month, found: Published | None, row: Row, part: bool) -> PublicMonth:
    if found is None:
        return PublicMonth(month.first, None, None, month.since_adoption, False)
    rate = month.resolution
    own = (month.received, rate.numerator, rate.denominator - rate.numerator)
    whole = tuple(found.count(OpenTable.REQUESTS, row, name) for name in ("received", "solved", "unsolved"))
    shown = [_rest(n, of) for n, of in zip(own, whole, strict=True)] if part else list(whole)
    received, solved, unsolved = shown
    known = received is not None and solved is not None and unsolved is not None
    share = make_rate("resolution", solved, solved + unsolved) if known else None  # type: ignore[operator, arg-type]
    return PublicMonth(month.first, received, share, month.since_adoption, True)


def _rest(part: int, whole: Count) -> Count:
    """The part, where neither it nor what is left of the whole is a small count."""
    if whole is None or part > whole:
        return None
    safe: Sequence[bool] = [n == 0 or n >= SMALLEST for n in (part, whole - part)]
    return part if all(safe) else None
