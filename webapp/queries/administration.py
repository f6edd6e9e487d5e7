"""Lists and choices of the administration pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Area, AuditEntry, Category, Department, DispatchRule, Service, User

PAGE_SIZE = 30


def page_of(statement: Select[Any], page: int) -> tuple[Sequence[Any], int]:
    """One page of a statement's first column, and the number of all rows."""
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = (
        db.session.scalars(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).unique().all()
    )
    return rows, total


def _like(words: str, *columns: Any) -> Any:
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def users(words: str) -> Select[Any]:
    """Accounts by user name."""
    return (
        select(User)
        .where(_like(words, User.username, User.name))
        .options(joinedload(User.department))
        .order_by(User.username)
    )


def services(words: str) -> Select[Any]:
    """Services by code."""
    return (
        select(Service)
        .where(_like(words, Service.service_code, Service.name))
        .options(joinedload(Service.department))
        .order_by(Service.service_code)
    )


def departments(words: str) -> Select[Any]:
    """Departments by code."""
    return (
        select(Department)
        .where(_like(words, Department.code, Department.name))
        .options(joinedload(Department.area))
        .order_by(Department.code)
    )


def categories(words: str) -> Select[Any]:
    """Categories by code."""
    return select(Category).where(_like(words, Category.code, Category.name)).order_by(Category.code)


def areas(words: str) -> Select[Any]:
    """Areas by code."""
    return (
        select(Area)
        .where(_like(words, Area.code, Area.name))
        .options(joinedload(Area.parent))
        .order_by(Area.code)
    )


def rules(words: str) -> Select[Any]:
    """Dispatch rules by category."""
    return (
        select(DispatchRule)
        .join(Category)
        .join(Department)
        .where(_like(words, Category.code, Category.name, Department.name))
        .options(
            joinedload(DispatchRule.category),
            joinedload(DispatchRule.area),
            joinedload(DispatchRule.department),
        )
        .order_by(Category.code, DispatchRule.area_id)
    )


def audit_entries(words: str) -> Select[Any]:
    """The trail, newest first."""
    return (
        select(AuditEntry)
        .where(_like(words, AuditEntry.action, AuditEntry.subject))
        .order_by(AuditEntry.id.desc())
    )


def user_names(ids: set[int]) -> dict[int, str]:
    """User names by id."""
    rows = db.session.execute(select(User.id, User.username).where(User.id.in_(ids)))
    return dict(rows.tuples().all())
