"""每月一题 as pages read it: candidates from the data, the topics, and what residents said before and since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.domain.monthly import Trouble, candidates
from webapp.domain.rates import Rate, resolution_rate
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import Category, MonthlyTopic, ServiceRequest, Topic, TopicRequest
from webapp.queries import tallies
from webapp.queries.categories import category_demand
from webapp.queries.category_counts import category_counts_within
from webapp.queries.kept import TREND_LAG_S
from webapp.queries.policy import scoring_policy
from webapp.queries.reach import CITY, areas_below
from webapp.queries.scoring import remembered, today
from webapp.queries.tallies import Counts, Window, moments
from webapp.queries.units import STREET, catalogue, path_of

LEVEL, DIGITS = 3, 6
MONTHS_BEFORE = 6
MOST_MONTHS = 18
ENDED = (
    Status.CLOSED.value,
    Status.RESOLVED.value,
    Status.FOLLOWED_UP.value,
    Status.MERGED.value,
    Status.OUT_OF_SCOPE.value,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed topic: a kind of trouble with its numbers and the name of its category."""

    trouble: Trouble
    name: str
    group: str


def proposed(window: Window, area_id: int | None = None) -> Sequence[Candidate]:
    """Kinds of trouble that are common, widespread, lasting and unsolved, in the city or one area."""

    def compute(_policy: object) -> Sequence[Candidate]:
        lines = {
            line.code: line for line in category_demand(window, LEVEL, area_id) if len(line.code) == DIGITS
        }
        spread = _streets(window, area_id)
        troubles = [
            Trouble(
                code, line.received, line.before, line.resolution.denominator, line.resolution.value,
                line.resolution.low, line.resolution.high, spread.get(code, 0),
            )
            for code, line in lines.items()
        ]  # fmt: skip
        return [Candidate(t, lines[t.key].name, lines[t.key].group) for t in candidates(troubles)]

    return remembered(f"monthly candidates {area_id or ''}", window, compute, TREND_LAG_S)


def _streets(window: Window, area_id: int | None) -> Mapping[str, int]:
    """In how many streets each category was named."""
    r, known = ServiceRequest, catalogue()
    start, end = moments(window)
    statement = (
        select(r.category_id, r.area_id)
        .where(r.received_at >= start, r.received_at < end, r.status != Status.RECEIVED.value)
        .distinct()
    )
    if area_id is not None:
        statement = statement.where(r.area_id.in_(areas_below(path_of(area_id))))
    streets: dict[str, set[int]] = defaultdict(set)
    for category, area in db.session.execute(statement):
        street = known.up.get(area, {}).get(STREET)
        if category in known.categories and street is not None:
            streets[known.categories[category][0]].add(street)
    return {code: len(found) for code, found in streets.items()}


def hot_topics(area_id: int | None = None, most: int = 20) -> Sequence[Topic]:
    """The hottest topics, of the city or those that lie within one area."""
    statement = select(Topic).options(joinedload(Topic.area), joinedload(Topic.category))
    if area_id is not None:
        statement = statement.where(Topic.area_id.in_(areas_below(path_of(area_id))))
    return db.session.scalars(statement.order_by(Topic.heat.desc(), Topic.id).limit(most)).all()


@dataclass(frozen=True, slots=True)
class Standing:
    """Requests of a hot topic: how many are still open, how many residents said solved, and how many not."""

    open: int
    solved: int
    unsolved: int


def standings(topic_ids: Sequence[int]) -> Mapping[int, Standing]:
    """Where the requests of the topics stand now."""
    r, m = ServiceRequest, TopicRequest
    rows = db.session.execute(
        select(
            m.topic_id, func.count().filter(r.status.not_in(ENDED)), func.count().filter(r.solved == "yes"),
            func.count().filter(r.solved.in_(("no", "partly"))),
        )
        .join(r, r.id == m.request_id)
        .where(m.topic_id.in_(topic_ids))
        .group_by(m.topic_id)
    )  # fmt: skip
    return {topic: Standing(int(a), int(b), int(c)) for topic, a, b, c in rows}


def topics(most: int = 36) -> Sequence[MonthlyTopic]:
    """Topics that were taken on, the latest month first, with their tasks."""
    statement = (
        select(MonthlyTopic)
        .options(selectinload(MonthlyTopic.tasks), joinedload(MonthlyTopic.area))
        .order_by(MonthlyTopic.month.desc(), MonthlyTopic.area_id)
        .limit(most)
    )
    return db.session.scalars(statement).all()


def adopted_hot_topics() -> Mapping[int, int]:
    """Hot topics that were taken on: their id → the monthly topic's."""
    rows = db.session.execute(
        select(MonthlyTopic.hot_topic_id, MonthlyTopic.id).where(MonthlyTopic.hot_topic_id.is_not(None))
    )
    return {int(hot or 0): topic for hot, topic in rows}


@dataclass(frozen=True, slots=True)
class Month:
    """Requests of a topic's kind received in a month, and the share that residents said was solved."""

    first: date
    last: date
    received: int
    resolution: Rate
    since_adoption: bool


def _months(topic: MonthlyTopic) -> list[Window]:
    """Calendar months from half a year before the topic's month to now, or to its end."""
    first = topic.month
    for _ in range(MONTHS_BEFORE):
        first = (first - timedelta(days=1)).replace(day=1)
    found: list[Window] = []
    while first <= today() and len(found) < MOST_MONTHS:
        following = (first + timedelta(days=32)).replace(day=1)
        found.append(Window(first, min(following - timedelta(days=1), today())))
        first = following
    return found


def course(topic: MonthlyTopic) -> Sequence[Month]:
    """Month by month what residents came with of this kind, before the topic was taken on and since; [] without a category."""
    category = db.session.get(Category, topic.category_id) if topic.category_id else None
    if category is None:
        return []
    area = None if topic.area.level == CITY else topic.area_id

    def compute(_policy: object) -> Sequence[Month]:
        months = [_month(window, category.code, area, topic.month) for window in _months(topic)]
        # A city that is younger than half a year has no months of silence before it.
        begun = next((i for i, month in enumerate(months) if month.received or month.since_adoption), 0)
        return months[begun:]

    whole = Window(topic.month, today())
    return remembered(f"monthly course {topic.id} {category.code}", whole, compute, TREND_LAG_S)


def _month(window: Window, code: str, area: int | None, month: date) -> Month:
    counts = counts_of_kind(window, code, area)
    rate = resolution_rate(tallies.rate_tally(counts), scoring_policy().rate)
    return Month(window.first, window.last, counts["received"], rate, window.first >= month)


def counts_of_kind(window: Window, code: str, area: int | None) -> Counts:
    """The counts of a category (code) with all below it, in the city or one area."""
    if area is not None:
        return category_counts_within(window, len(code), area).get(code, tallies.NO_COUNTS)
    ids = [i for i, (number, _name) in catalogue().categories.items() if number.startswith(code)]
    return tallies.of_units("category", ids, window)
