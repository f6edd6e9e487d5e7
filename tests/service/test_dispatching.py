"""Dispatch: who is asked by which rule, what becomes of it, and what past cases suggest. Objections and their clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import DispatchRule, FirstDispatch, Objection, ServiceRequest
from webapp.queries import dispatching, objections
from webapp.queries.directory import directory, forget
from webapp.services import administration, casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.status_guard import UnrecordedMove
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
DISPATCHER = Actor(Role.DISPATCHER)


def _report(at: datetime = MONDAY, **values: object) -> ServiceRequest:
    draft = RequestDraft(text="反映一件事情", **values)  # type: ignore[arg-type]
    return submit.submit_request(draft, at).request


def _clerk(request: ServiceRequest) -> Actor:
    return Actor(Role.CLERK, department_id=request.asked_department_id or request.department_id)


def _act(
    request: ServiceRequest, action: Action, actor: Actor, at: datetime = MONDAY, **values: object
) -> None:
    casework.act(request.service_request_id, Step(action, "写明了理由", **values), actor, at)  # type: ignore[arg-type]


@pytest.fixture
def rules(context: Flask, town: Town) -> None:
    """Beside the town's rule (01 in the whole city → HOUSING): finer ones."""
    for category, area, department in (("0101", "T1", "HR"), ("01", "T2111", "T1-OFFICE")):
        db.session.add(
            DispatchRule(
                category_id=town.categories[category], area_id=town.areas[area],
                department_id=town.departments[department],
            )
        )  # fmt: skip
    db.session.commit()
    forget()


