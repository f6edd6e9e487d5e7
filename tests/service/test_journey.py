"""A request's whole life through the services, and that its chain and the roll-ups stay true."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from tests.factories import Town
from tests.factories.tampering import tamper
from webapp.domain.workflow import Action, Role, Solved
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import OutboxMessage, Rectification, RequestEvent
from webapp.services import casework, events, follow_up, reviews, rollups, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")


def _submit(**values: object) -> submit.Submitted:
    return submit.submit_request(
        RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001", identity="someone", **values)
    )


def _clerk(town: Town, name: str = "clerk", department: str = "HR") -> Actor:
    return Actor(Role.CLERK, town.users[name], town.departments[department])


def _resolved(town: Town) -> submit.Submitted:
    done = _submit()
    number = done.request.service_request_id
    casework.act(number, Step(Action.ACCEPT), _clerk(town))
    casework.act(number, Step(Action.RESOLVE, "已增开窗口"), _clerk(town))
    return done


def test_words_are_stored_read_and_dispatched(town: Town) -> None:
    done = _submit(contact_phone="138 0000 1111", contact_name="王小明")
    assert done.request.status == "assigned"
    assert done.request.department_id == town.departments["HR"]
    assert done.request.model
    assert done.request.request_type
    assert "1111" not in (done.request.contact_phone or "")
    assert [e.event_type for e in done.request.events] == ["received", "assigned"]
    assert submit.open_case(done.request.service_request_id, done.secret.lower()).id == done.request.id
    assert submit.open_case(done.request.service_request_id, "1111").id == done.request.id


@pytest.mark.parametrize("secret", ["", "WRONG1", "0000"])
def test_a_wrong_secret_opens_nothing(secret: str) -> None:
    done = _submit(contact_phone="13800001111")
    with pytest.raises(NotFound):
        submit.open_case(done.request.service_request_id, secret)


def test_solved_closes_and_partly_reopens(town: Town) -> None:
    first, second = _resolved(town).request, _resolved(town).request
    follow_up.answer(first, follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    follow_up.answer(second, follow_up.FollowUp(True, Solved.PARTLY, 2, "窗口又关了"), RESIDENT)
    assert (first.status, second.status) == ("closed", "reopened")
    assert (second.reopened_count, second.resolved_at) == (1, None)
    assert rollups.verify() == []
    assert events.broken_chains() == []


def test_another_department_cannot_act(town: Town) -> None:
    number = _submit().request.service_request_id
    with pytest.raises(Forbidden):
        casework.act(number, Step(Action.ACCEPT), _clerk(town, "clerk.housing", "HOUSING"))


def test_a_stale_version_is_a_conflict(town: Town) -> None:
    done = _submit()
    seen = done.request.version
    casework.act(done.request.service_request_id, Step(Action.ADD_NOTE, "先看看", version=seen), _clerk(town))
    with pytest.raises(Conflict):
        casework.act(done.request.service_request_id, Step(Action.ACCEPT, version=seen), _clerk(town))


def test_a_changed_event_breaks_the_chain(town: Town) -> None:
    request = _resolved(town).request
    tamper(update(RequestEvent).where(RequestEvent.id == request.events[2].id).values(note="改写历史"))
    assert events.broken_chains() == [request.service_request_id]


def test_a_chain_cut_off_at_its_end_is_noticed(town: Town) -> None:
    request = _resolved(town).request
    tamper(delete(RequestEvent).where(RequestEvent.id == request.events[-1].id))
    assert events.broken_chains() == [request.service_request_id]


def test_the_first_department_answers_until_another_accepts(town: Town) -> None:
    number = (request := _submit().request).service_request_id
    housing = _clerk(town, "clerk.housing", "HOUSING")
    casework.act(number, Step(Action.ACCEPT), _clerk(town))
    step = Step(Action.TRANSFER, "属住建职责", department_code="HOUSING")
    casework.act(number, step, _clerk(town))
    assert (request.department.code, request.asked_department_id) == ("HR", town.departments["HOUSING"])
    with pytest.raises(Forbidden):
        casework.act(number, Step(Action.OBJECT, "不是我们的"), _clerk(town))
    casework.act(number, Step(Action.ACCEPT), housing)
    assert (request.department.code, request.asked_department) == ("HOUSING", None)
    with pytest.raises(Forbidden):
        casework.act(number, Step(Action.RESOLVE, "办好了"), _clerk(town))
    assert rollups.verify() == []


def test_the_first_department_may_take_back_what_nobody_accepted(town: Town) -> None:
    number = (request := _submit().request).service_request_id
    casework.act(number, Step(Action.ACCEPT), _clerk(town))
    casework.act(number, Step(Action.TRANSFER, "属住建职责", department_code="HOUSING"), _clerk(town))
    again = Step(Action.TRANSFER, "再转", department_code="HOUSING")
    with pytest.raises(Conflict):
        casework.act(number, again, Actor(Role.DISPATCHER, town.users["dispatcher"]))
    db.session.rollback()
    casework.act(number, Step(Action.ACCEPT), _clerk(town))
    assert (request.department.code, request.asked_department) == ("HR", None)


def test_a_bad_review_starts_a_rectification(town: Town) -> None:
    draft = reviews.ReviewDraft("HR-001", "a", 1, ["态度差", "不存在的标签"], "等了两小时没人理")
    review = reviews.submit_review(draft)
    assert review.tags == ["态度差"]
    assert review.prediction is not None
    assert review.rectification is not None
    again = reviews.submit_review(reviews.ReviewDraft("HR-001", "a", 2))
    assert again.id == review.id
    assert db.session.query(Rectification).count() == 1
    assert rollups.verify() == []


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (RequestDraft(text=" 啊 "), "text"),
        (RequestDraft(text="字" * 5001), "text"),
        (RequestDraft(text="路灯坏了", contact_phone="12"), "contact_phone"),
        (RequestDraft(text="路灯坏了", service_code="nothing"), "service_code"),
    ],
    ids=["too short", "too long", "phone", "service"],
)
def test_bad_input_names_its_field(draft: RequestDraft, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        submit.submit_request(draft)
    assert caught.value.field == field


def test_the_resident_is_told_through_the_channel_used(town: Town) -> None:
    done = submit.submit_request(RequestDraft(text="社保怎么转", channel="chat", identity="x"))
    # The chat's own answer named the department.
    assert db.session.query(OutboxMessage).count() == 0
    request = done.request
    clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.department.area_id)
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    assert [m.kind for m in db.session.query(OutboxMessage)] == ["chat"]
