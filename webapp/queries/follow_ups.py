"""Follow-ups by phone as the desk reads them: whom to call, what samples came to, and who was heard how."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.domain.calling import CallState
from webapp.domain.rates import Rate, make_rate
from webapp.domain.workflow import Solved, Status
from webapp.extensions import db
from webapp.models import Department, FollowUpCall, FollowUpSample, ServiceRequest, utcnow

PAGE_SIZE = 25
COMPARED = timedelta(days=90)
CONTENT_FROM = 3
# With fewer answers a weighted share says more about chance than about the city.
LEAST_ANSWERS = 20
WAYS = ("self", "sample", "phone")


def unheard() -> list[ColumnElement[bool]]:
    """Conditions of requests whose last answer the resident has not judged (as ``follow_up.is_waiting`` says)."""
    r = ServiceRequest
    return [
        r.status.in_((Status.RESOLVED.value, Status.CLOSED.value)),
        r.resolved_at.is_not(None),
        or_(r.heard_at.is_(None), r.heard_at < r.resolved_at),
    ]


def calls(view: str, page: int, now: datetime | None = None) -> tuple[Sequence[FollowUpCall], dict[str, int]]:
    """One page of the call list, and how many calls each tab has: due now, later, done."""
    moment, c = now or utcnow(), FollowUpCall
    waiting = c.state == CallState.WAITING.value
    tabs = {
        "due": [waiting, c.not_before <= moment], "later": [waiting, c.not_before > moment], "done": [~waiting],
    }  # fmt: skip
    counts = db.session.execute(
        select(*(func.count().filter(*where) for where in tabs.values())).select_from(c)
    ).one()
    order = {
        "due": (c.not_before, c.sample_id, c.place), "later": (c.not_before, c.id), "done": (c.done_at.desc(), c.id),
    }[view]  # fmt: skip
    found = db.session.scalars(
        select(c)
        .where(*tabs[view])
        .options(
            joinedload(c.request).joinedload(ServiceRequest.department),
            joinedload(c.taken_by),
        )
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return found, dict(zip(tabs, map(int, counts), strict=True))


def next_call(after: int, now: datetime | None = None) -> FollowUpCall | None:
    """The next call that is due, other than ``after``."""
    c = FollowUpCall
    return db.session.scalar(
        select(c)
        .where(c.state == CallState.WAITING.value, c.not_before <= (now or utcnow()), c.id != after)
        .order_by(c.not_before, c.sample_id, c.place)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What a sample came to so far: calls by state, and 解决率 raw and weighted (0…1) by the sizes of the strata."""

    sample: FollowUpSample
    drawn: int
    population: int
    states: Counter[str]
    solved: Rate
    weighted: float | None


def samples(limit: int = 10) -> list[Result]:
    """The newest samples with their results."""
    found = db.session.scalars(
        select(FollowUpSample)
        .options(joinedload(FollowUpSample.drawn_by))
        .order_by(FollowUpSample.id.desc())
        .limit(limit)
    )
    return [_result(sample) for sample in found.all()]


def _result(sample: FollowUpSample) -> Result:
    c, r = FollowUpCall, ServiceRequest
    rows = db.session.execute(
        select(c.state, Department.code, c.solved)
        .join(r, r.id == c.request_id)
        .join(Department, Department.id == r.department_id)
        .where(c.sample_id == sample.id)
    ).all()
    heard: dict[str, list[int]] = defaultdict(list)
    for state, code, solved in rows:
        if state == CallState.REACHED:
            heard[code].append(int(solved == Solved.YES))
    words = [word for found in heard.values() for word in found]
    return Result(
        sample, len(rows), sum(size for size, _drawn in sample.strata.values()), Counter(row[0] for row in rows),
        make_rate("resolution", sum(words), len(words)), _weighted(sample, heard),
    )  # fmt: skip


def _weighted(sample: FollowUpSample, heard: dict[str, list[int]]) -> float | None:
    """Each stratum's share by the number of its cases (Cochran, Sampling Techniques, ch. 5); None with few answers."""
    if sum(map(len, heard.values())) < LEAST_ANSWERS:
        return None
    sizes = {code: sample.strata[code][0] for code in heard if code in sample.strata}
    total = sum(sizes.values())
    return sum(size * sum(heard[code]) / len(heard[code]) for code, size in sizes.items()) / total


@dataclass(frozen=True, slots=True)
class Heard:
    """Words obtained in one way (``self``, ``sample``, ``phone``): 解决率, 满意率 and 响应率 with their intervals."""

    through: str
    count: int
    resolution: Rate
    satisfaction: Rate
    response: Rate


def heard_by_way(now: datetime | None = None, department_id: int | None = None) -> list[Heard]:
    """Words of the last ``COMPARED`` days by how they were obtained: who came by themselves against who was drawn."""
    r = ServiceRequest
    where = [r.heard_at > (now or utcnow()) - COMPARED, r.heard_through.is_not(None)]
    if department_id is not None:
        where.append(r.department_id == department_id)
    rows = db.session.execute(
        select(
            r.heard_through, func.count(), func.count().filter(r.solved == Solved.YES.value),
            func.count().filter(r.satisfied >= CONTENT_FROM), func.count().filter(r.contacted.is_(True)),
        ).where(*where).group_by(r.heard_through)
    )  # fmt: skip
    found = {
        way: Heard(
            way, count, make_rate("resolution", solved, count), make_rate("satisfaction", content, count),
            make_rate("response", contacted, count),
        )
        for way, count, solved, content, contacted in rows
    }  # fmt: skip
    return [found[way] for way in WAYS if way in found]
