"""What the desk reads: the queue with its filters, and what belongs to one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.domain.deadlines import DEFAULT_POLICY, ClockState, Urgency, clock_state
from webapp.domain.workflow import OPEN_STATUSES, Role, Status
from webapp.extensions import db
from webapp.models import Area, Category, Department, ServiceRequest, User, utcnow
from webapp.queries.paging import page_number

PAGE_SIZE = 25
UNANSWERED = tuple(s.value for s in OPEN_STATUSES - {Status.RESOLVED, Status.FOLLOWED_UP})
SORTS: dict[str, tuple[ColumnExpressionArgument[Any], ...]] = {
    "due": (ServiceRequest.due_at.asc(), ServiceRequest.id),
    "newest": (ServiceRequest.received_at.desc(), ServiceRequest.id.desc()),
    "oldest": (ServiceRequest.received_at.asc(), ServiceRequest.id),
    "supporters": (ServiceRequest.supporters.desc(), ServiceRequest.received_at.desc()),
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the address of the queue says. Unknown values filter nothing out."""

    view: str = ""
    status: str = ""
    clock: str = ""
    urgency: str = ""
    channel: str = ""
    category: str = ""
    area: str = ""
    department: str = ""
    check: str = ""  # "1": only those whose reading by the language layer a person should check
    words: str = ""
    sort: str = "due"
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> QueueFilter:
        values = {
            name: query.get(name, "").strip()[:60] for name in cls.__slots__ if name not in ("page", "sort")
        }
        sort = query.get("sort", "due")
        return cls(**values, sort=sort if sort in SORTS else "due", page=page_number(query.get("page")))


def scope_of(user: User) -> list[ColumnElement[bool]]:
    """The requests that this member of staff may see in lists."""
    role = Role(user.role)
    if role in (Role.CLERK, Role.HEAD):
        return [ServiceRequest.department_id == user.department_id]
    if role in (Role.GRID_WORKER, Role.OFFICIAL) and user.area and user.area.level > 1:
        return [ServiceRequest.area_id.in_(select(Area.id).where(Area.path.startswith(user.area.path)))]
    return []


def _due_soon(now: datetime) -> ColumnElement[bool]:
    """The warning time of each kind of clock, as :func:`webapp.domain.deadlines.clock_state` applies it."""
    r = ServiceRequest
    clock = case((r.urgency.in_((Urgency.EMERGENCY, Urgency.URGENT)), r.urgency), else_=r.complexity)
    kinds = [
        and_(clock == urgency.value, r.due_at < now + allowance.warn_before)
        for urgency, allowance in DEFAULT_POLICY.allowances.items()
    ]
    return and_(r.status.in_(UNANSWERED), r.due_at >= now, or_(*kinds))


def views_of(role: Role, now: datetime) -> dict[str, list[ColumnElement[bool]]]:
    """The tabs above the queue: name → condition, the first one being where this role starts."""
    r = ServiceRequest
    open_ = r.status.in_(UNANSWERED)
    tabs: dict[str, list[ColumnElement[bool]]] = {
        "todo": [open_],
        "overdue": [open_, r.due_at < now],
        "soon": [_due_soon(now)],
        "reopened": [r.status == Status.REOPENED.value],
        "waiting": [r.status == Status.RESOLVED.value],
        "all": [],
    }
    if role in (Role.DISPATCHER, Role.HOTLINE_AGENT, Role.ADMIN):
        dispatch = [
            or_(r.status.in_((Status.RECEIVED.value, Status.OBJECTED.value)), open_ & r.needs_human.is_(True))
        ]
        return {"dispatch": dispatch, **tabs}
    if role is Role.REVIEWER:
        return {"waiting": tabs.pop("waiting"), **tabs}
    return tabs


