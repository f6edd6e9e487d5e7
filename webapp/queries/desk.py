"""What the desk reads: the queue with its filters, and what belongs to one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, false, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.domain.deadlines import ClockState
from webapp.domain.permissions import Holder, Permission, Reach, reach_of
from webapp.domain.workflow import Role, Solved, Status, Verdict
from webapp.extensions import db
from webapp.models import Area, Category, Department, Service, ServiceRequest, TopicRequest, User, utcnow
from webapp.queries import desk_marks, search, shield
from webapp.queries.deadlines import UNANSWERED, due_soon, overdue, paused
from webapp.queries.desk_counts import departments_of, requests_counted
from webapp.queries.paging import page_number
from webapp.queries.reach import within
from webapp.queries.tallies import Window, moments
from webapp.queries.units import GENERAL

PAGE_SIZE = 25
SORTS: dict[str, tuple[ColumnExpressionArgument[Any], ...]] = {
    "due": (ServiceRequest.due_at.asc(), ServiceRequest.id),
    "newest": (ServiceRequest.received_at.desc(), ServiceRequest.id.desc()),
    "oldest": (ServiceRequest.received_at.asc(), ServiceRequest.id),
    "supporters": (ServiceRequest.supporters.desc(), ServiceRequest.received_at.desc()),
}
SOLVED = {
    "yes": (Solved.YES.value,), "partly": (Solved.PARTLY.value,), "no": (Solved.NO.value,),
    "unsolved": (Solved.NO.value, Solved.PARTLY.value), "any": tuple(word.value for word in Solved),
}  # fmt: skip
# Only of what was searched for; where there is too much to rank, the newest come first.
RELEVANCE = "relevance"


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
    home: str = ""  # code of an area: what its departments and those of its parts answer for
    service: str = ""  # code; "general:HR" is what HR was asked about no service in particular
    since: str = ""  # local day of receipt, first and last
    until: str = ""
    topic: str = ""  # id of a hot topic
    returned: str = ""  # "1": the same trouble came back within thirty days
    solved: str = ""  # the resident's word; "unsolved" is no and partly
    counted: str = ""  # what an official indicator counts (desk_counts.REQUESTS)
    check: str = ""  # "1": only those whose reading by the language layer a person should check
    fresh: str = ""  # "1": only those that changed since this person last looked
    words: str = ""
    sort: str = "due"
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> QueueFilter:
        values = {
            name: query.get(name, "").strip()[:60] for name in cls.__slots__ if name not in ("page", "sort")
        }
        usual = RELEVANCE if values["words"] else "due"
        sort = query.get("sort", "")
        return cls(**values, sort=sort if sort in SORTS else usual, page=page_number(query.get("page")))


# What makes a filter: all of it but the page.
FIELDS = tuple(name for name in QueueFilter.__slots__ if name != "page")
MENTIONS = "mentions"


def scope_of(user: Holder, permission: Permission = Permission.LIST_CASES) -> list[ColumnElement[bool]]:
    """The requests that this member of staff may see in lists, as far as this permission reaches."""
    r, own = ServiceRequest, user.department_id
    reached = within(user, permission, r.department_id, r.area_id)
    if own is not None and reach_of(user.role, permission) is Reach.DEPARTMENT:
        # Its own, and what it is asked to take over.
        reached = [or_(r.department_id == own, r.asked_department_id == own)]
    return [*reached, *shield.visible(Role(user.role), own)]


def views_of(role: Role, now: datetime) -> dict[str, list[ColumnElement[bool]]]:
    """The tabs above the queue: name → condition, the first one being where this role starts."""
    r = ServiceRequest
    open_ = r.status.in_(UNANSWERED)
    tabs: dict[str, list[ColumnElement[bool]]] = {
        "todo": [open_],
        "overdue": [overdue(now)],
        "soon": [due_soon(now)],
        "paused": [paused(now)],
        "reopened": [r.status == Status.REOPENED.value],
        "waiting": [r.status == Status.RESOLVED.value],
        "all": [],
    }
    if role in (Role.DISPATCHER, Role.HOTLINE_AGENT):
        dispatch = [
            or_(r.status.in_((Status.RECEIVED.value, Status.OBJECTED.value)), open_ & r.needs_human.is_(True))
        ]
        return {"dispatch": dispatch, **tabs}
    # A grid worker saw that it is not done: those who may reopen it decide.
    unfixed = (Verdict.NOT_FIXED.value, Verdict.PARTLY.value)
    doubted: list[ColumnElement[bool]] = [r.status == Status.RESOLVED.value, r.verdict.in_(unfixed)]
    if role is Role.REVIEWER:
        return {"waiting": tabs.pop("waiting"), "doubted": doubted, **tabs}
    if role is Role.OFFICIAL:
        return {**tabs, "doubted": doubted}
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
    clocks: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
        ClockState.OVERDUE: overdue, ClockState.DUE_SOON: due_soon, ClockState.PAUSED: paused,
        ClockState.LATE: lambda _now: r.resolved_at > r.due_at,
    }  # fmt: skip
    if wanted.clock in clocks:
        found.append(clocks[wanted.clock](now))
    if wanted.check == "1":
        found.append(r.needs_human.is_(True))
    if wanted.category:
        found.append(r.category_id.in_(select(Category.id).where(Category.code.startswith(wanted.category))))
    if wanted.area:
        path = select(Area.path).where(Area.code == wanted.area).scalar_subquery()
        found.append(r.area_id.in_(select(Area.id).where(Area.path.startswith(path))))
    if wanted.department:
        found.append(r.department_id.in_(select(Department.id).where(Department.code == wanted.department)))
    if wanted.home:
        found.append(r.department_id.in_(departments_of(wanted.home)))
    found += [*_received(wanted), *requests_counted(wanted.counted, now)]
    if wanted.words:
        # What is all punctuation finds nothing.
        found += search.matching(search.parse(wanted.words)) or [false()]
    return found


def day_of(value: str) -> date | None:
    """A day of the form 2026-05-31; None for anything else, which filters nothing out."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _received(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    """What counts of a period are made of: days of receipt, a service, the resident's word."""
    r = ServiceRequest
    found: list[ColumnElement[bool]] = []
    first, last = day_of(wanted.since), day_of(wanted.until)
    if first:
        found.append(r.received_at >= moments(Window(first, first))[0])
    if last:
        found.append(r.received_at < moments(Window(last, last))[1])
    if wanted.service.startswith(GENERAL):
        code = wanted.service.removeprefix(GENERAL)
        found += [
            r.service_id.is_(None),
            r.department_id.in_(select(Department.id).where(Department.code == code)),
        ]
    elif wanted.service:
        found.append(r.service_id.in_(select(Service.id).where(Service.service_code == wanted.service)))
    if wanted.topic.isdigit():
        found.append(
            r.id.in_(select(TopicRequest.request_id).where(TopicRequest.topic_id == int(wanted.topic)))
        )
    if wanted.returned == "1":
        found.append(r.returned.is_(True))
    if wanted.solved in SOLVED:
        # A merged report, or one for somebody else, carries no word that counts.
        found += [
            r.solved.in_(SOLVED[wanted.solved]),
            r.status.not_in((Status.MERGED.value, Status.OUT_OF_SCOPE.value)),
        ]
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
    if wanted.view == MENTIONS:
        # Whoever was mentioned may see the case, also where it has moved to another department.
        view, where = MENTIONS, [desk_marks.mentioned(user), *_conditions(wanted, now)]
    else:
        view = wanted.view if wanted.view in tabs else next(iter(tabs))
        where = [*scope, *tabs[view], *_conditions(wanted, now)]
    if wanted.fresh == "1":
        where.append(desk_marks.unread(user))
    total = db.session.scalar(select(func.count(ServiceRequest.id)).where(*where)) or 0
    items = _listed(_page(where, wanted, total))
    return Queue(items, total, {**_counts(scope, tabs), MENTIONS: desk_marks.mention_count(user)}, view)


