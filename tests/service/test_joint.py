"""吹哨报到: offices are called in with a task and a clock, report, and are never silently left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.deadlines import ClockState
from webapp.domain.workflow import Action, IllegalTransition, Role
from webapp.errors import Conflict, Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import JointTask, ServiceRequest
from webapp.queries import joint, replaying
from webapp.services import bulk, casework, mediations, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.mediations import Referral
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+08:00")


@pytest.fixture
def case(town: Town) -> ServiceRequest:
    """An accepted case of HR, to which HOUSING is called in."""
    draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001")
    request = submit.submit_request(draft, MONDAY).request
    casework.act(request.service_request_id, Step(Action.ACCEPT), _hr(town), MONDAY)
    _call(town, request)
    return request


def _hr(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])


def _housing(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk.housing"], town.departments["HOUSING"])


def _call(town: Town, request: ServiceRequest, code: str = "HOUSING", **values: object) -> None:
    step = Step(Action.CALL_IN, "请到现场查看", department_code=code, **values)  # type: ignore[arg-type]
    casework.act(request.service_request_id, step, _hr(town), MONDAY)


def _task() -> JointTask:
    return db.session.scalars(select(JointTask)).one()


def test_a_called_office_has_the_task_in_its_list_and_may_read_the_case(
    town: Town, case: ServiceRequest
) -> None:
    housing = town.departments["HOUSING"]
    rows, total = joint.queue(housing)
    assert (total, rows[0].task, rows[0].due_at) == (1, "请到现场查看", _due(3))
    assert joint.clock_of_task(rows[0], MONDAY) is ClockState.ON_TIME
    assert joint.clock_of_task(rows[0], _due(3) + timedelta(seconds=1)) is ClockState.OVERDUE
    assert casework.may_see(case, _housing(town))
    assert not casework.may_handle(case, _housing(town))
    assert joint.offices_at_work([case.id]) == {case.id: ["市住建局"]}


def _due(workdays: int) -> datetime:
    return datetime.fromisoformat(f"2026-03-0{2 + workdays}T18:00:00+08:00")


def test_it_reports_and_does_nothing_else(town: Town, case: ServiceRequest) -> None:
    number = case.service_request_id
    for action in (Action.RESOLVE, Action.TRANSFER, Action.PAUSE, Action.CALL_IN, Action.ADD_NOTE):
        with pytest.raises(Forbidden):
            casework.act(number, Step(action, "写明了理由", department_code="HR"), _housing(town), MONDAY)
    casework.act(number, Step(Action.REPORT_JOINT, "已经修好"), _housing(town), MONDAY)
    assert (_task().outcome, _task().report, case.status) == ("reported", "已经修好", "accepted")
    assert joint.offices_at_work([case.id]) == {}
    with pytest.raises(Forbidden):
        casework.act(number, Step(Action.REPORT_JOINT, "再报一次"), _housing(town), MONDAY)
    assert case.department.code == "HR"
    assert replaying.differences([case.id]) == []


def test_page_bulk_and_mediation_open_the_same_steps_to_it(town: Town, case: ServiceRequest) -> None:
    housing = _housing(town)
    assert casework.open_to(case, housing) == [Action.REPORT_JOINT]
    for kind in bulk.KINDS:
        (planned,) = bulk.plan([case], kind, "写明了理由", housing)
        assert planned.action is None
        assert planned.problem
    with pytest.raises(Forbidden):
        mediations.refer(
            case.service_request_id, Referral("people", "wages", "柳树街道调委会", "phone"), housing
        )
    # Whoever leads: what a bulk step plans is among what the page offers.
    for kind in bulk.KINDS:
        (planned,) = bulk.plan([case], kind, "写明了理由", _hr(town))
        assert planned.action is None or planned.action in casework.open_to(case, _hr(town))


def test_an_office_that_was_not_called_cannot_report(town: Town, case: ServiceRequest) -> None:
    stranger = Actor(Role.CLERK, town.users["clerk.office"], town.departments["CITY-OFFICE"])
    with pytest.raises(Forbidden):
        casework.act(case.service_request_id, Step(Action.REPORT_JOINT, "办好了"), stranger)


@pytest.mark.parametrize(
    ("code", "workdays", "error"),
    [
        ("HOUSING", None, Conflict),
        ("HR", None, InvalidInput),
        ("NONE", None, InvalidInput),
        ("CITY-OFFICE", 0, InvalidInput),
        ("CITY-OFFICE", 16, InvalidInput),
    ],
    ids=["called already", "the lead itself", "unknown", "no time", "too much time"],
)
def test_whom_one_cannot_call(
    town: Town, case: ServiceRequest, code: str, workdays: int | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _call(town, case, code, workdays=workdays)


def test_nobody_resolves_over_an_open_task_without_saying_why(town: Town, case: ServiceRequest) -> None:
    number = case.service_request_id
    with pytest.raises(InvalidInput) as caught:
        casework.act(number, Step(Action.RESOLVE, "窗口已增开"), _hr(town), MONDAY)
    assert caught.value.field == "unanswered_note"
    assert "市住建局" in caught.value.message
    db.session.rollback()
    step = Step(Action.RESOLVE, "窗口已增开", unanswered_note="问题已不在")
    casework.act(number, step, _hr(town), MONDAY)
    assert _task().outcome == "unanswered"
    assert case.events[-1].data["unanswered"] == ["HOUSING"]
    assert case.events[-1].data["unanswered_note"] == "问题已不在"
    assert replaying.differences([case.id]) == []


def test_a_call_may_be_taken_back_with_a_reason(town: Town, case: ServiceRequest) -> None:
    number = case.service_request_id
    step = Step(Action.CALL_OFF, "不需要了", department_code="HOUSING")
    with pytest.raises(Forbidden):
        casework.act(number, step, _housing(town), MONDAY)
    casework.act(number, step, _hr(town), MONDAY)
    assert _task().outcome == "withdrawn"
    with pytest.raises(InvalidInput):
        casework.act(number, step, _hr(town), MONDAY)
    db.session.rollback()
    casework.act(number, Step(Action.RESOLVE, "窗口已增开"), _hr(town), MONDAY)


def test_a_new_lead_takes_the_tasks_over_and_a_merge_ends_them(town: Town, case: ServiceRequest) -> None:
    number = case.service_request_id
    casework.act(number, Step(Action.TRANSFER, "转办", department_code="CITY-OFFICE"), _hr(town), MONDAY)
    assert _task().ended_at is None
    casework.act(number, Step(Action.REPORT_JOINT, "已经修好"), _housing(town), MONDAY + timedelta(days=9))
    assert case.events[-1].data["task_late"] is True


def test_a_merge_ends_the_tasks(town: Town, case: ServiceRequest) -> None:
    draft = RequestDraft(text="社保窗口没人", service_code="HR-001")
    lead = submit.submit_request(draft, MONDAY - timedelta(days=1)).request
    step = Step(Action.MERGE, "同一件", merge_into=lead.service_request_id)
    casework.act(case.service_request_id, step, Actor(Role.DISPATCHER), MONDAY)
    assert _task().outcome == "withdrawn"


def test_nobody_is_called_to_what_nobody_works_on(town: Town) -> None:
    draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001")
    request = submit.submit_request(draft, MONDAY).request
    with pytest.raises(IllegalTransition):
        _call(town, request)


def test_the_public_history_names_the_offices(town: Town, case: ServiceRequest) -> None:
    called = case.events[-1]
    assert (called.event_type, called.public, called.data["department"]) == ("called_in", True, "HOUSING")
