"""Appeals against bad reviews: what waits for a reviewer, and the counts that are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from webapp.domain.rectification import RectificationStatus
from webapp.extensions import db
from webapp.models import Appeal, Rectification, Review
from webapp.queries.tallies import Window, moments

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class AppealCounts:
    """How many appeals were filed, and of these granted and refused. They count a department's acts, not people, so
    that small numbers are published as well."""

    filed: int
    granted: int
    refused: int


def counts(window: Window, service_id: int | None = None) -> AppealCounts:
    """Appeals filed in the window, in the city or about one service."""
    start, end = moments(window)
    statement = select(
        func.count(), func.count().filter(Appeal.granted.is_(True)), func.count().filter(Appeal.granted.is_(False))
    ).where(Appeal.appealed_at >= start, Appeal.appealed_at < end)  # fmt: skip
    if service_id is not None:
        statement = statement.where(Appeal.service_id == service_id)
    return AppealCounts(*map(int, db.session.execute(statement).one()))


def appeals(decided: bool, page: int) -> tuple[Sequence[Appeal], int]:
    """One page of the appeals to decide, the most urgent first, or of those decided, the newest first; and how many."""
    a, m = Appeal, Rectification
    where = [a.decided_at.is_not(None)] if decided else [m.status == RectificationStatus.APPEALED.value]
    joined = select(a).join(a.rectification).where(*where)
    total = db.session.scalar(joined.with_only_columns(func.count())) or 0
    found = db.session.scalars(
        joined.options(
            contains_eager(a.rectification).joinedload(m.review).joinedload(Review.service),
            contains_eager(a.rectification).joinedload(m.review).joinedload(Review.department),
        )
        .order_by(a.decided_at.desc() if decided else a.decide_due_at.asc(), a.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return found.unique().all(), total
