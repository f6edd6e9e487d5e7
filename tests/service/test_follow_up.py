"""回访: links, the resident's word and its correction, silence, and who is told how."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.factories import Town
from webapp.domain.workflow import Action, IllegalTransition, Role, Solved, Status
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, ServiceRequest, Setting, utcnow
from webapp.services import asking, casework, events, follow_up, notify, rollups, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.follow_up import FollowUp
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
YES, NO, PARTLY = (
    FollowUp(True, Solved.YES, 5),
    FollowUp(False, Solved.NO, 1, "还是没人"),
    FollowUp(True, Solved.PARTLY, 2),
)


class Carrier:
    """Keeps what it was given to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str, _message_id: str) -> None:
        self.sent.append((phone, text))


def _clerk(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"], town.areas["T"])


def _resolve(request: ServiceRequest, town: Town, note: str = "已恢复窗口") -> None:
    number = request.service_request_id
    if request.status in (Status.ASSIGNED, Status.REOPENED):
        casework.act(number, Step(Action.ACCEPT), _clerk(town))
    casework.act(number, Step(Action.RESOLVE, note), _clerk(town))


@pytest.fixture
def case(town: Town) -> ServiceRequest:
    """A resolved case of HR."""
    draft = RequestDraft(text="社保转移窗口没人", service_code="HR-001", contact_phone="13800001234")
    request = submit.submit_request(draft).request
    _resolve(request, town)
    return request


def _token(request: ServiceRequest) -> str:
    answered = follow_up.last_answer(request)
    assert answered is not None
    return asking.follow_up_token(request, answered.sequence)


def test_a_link_leads_to_its_case_and_its_answer(case: ServiceRequest) -> None:
    answered = follow_up.last_answer(case)
    assert answered is not None
    assert asking.asked_about(_token(case)) == (case, answered.sequence)


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: t.split(".")[0]]
)
def test_a_spoilt_link_opens_nothing(case: ServiceRequest, spoil: object) -> None:
    with pytest.raises(NotFound):
        asking.asked_about(spoil(_token(case)))  # type: ignore[operator]


def test_a_link_serves_its_purpose_only(case: ServiceRequest) -> None:
    with pytest.raises(NotFound):
        asking.judged(_token(case))


def test_a_link_expires(case: ServiceRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    token = _token(case)
    db.session.add(Setting(name="follow_up", value={"link_days": 2}))
    db.session.commit()
    now = utcnow().timestamp()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 1.9 * 86400)
    assert asking.asked_about(token)[0] is case
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 2.1 * 86400)
    with pytest.raises(NotFound):
        asking.asked_about(token)


def test_a_yes_by_link_closes_only_after_the_hours_of_correction(case: ServiceRequest) -> None:
    follow_up.answer(case, YES, RESIDENT, may_correct=True)
    assert (case.status, case.heard_through) == (Status.FOLLOWED_UP, "self")
    assert follow_up.close_answered(utcnow() + timedelta(hours=23)) == 0
    assert follow_up.is_correctable(case)
    assert follow_up.close_answered(utcnow() + timedelta(hours=25)) == 1
    assert case.status == Status.CLOSED
    assert not follow_up.is_correctable(case)
    with pytest.raises(Conflict):
        follow_up.answer(case, NO, RESIDENT, may_correct=True)
    assert rollups.verify() == []
    assert events.broken_chains() == []


def test_a_no_reopens_at_once_with_the_clock_running(case: ServiceRequest) -> None:
    due = case.due_at
    follow_up.answer(case, NO, RESIDENT, may_correct=True)
    assert (case.status, case.due_at, case.resolved_at, case.reopened_count) == (
        Status.REOPENED,
        due,
        None,
        1,
    )
    assert rollups.verify() == []


