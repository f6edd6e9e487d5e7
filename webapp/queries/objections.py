"""Objections (退单): those that wait for a dispatcher with their clock, and how the latest ones were reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from webapp.extensions import db
from webapp.models import Objection, ServiceRequest, utcnow

PAGE_SIZE = 25
DAYS = 90


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Reviews of the last ``DAYS`` days: how many, how many in time, how many granted."""

    total: int
    in_time: int
    granted: int


def _load() -> list[ExecutableOption]:
    request = joinedload(Objection.request)
    return [
        joinedload(Objection.department), request.joinedload(ServiceRequest.area),
        request.joinedload(ServiceRequest.category), request.joinedload(ServiceRequest.department),
    ]  # fmt: skip


def waiting(now: datetime | None = None, limit: int = 200) -> tuple[Sequence[Objection], int, int]:
    """Objections that nobody has reviewed, the longest waiting first; how many there are, and how many of them late."""
    moment = now or utcnow()
    unreviewed = Objection.reviewed_at.is_(None)
    total, late = db.session.execute(
        select(func.count(), func.count().filter(Objection.due_at < moment)).where(unreviewed)
    ).one()
    rows = db.session.scalars(
        select(Objection)
        .where(unreviewed)
        .options(*_load())
        .order_by(Objection.due_at, Objection.id)
        .limit(limit)
    ).all()
    return rows, int(total), int(late)


def reviewed(page: int = 1) -> tuple[Sequence[Objection], int]:
    """Objections that were reviewed, the latest first, and how many there are."""
    done = Objection.reviewed_at.is_not(None)
    total = db.session.scalar(select(func.count(Objection.id)).where(done)) or 0
    statement = (
        select(Objection)
        .where(done)
        .options(*_load())
        .order_by(Objection.reviewed_at.desc(), Objection.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return db.session.scalars(statement).all(), total


def summary(now: datetime | None = None) -> Reviewed:
    """Whether objections are reviewed in time, over the last ``DAYS`` days."""
    o = Objection
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(o.reviewed_at <= o.due_at),
            func.count().filter(o.outcome == "granted"),
        ).where(o.reviewed_at > (now or utcnow()) - timedelta(days=DAYS))
    ).one()
    return Reviewed(*map(int, row))