def _conditions(wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    r = ServiceRequest
    found: list[ColumnElement[bool]] = []
    if wanted.status:
        found.append(r.status == wanted.status)
    if wanted.urgency:
        found.append(r.urgency == wanted.urgency)
    if wanted.channel:
        found.append(r.channel == wanted.channel)
    if wanted.clock == ClockState.OVERDUE:
        found += [r.status.in_(UNANSWERED), r.due_at < now]
    elif wanted.clock == ClockState.DUE_SOON:
        found.append(_due_soon(now))
    elif wanted.clock == ClockState.LATE:
        found.append(r.resolved_at > r.due_at)
    if wanted.check == "1":
        found.append(r.needs_human.is_(True))
    if wanted.category:
        found.append(r.category_id.in_(select(Category.id).where(Category.code.startswith(wanted.category))))
    if wanted.area:
        path = select(Area.path).where(Area.code == wanted.area).scalar_subquery()
        found.append(r.area_id.in_(select(Area.id).where(Area.path.startswith(path))))
    if wanted.department:
        found.append(r.department_id.in_(select(Department.id).where(Department.code == wanted.department)))
    for word in wanted.words.split():
        found.append(
            or_(
                r.text.contains(word, autoescape=True),
                r.address.contains(word, autoescape=True),
                r.service_request_id == word.upper(),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue, the number of all matches, and the number in each tab."""

    items: Sequence[ServiceRequest]
    total: int
    counts: dict[str, int]
    view: str


def queue(user: User, wanted: QueueFilter) -> Queue:
    """The queue of a member of staff."""
    now = utcnow()
    scope, tabs = scope_of(user), views_of(Role(user.role), now)
    view = wanted.view if wanted.view in tabs else next(iter(tabs))
    where = [*scope, *tabs[view], *_conditions(wanted, now)]
    statement = (
        select(ServiceRequest)
        .where(*where)
        .options(
            joinedload(ServiceRequest.category),
            joinedload(ServiceRequest.area),
            joinedload(ServiceRequest.department),
        )
        .order_by(*SORTS[wanted.sort])
        .limit(PAGE_SIZE)
        .offset((wanted.page - 1) * PAGE_SIZE)
    )
    total = db.session.scalar(select(func.count(ServiceRequest.id)).where(*where)) or 0
    return Queue(db.session.scalars(statement).all(), total, _counts(scope, tabs), view)


def _counts(scope: list[ColumnElement[bool]], tabs: dict[str, list[ColumnElement[bool]]]) -> dict[str, int]:
    # All tabs but "all" are about requests that are not closed: few, and found by the index on status.
    counted = {
        name: func.count(ServiceRequest.id).filter(*conditions)
        for name, conditions in tabs.items()
        if conditions
    }
    live = [*UNANSWERED, Status.RESOLVED.value]
    row = db.session.execute(select(*counted.values()).where(ServiceRequest.status.in_(live), *scope)).one()
    return dict(zip(counted, row, strict=True))


def clock_of(request: ServiceRequest, now: datetime | None = None) -> ClockState:
    """The state of a request's clock, from its stored facts."""
    urgency = (
        Urgency(request.urgency)
        if request.urgency in (Urgency.EMERGENCY, Urgency.URGENT)
        else Urgency(request.complexity)
    )
    return clock_state(
        now or utcnow(), request.due_at, request.resolved_at, urgency=urgency, policy=DEFAULT_POLICY
    )


def category_choices() -> list[tuple[str, str]]:
    """(code, "group › name") of every active category that a request can have: second and third level."""
    rows = db.session.execute(
        select(Category.code, Category.name, Category.level)
        .where(Category.is_active.is_(True))
        .order_by(Category.code)
    ).all()
    names = {code: name for code, name, _level in rows}
    return [
        (code, " › ".join(names.get(code[:end], "") for end in range(2, len(code) + 1, 2)))
        for code, _name, level in rows
        if level > 1
    ]


def department_choices() -> list[tuple[str, str]]:
    """(code, name) of the departments that can be asked."""
    statement = (
        select(Department.code, Department.name)
        .where(Department.is_active.is_(True))
        .order_by(Department.code)
    )
    return [(code, name) for code, name in db.session.execute(statement)]


def area_choices(max_level: int = 3) -> list[tuple[str, str]]:
    """(code, indented name) of the areas down to ``max_level``, in the order of the tree."""
    statement = select(Area.code, Area.name, Area.level).where(Area.level <= max_level).order_by(Area.code)
    return [(code, "　" * (level - 1) + name) for code, name, level in db.session.execute(statement)]


def top_categories() -> list[tuple[str, str]]:
    """(code, name) of the first level of the tree."""
    statement = select(Category.code, Category.name).where(Category.level == 1).order_by(Category.code)
    return [(code, name) for code, name in db.session.execute(statement)]
