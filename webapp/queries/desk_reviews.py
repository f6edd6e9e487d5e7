"""Reviews as the desk reads them: bad ones with their rectification first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.domain.rating import Rating
from webapp.extensions import db
from webapp.models import Department, Rectification, Review, Service, User, utcnow
from webapp.queries.paging import page_number

PAGE_SIZE = 20
RECENT = timedelta(days=180)
# Counting exactly beyond this helps nobody and costs time among a million reviews.
COUNT_UP_TO = 2000
RATINGS = tuple(str(int(level)) for level in Rating)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What the address says."""

    view: str = "bad"
    service: str = ""
    department: str = ""
    rating: int = 0
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> ReviewFilter:
        view, rating = query.get("view", "bad"), query.get("rating", "")
        return cls(
            view if view in ("bad", "overdue", "unanswered", "all") else "bad", query.get("service", "")[:40],
            query.get("department", "")[:40], int(rating) if rating in RATINGS else 0,
            page_number(query.get("page")),
        )  # fmt: skip


def reviews(user: User, wanted: ReviewFilter) -> tuple[Sequence[Review], int]:
    """One page of reviews, and how many there are (counted up to ``COUNT_UP_TO``)."""
    now = utcnow()
    r, m = Review, Rectification
    # From the small table of rectifications where only bad reviews are wanted.
    statement = select(r).join(m) if wanted.view in ("bad", "overdue") else select(r).outerjoin(m)
    where: list[ColumnElement[bool]] = []
    order: list[ColumnElement[Any]] = [r.created_at.desc()]
    if wanted.view in ("bad", "overdue"):
        where.append(m.rectified_at.is_(None))
        order = [m.rectify_due_at.asc()]
        if wanted.view == "overdue":
            where.append(m.rectify_due_at < now)
    else:
        where.append(r.created_at > now - RECENT)
        if wanted.view == "unanswered":
            where += [r.replied_at.is_(None), r.comment != ""]
    if user.department_id is not None and user.role in ("clerk", "head"):
        where.append((m if wanted.view in ("bad", "overdue") else r).department_id == user.department_id)
    elif wanted.department:
        where.append(r.department_id.in_(select(Department.id).where(Department.code == wanted.department)))
    if wanted.service:
        where.append(r.service_id.in_(select(Service.id).where(Service.service_code == wanted.service)))
    if wanted.rating:
        where.append(r.rating == wanted.rating)
    limited = statement.with_only_columns(r.id).where(*where).limit(COUNT_UP_TO).subquery()
    total = db.session.scalar(select(func.count()).select_from(limited)) or 0
    page = (
        statement.where(*where)
        .options(contains_eager(r.rectification), joinedload(r.service), joinedload(r.department))
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((wanted.page - 1) * PAGE_SIZE)
    )
    return db.session.scalars(page).unique().all(), total


def service_choices(user: User) -> list[tuple[str, str]]:
    """(code, name) of the services that this member of staff answers for."""
    statement = (
        select(Service.service_code, Service.name).where(Service.is_active.is_(True)).order_by(Service.name)
    )
    if user.department_id is not None and user.role in ("clerk", "head"):
        statement = statement.where(Service.department_id == user.department_id)
    return [(code, name) for code, name in db.session.execute(statement)]