@pytest.mark.parametrize(
    ("first", "second", "status", "reopened"),
    [
        (NO, YES, Status.FOLLOWED_UP, 0),
        (YES, NO, Status.REOPENED, 1),
        (NO, PARTLY, Status.REOPENED, 1),
        (YES, FollowUp(False, Solved.YES, 3), Status.FOLLOWED_UP, 0),
    ],
    ids=["no to yes", "yes to no", "no to partly", "yes to a lesser yes"],
)
def test_a_word_can_be_corrected(
    case: ServiceRequest, first: FollowUp, second: FollowUp, status: Status, reopened: int
) -> None:
    resolved = case.resolved_at
    follow_up.answer(case, first, RESIDENT, may_correct=True)
    follow_up.answer(case, second, RESIDENT, may_correct=True)
    assert (case.status, case.reopened_count, case.solved, case.satisfied, case.contacted) == (
        status, reopened, second.solved, second.satisfied, second.contacted,
    )  # fmt: skip
    assert case.resolved_at == (None if status is Status.REOPENED else resolved)
    assert rollups.verify() == []
    assert events.broken_chains() == []


def test_once_somebody_works_on_it_anew_the_word_stands(case: ServiceRequest, town: Town) -> None:
    follow_up.answer(case, NO, RESIDENT, may_correct=True)
    casework.act(case.service_request_id, Step(Action.ACCEPT), _clerk(town))
    with pytest.raises(IllegalTransition):
        follow_up.answer(case, YES, RESIDENT, may_correct=True)


def test_a_reopening_by_an_official_is_not_the_residents_to_take_back(
    case: ServiceRequest, town: Town
) -> None:
    official = Actor(Role.OFFICIAL, town.users["official"], None, town.areas["T"])
    casework.act(case.service_request_id, Step(Action.REOPEN, "现场没有修好"), official)
    with pytest.raises(Conflict):
        follow_up.answer(case, YES, RESIDENT, may_correct=True)


def test_silence_is_unreached_and_a_late_word_still_counts(case: ServiceRequest) -> None:
    assert follow_up.close_silent(utcnow() + timedelta(days=8)) == 1
    assert (case.status, case.unreached, case.satisfied) == (Status.CLOSED, True, None)
    assert follow_up.is_waiting(case)
    follow_up.answer(case, NO, RESIDENT, may_correct=True)
    assert (case.status, case.unreached, case.solved) == (Status.REOPENED, False, "no")
    assert rollups.verify() == []


def test_a_second_answer_of_the_department_asks_anew(case: ServiceRequest, town: Town) -> None:
    first = _token(case)
    follow_up.answer(case, NO, RESIDENT)
    _resolve(case, town, "又修了一次")
    assert follow_up.is_waiting(case)
    answered = follow_up.last_answer(case)
    assert answered is not None
    assert asking.asked_about(first)[1] < answered.sequence


def test_satisfaction_outside_the_levels_is_refused(case: ServiceRequest) -> None:
    with pytest.raises(InvalidInput):
        follow_up.answer(case, FollowUp(True, Solved.YES, 6), RESIDENT)


def test_a_bare_step_cannot_stand_for_a_word(case: ServiceRequest, town: Town) -> None:
    reviewer = Actor(Role.REVIEWER, town.users["reviewer"])
    with pytest.raises(InvalidInput):
        casework.act(case.service_request_id, Step(Action.FOLLOW_UP, "随便"), reviewer)
    db.session.rollback()
    assert case.status == Status.RESOLVED


def test_by_text_message_the_resident_gets_a_link_that_works(case: ServiceRequest) -> None:
    carrier = Carrier()
    notify.deliver(carrier)
    phone, text = carrier.sent[-1]
    assert phone == "13800001234"
    token = urlsplit(text.rsplit("：", 1)[1]).path.removeprefix("/f/")
    assert asking.asked_about(token)[0].id == case.id


def test_in_the_chat_the_resident_gets_a_link_once(context: Flask, town: Town) -> None:
    db.session.add(Conversation(sender="web:c", channel="web", identity="c"))
    request = submit.submit_request(
        RequestDraft(text="社保转移窗口没人", channel="chat", identity="c", service_code="HR-001")
    ).request
    _resolve(request, town)
    notify.deliver(Carrier())
    notify.deliver(Carrier())
    bubbles = [m.text for m in db.session.query(ChatMessage) if "/f/" in m.text]
    assert len(bubbles) == 1
    assert "请您说一句" in bubbles[0]