def _page(where: Sequence[ColumnElement[bool]], wanted: QueueFilter, total: int) -> Sequence[int]:
    """Ids of one page: the most relevant first where words were looked for and not too much was found."""
    begin = (wanted.page - 1) * PAGE_SIZE
    terms = search.rankable(search.parse(wanted.words)) if wanted.sort == RELEVANCE else []
    if terms and total <= search.MOST_RANKED:
        found = db.session.execute(select(ServiceRequest.id, ServiceRequest.received_at).where(*where))
        return search.ranked(found.tuples().all(), terms)[begin : begin + PAGE_SIZE]
    order = SORTS.get(wanted.sort, SORTS["newest"])
    # Ids alone: sorting whole rows takes twice as long where much was found.
    page = select(ServiceRequest.id).where(*where).order_by(*order).limit(PAGE_SIZE).offset(begin)
    return db.session.scalars(page).all()


def _listed(ids: Sequence[int]) -> list[ServiceRequest]:
    """These requests in this order, with what the list shows of them."""
    found = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(ids))
        .options(
            joinedload(ServiceRequest.category),
            joinedload(ServiceRequest.area),
            joinedload(ServiceRequest.department),
            joinedload(ServiceRequest.asked_department),
        )
    )
    return sorted(found, key=lambda item: ids.index(item.id))


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