@pytest.mark.parametrize(
    ("category", "area", "service", "department", "by"),
    [
        ("010101", "T2111", "HR-001", "HR", "service"),
        ("010101", "T1111", None, "HR", "rule"),
        ("01", "T1111", None, "HOUSING", "rule"),
        ("01", "T2111", None, "T1-OFFICE", "rule"),
        ("010101", "T2111", None, "T1-OFFICE", "rule"),
        ("010101", "T", None, "HOUSING", "rule"),
    ],
    ids=[
        "the service's own", "finest category, in the district and below", "its category has no finer rule there",
        "smallest area", "nothing finer there: the next category up, smallest area first", "the whole city",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("rules")
def test_the_most_specific_rule_decides(
    town: Town, category: str, area: str, service: str | None, department: str, by: str
) -> None:
    request = _report(category_code=category, area_code=area, service_code=service)
    first = db.session.get_one(FirstDispatch, request.id)
    assert (request.department.code, first.by) == (department, by)


@pytest.mark.parametrize(
    ("area", "office"),
    [("T1111", "T1-OFFICE"), ("T1", "T1-OFFICE"), ("T2111", "CITY-OFFICE"), ("T", "CITY-OFFICE")],
)
def test_without_a_rule_the_districts_office_and_then_the_citys(town: Town, area: str, office: str) -> None:
    found, rule = directory().responsible(None, town.areas[area])
    assert (directory().department_codes[found], rule) == (office, None)


def test_what_a_rule_sent_and_what_became_of_it(town: Town) -> None:
    kept, objected, moved, transferred, merged = (
        _report(category_code="010101", area_code="T1111") for _ in range(5)
    )
    _act(objected, Action.OBJECT, _clerk(objected))
    _act(objected, Action.REFUSE_OBJECTION, DISPATCHER)
    _act(moved, Action.OBJECT, _clerk(moved))
    _act(moved, Action.GRANT_OBJECTION, DISPATCHER, department_code="HR")
    _act(moved, Action.ACCEPT, _clerk(moved))
    _act(kept, Action.ACCEPT, _clerk(kept))
    _act(transferred, Action.TRANSFER, DISPATCHER, department_code="HR")
    _act(merged, Action.MERGE, DISPATCHER, merge_into=kept.service_request_id)
    key = (town.categories["01"], town.areas["T"], town.departments["HOUSING"])
    records = dispatching.rule_records(MONDAY)
    assert records == {key: dispatching.RuleRecord(sent=4, objected=2, reassigned=2)}
    assert dispatching.rule_records(MONDAY + dispatching.WINDOW + timedelta(seconds=1)) == {}


def _handed_on(town: Town, count: int, area: str, to: str | None = "HR") -> ServiceRequest:
    request = _report(category_code="010101", area_code=area)
    for _ in range(count - 1):
        _settle(request, to)
        request = _report(category_code="010101", area_code=area)
    _settle(request, to)
    return request


def _settle(request: ServiceRequest, to: str | None) -> None:
    if to:
        _act(request, Action.TRANSFER, DISPATCHER, department_code=to)
    _act(request, Action.ACCEPT, _clerk(request))


def test_past_hand_overs_suggest_a_rule_for_the_largest_area_where_they_hold(town: Town) -> None:
    _handed_on(town, 5, "T1111")
    _handed_on(town, 1, "T1111", to=None)
    _handed_on(town, 7, "T2111", to=None)
    found = dispatching.suggestions(MONDAY)
    assert [(s.category.code, s.area.code, s.department.code, s.handed, s.cases) for s in found] == [
        ("010101", "T1", "HR", 5, 6)
    ]
    assert found[0].present.code == "HOUSING"
    one = found[0]
    form = {
        "category_code": one.category.code, "area_code": one.area.code, "department_code": one.department.code,
    }  # fmt: skip
    administration.save_rule(form, town.users["admin"])
    forget()
    assert dispatching.suggestions(MONDAY) == []
    assert _report(category_code="010101", area_code="T1111").department.code == "HR"


def test_a_few_cases_suggest_nothing(town: Town) -> None:
    _handed_on(town, dispatching.LEAST_HANDED - 1, "T1111")
    assert dispatching.suggestions(MONDAY) == []


def test_a_dispatcher_sees_where_like_cases_went(town: Town) -> None:
    _handed_on(town, 5, "T1111")
    _handed_on(town, 1, "T1111", to="T1-OFFICE")
    request = _report(category_code="010101", area_code="T1111")
    found = dispatching.likely_departments(request, MONDAY)
    assert [(one.department.code, one.handed, one.of) for one in found] == [("HR", 5, 6), ("T1-OFFICE", 1, 6)]
    elsewhere = _report(category_code="010101", area_code="T2111")
    # Too few in its own district: the whole city's are better than nothing, less the other district's own office.
    assert [one.department.code for one in dispatching.likely_departments(elsewhere, MONDAY)] == ["HR"]


def test_an_objection_is_reviewed_within_a_working_day_or_is_late(town: Town) -> None:
    friday = datetime.fromisoformat("2026-03-06T16:00:00+08:00")
    soon, late = _report(friday, service_code="HR-001"), _report(friday, service_code="HR-001")
    for request in (soon, late):
        _act(request, Action.OBJECT, _clerk(request), friday)
    due = datetime.fromisoformat("2026-03-09T18:00:00+08:00")
    rows, total, overdue = objections.waiting(due)
    assert ([row.due_at for row in rows], total, overdue) == ([due, due], 2, 0)
    _act(soon, Action.REFUSE_OBJECTION, DISPATCHER, due)
    assert objections.waiting(due + timedelta(seconds=1))[1:] == (1, 1)
    _act(late, Action.GRANT_OBJECTION, DISPATCHER, due + timedelta(hours=1), department_code="HOUSING")
    assert late.events[-1].data["review_late"] is True
    done = objections.summary(due + timedelta(days=1))
    assert (done.total, done.in_time, done.granted) == (2, 1, 1)
    assert [row.outcome for row in objections.reviewed()[0]] == ["granted", "refused"]
    # 首接负责: who objected is responsible until the other accepts.
    assert (late.department.code, late.asked_department.code if late.asked_department else "") == (
        "HR",
        "HOUSING",
    )


def test_who_accepts_after_all_takes_the_objection_back(town: Town) -> None:
    request = _report(service_code="HR-001")
    _act(request, Action.OBJECT, _clerk(request))
    _act(request, Action.ACCEPT, _clerk(request))
    assert db.session.scalars(select(Objection)).one().outcome == "withdrawn"


def test_no_script_changes_a_status_past_the_workflow(town: Town) -> None:
    request = _report(service_code="HR-001")
    request.status = "closed"
    with pytest.raises(UnrecordedMove):
        db.session.commit()
    db.session.rollback()
    assert casework.find(request.service_request_id).status == "assigned"
