"""Reviews as the desk reads them: bad ones with their rectification first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.domain.permissions import Permission, Reach, reach_of
from webapp.domain.rating import Rating
from webapp.domain.rectification import OPEN, RectificationStatus
from webapp.extensions import db
from webapp.models import Area, Department, Rectification, Review, Service, User, utcnow
from webapp.queries.desk import day_of
from webapp.queries.desk_counts import departments_of, reviews_counted
from webapp.queries.paging import page_number
from webapp.queries.reach import within
from webapp.queries.tallies import Window, moments

PAGE_SIZE = 20
RECENT = timedelta(days=180)
# Counting exactly beyond this helps nobody and costs time among a million reviews.
COUNT_UP_TO = 2000
MENDING_VIEWS = ("bad", "overdue", "appealed", "asked", "unsatisfied")
VIEWS = (*MENDING_VIEWS, "unanswered", "all")
RATINGS = tuple(str(int(level)) for level in Rating)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What the address says."""

    view: str = "bad"
    service: str = ""
    department: str = ""
    rating: int = 0
    area: str = ""
    home: str = ""  # code of an area: reviews of its departments and those of its parts
    since: str = ""  # local day of the review, first and last
    until: str = ""
    channel: str = ""
    votes: str = ""  # what a count is made of (desk_counts.REVIEWS)
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> ReviewFilter:
        view, rating = query.get("view", "bad"), query.get("rating", "")
        return cls(
            view if view in VIEWS else "bad", query.get("service", "")[:40],
            query.get("department", "")[:40], int(rating) if rating in RATINGS else 0,
            query.get("area", "")[:20], query.get("home", "")[:20], query.get("since", "")[:10], query.get("until", "")[:10],
            query.get("channel", "")[:12],
            query.get("votes", "")[:12],
            page_number(query.get("page")),
        )  # fmt: skip


def reviews(user: User, wanted: ReviewFilter) -> tuple[Sequence[Review], int]:
    """One page of reviews, and how many there are (counted up to ``COUNT_UP_TO``)."""
    now = utcnow()
    r, m = Review, Rectification
    mending = wanted.view in MENDING_VIEWS
    # From the small table of rectifications where only bad reviews are wanted.
    statement = select(r).join(m) if mending else select(r).outerjoin(m)
    where, order = _of_view(wanted, now)
    where += reviews_within(user, (m if mending else r).department_id)
    # Who sees one department only has no choice of departments.
    if wanted.department and reach_of(user.role, Permission.SEE_REVIEWS) is not Reach.DEPARTMENT:
        where.append(r.department_id.in_(select(Department.id).where(Department.code == wanted.department)))
    if wanted.service:
        # One number, not a question: only then is the index of a service's reviews read in order.
        code = select(Service.id).where(Service.service_code == wanted.service)
        where.append(r.service_id == (db.session.scalar(code) or 0))
    if wanted.rating:
        where.append(r.rating == wanted.rating)
    if wanted.area:
        path = select(Area.path).where(Area.code == wanted.area).scalar_subquery()
        where.append(r.area_id.in_(select(Area.id).where(Area.path.startswith(path))))
    if wanted.home:
        where.append(r.department_id.in_(departments_of(wanted.home)))
    if wanted.channel:
        where.append(r.channel == wanted.channel)
    where += reviews_counted(wanted.votes, now)
    first, last = day_of(wanted.since), day_of(wanted.until)
    if first:
        where.append(r.created_at >= moments(Window(first, first))[0])
    if last:
        where.append(r.created_at < moments(Window(last, last))[1])
    limited = statement.with_only_columns(r.id).where(*where).limit(COUNT_UP_TO).subquery()
    total = db.session.scalar(select(func.count()).select_from(limited)) or 0
    skip = (wanted.page - 1) * PAGE_SIZE
    if wanted.view in ("bad", "overdue"):
        where, order, skip = (
            [r.id.in_(_next_steps(statement, where, skip))],
            [_NEXT_STEP.asc(), m.id.asc()],
            0,
        )
    page = (
        statement.where(*where)
        .options(
            contains_eager(r.rectification).joinedload(m.appeal),
            joinedload(r.service),
            joinedload(r.department),
        )
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset(skip)
    )
    return db.session.scalars(page).unique().all(), total


_NEXT_STEP = case(
    (Rectification.verified_at.is_(None), Rectification.verify_due_at), else_=Rectification.rectify_due_at
)


def _next_steps(statement: Select[Any], where: Sequence[ColumnElement[bool]], skip: int) -> list[int]:
    """Ids of the page's reviews by their next deadline, without sorting all that is open.

    Both deadlines count from the same moment, so that those to be verified and those to be put right each stand in the
    order of one index; a page is the beginning of the two together.
    """
    m = Rectification
    found: list[Any] = []
    for verified in (m.verified_at.is_(None), m.verified_at.is_not(None)):
        found += db.session.execute(
            statement.with_only_columns(_NEXT_STEP, m.id, Review.id)
            .where(*where, verified)
            # None of them has a time of rectification; PostgreSQL sees the order of the index by its first column only.
            .order_by(m.rectified_at, m.rectify_due_at, m.id)
            .limit(skip + PAGE_SIZE)
        ).all()
    return [review for _due, _id, review in sorted(map(tuple, found))[skip : skip + PAGE_SIZE]]


def _of_view(
    wanted: ReviewFilter, now: datetime
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[Any]]]:
    """Conditions and order of one tab."""
    r, m = Review, Rectification
    # Open rectifications have no time of rectification: the index of the list begins with it.
    # The few that ended without are left out by name: a list of open states would be looked up one by one and sorted.
    ended = sorted(state.value for state in set(RectificationStatus) - set(OPEN))
    working: list[ColumnElement[bool]] = [m.rectified_at.is_(None), m.status.not_in(ended)]
    match wanted.view:
        case "bad":
            return working, []
        case "overdue":
            late = or_(and_(m.verified_at.is_(None), m.verify_due_at < now), m.rectify_due_at < now)
            return [*working, late], []
        case "appealed":
            return [m.status == RectificationStatus.APPEALED.value], [m.rectify_due_at.asc()]
        case "asked":
            return [m.status == RectificationStatus.RECTIFIED.value], [m.rectified_at.desc()]
        case "unsatisfied":
            recent = m.followed_up_at > now - RECENT
            return [m.satisfied <= int(Rating.DISSATISFIED), recent], [m.followed_up_at.desc()]
        case "unanswered":
            waiting = [r.created_at > now - RECENT, r.replied_at.is_(None), r.comment != ""]
            return waiting, [r.created_at.desc()]
        case _:
            # A period that is asked for may lie further back.
            lately = [] if day_of(wanted.since) else [r.created_at > now - RECENT]
            return lately, [r.created_at.desc()]


def reviews_within(user: User, department: Any) -> list[ColumnElement[bool]]:
    """What keeps the reviews that this member of staff may see: a review belongs where its department does."""
    home = select(Department.area_id).where(Department.id == department).correlate_except(Department)
    return within(user, Permission.SEE_REVIEWS, department, home.scalar_subquery())


def service_choices(user: User) -> list[tuple[str, str]]:
    """(code, name) of the services that this member of staff answers for."""
    statement = (
        select(Service.service_code, Service.name).where(Service.is_active.is_(True)).order_by(Service.name)
    )
    statement = statement.where(*reviews_within(user, Service.department_id))
    return [(code, name) for code, name in db.session.execute(statement)]
