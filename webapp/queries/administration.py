"""Lists and choices of the administration pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.i18n import city_zone
from webapp.models import Area, AuditEntry, Category, Department, DispatchRule, Service, User, append_only

PAGE_SIZE = 30


def page_of(statement: Select[Any], page: int) -> tuple[Sequence[Any], int]:
    """One page of a statement's first column, and the number of all rows."""
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = db.session.scalars(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).unique().all()
    return rows, total


def _like(words: str, *columns: Any) -> Any:
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def users(words: str, role: str = "") -> Select[Any]:
    """Accounts by user name, of one role if given; the words also find a department's accounts."""
    statement = (
        select(User)
        .outerjoin(Department, Department.id == User.department_id)
        .where(_like(words, User.username, User.name, func.coalesce(Department.name, "")))
        .options(joinedload(User.department))
        .order_by(User.username)
    )
    return statement.where(User.role == role) if role else statement


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


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the address of the trail says: words of the subject, one action, one account, local days."""

    words: str = ""
    action: str = ""
    username: str = ""
    since: str = ""
    until: str = ""


def _day(text: str) -> datetime | None:
    """The beginning of a local day written as YYYY-MM-DD; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Years that no calendar of ours reaches would overflow in UTC.
    return datetime.combine(day, time(), tzinfo=city_zone()) if 2000 <= day.year < 3000 else None


def audit_entries(wanted: AuditFilter) -> Select[Any]:
    """The trail, newest first."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc())
    if wanted.words:
        statement = statement.where(_like(wanted.words, AuditEntry.subject))
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.username:
        who = select(User.id).where(or_(User.username == wanted.username, User.name == wanted.username))
        statement = statement.where(AuditEntry.user_id.in_(who))
    if since := _day(wanted.since):
        statement = statement.where(AuditEntry.at >= since)
    if until := _day(wanted.until):
        statement = statement.where(AuditEntry.at < until + timedelta(days=1))
    return statement


@dataclass(frozen=True, slots=True)
class TrailState:
    """How long the trail is, its newest hash (to be noted outside), who checked it last, and what does not guard it."""

    entries: int
    newest: str
    checked: AuditEntry | None
    unguarded: Sequence[str]


def trail_state() -> TrailState:
    """The state of the trail."""
    order = AuditEntry.id.desc()
    newest = db.session.scalar(select(AuditEntry.hash).order_by(order).limit(1)) or ""
    check = select(AuditEntry).where(AuditEntry.action == "audit.verify").order_by(order).limit(1)
    count = db.session.scalar(select(func.count(AuditEntry.id))) or 0
    return TrailState(count, newest, db.session.scalar(check), append_only.missing(db.session.connection()))


def newest(statement: Select[Any], most: int) -> Sequence[Any]:
    """The first ``most`` rows of a list."""
    return db.session.scalars(statement.limit(most)).all()


def audit_people() -> list[tuple[str, str]]:
    """(user name, name and user name) of everybody with an account, to choose from."""
    rows = db.session.execute(select(User.username, User.name).order_by(User.username))
    return [(username, f"{username} {name}") for username, name in rows]


def place_names(entries: Sequence[AuditEntry]) -> tuple[dict[int, str], dict[int, str]]:
    """Names of the departments and areas, by id, that moves of accounts mention."""
    moved = [entry.details for entry in entries if entry.action == "user.role"]

    def names(model: type[Department] | type[Area], key: str) -> dict[int, str]:
        ids = {i for details in moved for i in details.get(key, ()) if i is not None}
        rows = db.session.execute(select(model.id, model.name).where(model.id.in_(ids)))
        return dict(rows.tuples().all())

    return names(Department, "department"), names(Area, "area")


def audit_actions() -> list[str]:
    """The actions that stand in the trail."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def user_names(ids: set[int]) -> dict[int, str]:
    """Names with user names, by id."""
    rows = db.session.execute(select(User.id, User.name, User.username).where(User.id.in_(ids)))
    return {number: f"{name}（{username}）" for number, name, username in rows}
