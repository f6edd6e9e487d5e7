"""What a monthly report reads of hot topics and of 每月一题."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.domain.monthly import TopicStatus
from webapp.domain.rates import resolution_rate
from webapp.domain.report_topics import Hot
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Area, Category, MonthlyTask, MonthlyTopic, ServiceRequest, Topic, TopicRequest
from webapp.queries import tallies
from webapp.queries.monthly import ENDED, counts_of_kind
from webapp.queries.policy import scoring_policy
from webapp.queries.reach import CITY, areas_below
from webapp.queries.tallies import Window, moments
from webapp.queries.units import path_of

SPAN_DAYS = 30
GAP_DAYS = 7
"""Topics are those of the last thirty days: a report of a period of which more lies further back cannot tell of them."""
LEAST, MOST_HOT, MOST_TOPICS = 3, 8, 4


def covered(window: Window) -> bool:
    """Whether the topics that are known now are those of the window."""
    found_at = db.session.scalar(select(func.max(Topic.found_at)))
    return found_at is not None and local(found_at).date() - timedelta(days=SPAN_DAYS) <= window.first + timedelta(
        days=GAP_DAYS
    )  # fmt: skip


def hot_topics(window: Window, area_id: int | None) -> list[Hot]:
    """The hottest topics of the city or an area, with what of them was received in the window."""
    t, r, m = Topic, ServiceRequest, TopicRequest
    start, end = moments(window)
    statement = (
        select(
            t, func.count(), func.count().filter(r.status.not_in(ENDED)), func.count().filter(r.solved == "yes"),
            func.count().filter(r.solved.is_not(None)),
        )
        .join(m, m.topic_id == t.id)
        .join(r, r.id == m.request_id)
        .where(r.received_at >= start, r.received_at < end)
        .group_by(t.id)
        .having(func.count() >= LEAST)
        .order_by(t.heat.desc(), t.id)
        .options(selectinload(t.area))
        .limit(MOST_HOT)
    )  # fmt: skip
    if area_id is not None:
        statement = statement.where(t.area_id.in_(areas_below(path_of(area_id))))
    return [
        Hot(topic.title, topic.area.name, *map(int, row)) for topic, *row in db.session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class TakenOn:
    """A monthly topic with what residents came with of its kind in the window: received, solved, heard."""

    topic: MonthlyTopic
    received: int
    solved: int
    heard: int


def monthly_topics(window: Window, area_id: int | None, department_id: int | None = None) -> list[TakenOn]:
    """The topics of the window's months and those that still ran in it, the latest first; of an area with those of the
    city, or those that gave a department a task."""
    x = MonthlyTopic
    first, last = window.first.replace(day=1), window.last
    ran = or_(x.month >= first, x.status == TopicStatus.RUNNING.value, x.ended_at >= moments(window)[0])
    statement = select(x).where(x.month <= last, ran)
    if area_id is not None:
        wide = select(Area.id).where(Area.level == CITY)
        statement = statement.where(or_(x.area_id.in_(areas_below(path_of(area_id))), x.area_id.in_(wide)))
    if department_id is not None:
        statement = statement.where(x.tasks.any(MonthlyTask.department_id == department_id))
    statement = statement.options(
        selectinload(x.tasks).joinedload(MonthlyTask.department), selectinload(x.notes), joinedload(x.area)
    )
    found = db.session.scalars(statement.order_by(x.month.desc(), x.area_id).limit(MOST_TOPICS)).all()
    return [TakenOn(topic, *_kind(topic, window)) for topic in found]


def _kind(topic: MonthlyTopic, window: Window) -> tuple[int, int, int]:
    category = db.session.get(Category, topic.category_id) if topic.category_id else None
    if category is None:
        return 0, 0, 0
    area = None if topic.area.level == CITY else topic.area_id
    counts = counts_of_kind(window, category.code, area)
    rate = resolution_rate(tallies.rate_tally(counts), scoring_policy(window.last).rate)
    return counts["received"], rate.numerator, rate.denominator


def late(topic: MonthlyTopic, day: date) -> Sequence[MonthlyTask]:
    """Tasks that are not done and past their day."""
    return [task for task in topic.tasks if task.done_at is None and task.due_day < day]
