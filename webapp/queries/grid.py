"""What a grid worker reads: the open requests of the own grid and what each asks, and what is often reported there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.domain.text import N_
from webapp.domain.workflow import OPEN_STATUSES, EventType, Role, Status
from webapp.extensions import db
from webapp.models import Area, Category, RequestEvent, ServiceRequest, User, utcnow
from webapp.queries import deadlines

# A phone's page; a grid of a thousand residents has a dozen open at a time.
MOST = 300
FREQUENT = timedelta(days=180)


class Ask(StrEnum):
    """What an open request asks of the grid worker."""

    HANDLE = "handle"
    VERIFY = "verify"
    LOOK = "look"
    WAIT = "wait"

    @property
    def label(self) -> str:
        return ASK_LABELS[self]


ASK_LABELS = {
    Ask.HANDLE: N_("要办"), Ask.VERIFY: N_("核实"), Ask.LOOK: N_("留意"), Ask.WAIT: N_("等回访"),
}  # fmt: skip
_IN_WORK = (Status.ASSIGNED, Status.ACCEPTED, Status.REOPENED)


@dataclass(frozen=True, slots=True)
class Task:
    """An open request, what it asks, and until when: its deadline, or the day on which silence would close it."""

    request: ServiceRequest
    ask: Ask
    until: datetime

    @property
    def order(self) -> tuple[bool, datetime, int]:
        """Emergencies first, then whatever is due first."""
        return self.request.urgency != "emergency" or self.ask is Ask.WAIT, self.until, self.request.id


def tasks(user: User) -> list[Task]:
    """The open requests of the worker's grid, the most urgent first; none for a worker without one."""
    if user.area is None:
        return []
    inside = select(Area.id).where(Area.path.startswith(user.area.path))
    statement = (
        select(ServiceRequest)
        .where(
            ServiceRequest.status.in_([s.value for s in OPEN_STATUSES]), ServiceRequest.area_id.in_(inside)
        )
        .options(
            joinedload(ServiceRequest.category),
            joinedload(ServiceRequest.area),
            joinedload(ServiceRequest.department),
        )
        .order_by(ServiceRequest.due_at, ServiceRequest.id)
        .limit(MOST)
    )
    found = db.session.scalars(statement).all()
    last = _last_by(found, user)
    return sorted((_task(request, user, last) for request in found), key=lambda task: task.order)


def task_of(request: ServiceRequest, user: User) -> Task:
    """The same for one request."""
    return _task(request, user, _last_by([request], user))


def _last_by(requests: Sequence[ServiceRequest], user: User) -> set[tuple[int, str]]:
    """(request, event type) where the last acceptance or answer was this user's."""
    kinds = (EventType.ACCEPTED.value, EventType.RESOLVED.value)
    statement = (
        select(RequestEvent.request_id, RequestEvent.event_type, RequestEvent.user_id)
        .where(RequestEvent.request_id.in_([r.id for r in requests]), RequestEvent.event_type.in_(kinds))
        .order_by(RequestEvent.sequence)
    )
    last = {(number, kind): user_id for number, kind, user_id in db.session.execute(statement)}
    return {key for key, user_id in last.items() if user_id == user.id}


def _task(request: ServiceRequest, user: User, last_by_me: set[tuple[int, str]]) -> Task:
    if request.status == Status.RESOLVED.value:
        answered = request.resolved_at or utcnow()
        mine = (request.id, EventType.RESOLVED.value) in last_by_me
        ask = Ask.WAIT if mine or request.verdict else Ask.VERIFY
        return Task(request, ask, answered + timedelta(days=deadlines.policy().silence_days))
    taken = (request.id, EventType.ACCEPTED.value) in last_by_me
    own = user.department_id is not None and request.department_id == user.department_id
    handles = request.status in _IN_WORK and (own or taken)
    return Task(request, Ask.HANDLE if handles else Ask.LOOK, request.due_at)


def counts(found: Sequence[Task]) -> dict[Ask, int]:
    """How many tasks ask for what."""
    counted = Counter(task.ask for task in found)
    return {ask: counted[ask] for ask in Ask}


def frequent_categories(area: Area, limit: int = 6) -> list[tuple[str, str]]:
    """(code, name) of what is reported most often in the area's street, for buttons; the first categories without any."""
    street = "/".join(area.path.split("/")[:3]).rstrip("/") + "/"
    often = (
        select(Category.code, Category.name)
        .join(ServiceRequest, ServiceRequest.category_id == Category.id)
        .join(Area, Area.id == ServiceRequest.area_id)
        .where(Area.path.startswith(street), ServiceRequest.received_at > utcnow() - FREQUENT)
        .where(Category.is_active.is_(True), Category.level > 1)
        .group_by(Category.code, Category.name)
        .order_by(func.count().desc(), Category.code)
        .limit(limit)
    )
    return [(code, name) for code, name in db.session.execute(often)]


def nearby_areas(area: Area) -> list[tuple[str, str]]:
    """(code, indented name) of the street's communities and grids, the worker's own first."""
    street = "/".join(area.path.split("/")[:3]).rstrip("/") + "/"
    statement = (
        select(Area.id, Area.code, Area.name, Area.level)
        .where(Area.path.startswith(street), Area.level >= 3)
        .order_by(Area.path)
    )
    rows = db.session.execute(statement).all()
    least = min((row.level for row in rows), default=0)
    own = [(row.code, row.name) for row in rows if row.id == area.id]
    return own + [(row.code, "　" * (row.level - least) + row.name) for row in rows if row.id != area.id]


def last_look(request: ServiceRequest) -> RequestEvent | None:
    """The last look at the place since the last answer, where it still counts."""
    if request.verdict is None:
        return None
    looks = [
        e for e in request.events if e.event_type == EventType.VERIFIED.value and e.role == Role.GRID_WORKER
    ]
    return looks[-1] if looks else None


def joined_reports(request: ServiceRequest) -> Sequence[ServiceRequest]:
    """Grid workers' reports merged into this request, over any number of steps: what they saw belongs before whoever
    handles it."""
    r = ServiceRequest
    joined = select(r.id).where(r.merged_into_id == request.id).cte("joined", recursive=True)
    joined = joined.union(select(r.id).join(joined, r.merged_into_id == joined.c.id))
    statement = (
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(select(joined.c.id)), ServiceRequest.channel == "grid")
        .order_by(ServiceRequest.received_at)
    )
    return db.session.scalars(statement).all()


def parts_of(area: Area) -> Sequence[Area]:
    """The areas directly inside."""
    return db.session.scalars(select(Area).where(Area.parent_id == area.id).order_by(Area.code)).all()
