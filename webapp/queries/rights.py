"""Residents' requests about their own data, as those who decide read them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import DataRequest, ServiceRequest
from webapp.queries import shield

PAGE_SIZE = 25


def _seen_by(role: Role, department_id: int | None) -> Select[tuple[DataRequest]]:
    return select(DataRequest).join(ServiceRequest).where(*shield.visible(role, department_id))


def data_requests(
    role: Role, department_id: int | None, with_decided: bool = False, page: int = 1
) -> tuple[Sequence[DataRequest], int]:
    """Those that wait, most pressing first (with the decided ones: newest first), and how many."""
    statement = _seen_by(role, department_id)
    if not with_decided:
        statement = statement.where(DataRequest.outcome == "")
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    order = DataRequest.id.desc() if with_decided else DataRequest.due_at
    rows = statement.options(joinedload(DataRequest.request), joinedload(DataRequest.decided_by)).order_by(
        order
    )
    return db.session.scalars(rows.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all(), total


def data_request(asked_id: int, role: Role, department_id: int | None) -> DataRequest | None:
    """One of them."""
    return db.session.scalar(_seen_by(role, department_id).where(DataRequest.id == asked_id))
