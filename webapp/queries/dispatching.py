"""How well the dispatch rules send cases, and what past cases suggest: a better rule, or a department for this one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import Area, Category, Department, FirstDispatch, ServiceRequest, utcnow
from webapp.queries.directory import directory

WINDOW = timedelta(days=365)
LEAST_HANDED = 5
LEAST_SHARE = 0.5
# Cases of these say nothing of where they belong: not settled, or carried by another one.
UNSETTLED = (
    Status.RECEIVED.value, Status.ASSIGNED.value, Status.OBJECTED.value, Status.MERGED.value, Status.OUT_OF_SCOPE.value,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """Cases that one rule sent to its department within the window: how many were objected to, how many ended elsewhere."""

    sent: int = 0
    objected: int = 0
    reassigned: int = 0


def rule_records(now: datetime | None = None) -> Mapping[tuple[int, int, int], RuleRecord]:
    """(category, area, department) of a rule → its record. A rule that is changed begins anew."""
    f, r = FirstDispatch, ServiceRequest
    elsewhere = or_(r.department_id != f.department_id, r.asked_department_id.is_not(None))
    rows = db.session.execute(
        select(
            f.rule_category_id, f.rule_area_id, f.department_id, func.count(),
            func.count().filter(r.objection_count > 0), func.count().filter(elsewhere),
        )
        .join(r, r.id == f.request_id)
        .where(f.at > (now or utcnow()) - WINDOW, f.by == "rule", r.status != Status.MERGED.value)
        .group_by(f.rule_category_id, f.rule_area_id, f.department_id)
    )  # fmt: skip
    return {
        (int(category), int(area), int(department)): RuleRecord(int(sent), int(objected), int(moved))
        for category, area, department, sent, objected, moved in rows
    }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``handed`` of ``cases`` of a category in an area were handed to ``department``: a rule would send them there."""

    category: Category
    area: Area
    department: Department
    present: Department
    handed: int
    cases: int


@dataclass(slots=True)
class _Place:
    """Settled cases of one category in one area: all, and those that people handed to each department."""

    cases: int
    handed: Counter[int]


def _places(now: datetime, category_ids: set[int] | None = None) -> dict[tuple[int, int], _Place]:
    """Settled cases of the window by (category, area), each counted in its area and in those above it.

    Cases that their service decided are left out: no rule would have been asked.
    """
    f, r = FirstDispatch, ServiceRequest
    statement = (
        select(r.category_id, r.area_id, f.department_id, r.department_id, func.count())
        .join(r, r.id == f.request_id)
        .where(f.at > now - WINDOW, f.by != "service", r.status.not_in(UNSETTLED), r.category_id.is_not(None))
        .group_by(r.category_id, r.area_id, f.department_id, r.department_id)
    )
    if category_ids is not None:
        statement = statement.where(r.category_id.in_(category_ids))
    lines = directory().area_lines
    found: dict[tuple[int, int], _Place] = defaultdict(lambda: _Place(0, Counter()))
    for category, area, first, last, count in db.session.execute(statement):
        for place in lines.get(area, (area,)):
            found[category, place].cases += count
            if last != first:
                found[category, place].handed[last] += count
    return found


def suggestions(now: datetime | None = None, limit: int = 12) -> list[Suggestion]:
    """Rules that past hand-overs suggest, the most cases first; for the largest area where they hold."""
    known, found = directory(), []
    taken: set[tuple[int, int, int]] = set()
    places = _places(now or utcnow())
    # From the city down: what holds for the whole city need not be said again for a street.
    for (category, area), place in sorted(places.items(), key=lambda item: len(known.area_lines[item[0][1]])):
        if not place.handed:
            continue
        department, handed = place.handed.most_common(1)[0]
        present = known.responsible(category, area)[0]
        above = known.area_lines[area][1:]
        if (
            handed >= LEAST_HANDED
            and handed >= LEAST_SHARE * place.cases
            and department != present
            and not any((category, one, department) in taken for one in above)
        ):
            taken.add((category, area, department))
            found.append((category, area, department, present, handed, place.cases))
    found.sort(key=lambda row: (-row[4], row[:3]))
    return [
        Suggestion(
            db.session.get_one(Category, category), db.session.get_one(Area, area),
            db.session.get_one(Department, department), db.session.get_one(Department, present), handed, cases,
        )
        for category, area, department, present, handed, cases in found[:limit]
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likely:
    """A department that took ``handed`` of the ``of`` like cases that people handed on."""

    department: Department
    handed: int
    of: int

    @property
    def clear(self) -> bool:
        """Whether most of at least a few went there: then it is worth proposing, not only showing."""
        return self.of >= LEAST_HANDED and self.handed > LEAST_SHARE * self.of


def likely_departments(request: ServiceRequest, now: datetime | None = None, limit: int = 3) -> list[Likely]:
    """Where like cases went when people corrected the dispatch: same category, smallest area with a few of them.

    Offices of this place or of what it lies in, the most frequent first.
    """
    if request.category_id is None:
        return []
    known = directory()
    places = _places(now or utcnow(), {request.category_id})
    best: Counter[int] = Counter()
    for area in known.area_lines.get(request.area_id, ()):
        best = places[request.category_id, area].handed
        if best.total() >= LEAST_HANDED:
            break
    own, here = {request.department_id, request.asked_department_id}, set(known.area_lines[request.area_id])
    there = (
        Likely(db.session.get_one(Department, department), handed, best.total())
        for department, handed in best.most_common()
        if department not in own
    )
    # An office of another street or district took its own cases, and cannot take this one.
    return [likely for likely in there if likely.department.area_id in here][:limit]


def department_names(codes: set[str]) -> dict[str, str]:
    """Names by code."""
    if not codes:
        return {}
    rows = db.session.execute(select(Department.code, Department.name).where(Department.code.in_(codes)))
    return dict(rows.tuples().all())
