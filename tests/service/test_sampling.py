"""抽样回访: who is drawn, that it can be repeated, and what a call leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.calling import CallState
from webapp.domain.workflow import Action, Role, Solved, Status
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import db
from webapp.models import AuditEntry, CallAttempt, FollowUpCall, ServiceRequest, Setting, utcnow
from webapp.queries import follow_ups as queries
from webapp.services import audit, casework, follow_up, rollups, sampling, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.follow_up import FollowUp
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
TEXTS = {"HR-001": "社保转移窗口没人", "HOUSING-001": "维修资金申请没人管"}


@pytest.fixture
def reviewer(town: Town) -> Actor:
    return Actor(Role.REVIEWER, town.users["reviewer"])


@pytest.fixture
def colleague(town: Town) -> Actor:
    return Actor(Role.HOTLINE_AGENT, town.users["hotline_agent"])


def _resolved(service: str, phone: str = "13800001234") -> ServiceRequest:
    draft = RequestDraft(text=TEXTS[service], service_code=service, contact_phone=phone)
    request = submit.submit_request(draft).request
    clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.area_id)
    casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
    casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
    return request


def _cases(_town: Town) -> list[int]:
    """Twelve cases of HR and two of HOUSING, resolved, not answered."""
    return [_resolved(service).id for service in ["HR-001"] * 12 + ["HOUSING-001"] * 2]


@pytest.fixture
def cases(after: After) -> list[ServiceRequest]:
    return [db.session.get_one(ServiceRequest, number) for number in after(_cases)]


def _rule(**values: int) -> None:
    db.session.add(Setting(name="follow_up", value=values))
    db.session.commit()


def test_small_departments_are_in_it(cases: list[ServiceRequest], reviewer: Actor) -> None:
    _rule(sample_percent=25, sample_minimum=2)
    sample = sampling.draw(reviewer, "2026-11-26")
    assert sample.strata == {"HR": [12, 3], "HOUSING": [2, 2]}
    assert [call.place for call in sample.calls] == [1, 2, 3, 4, 5]
    assert sampling.is_as_drawn(sample)
    assert audit.first_broken() is None


def test_a_list_that_was_tampered_with_is_noticed(cases: list[ServiceRequest], reviewer: Actor) -> None:
    _rule(sample_percent=25, sample_minimum=2)
    sample = sampling.draw(reviewer, "2026-11-26")
    spare = next(c for c in cases if c.id not in {call.request_id for call in sample.calls})
    sample.calls[0].request_id = spare.id
    db.session.commit()
    assert not sampling.is_as_drawn(sample)


def test_who_is_not_drawn(town: Town, reviewer: Actor) -> None:
    """Without a number, answered, being worked on, or resolved long ago."""
    _resolved("HR-001", phone="")
    follow_up.answer(_resolved("HR-001"), FollowUp(True, Solved.YES, 5), RESIDENT)
    follow_up.answer(_resolved("HR-001"), FollowUp(True, Solved.NO, 1), RESIDENT)
    _resolved("HR-001").resolved_at = utcnow() - timedelta(days=31)
    db.session.commit()
    with pytest.raises(Conflict):
        sampling.draw(reviewer)
    silent = _resolved("HR-001")
    follow_up.close_silent(utcnow() + timedelta(days=8), limit=500)
    assert silent.status == Status.CLOSED
    assert [call.request_id for call in sampling.draw(reviewer).calls] == [silent.id]


def test_nobody_is_drawn_twice(cases: list[ServiceRequest], reviewer: Actor) -> None:
    _rule(sample_percent=100)
    sampling.draw(reviewer)
    with pytest.raises(Conflict):
        sampling.draw(reviewer)


@pytest.mark.parametrize(("seed", "percent"), [("x" * 41, 10), ("x", 0), ("x", 101)])
def test_an_impossible_draw_is_refused(
    cases: list[ServiceRequest], reviewer: Actor, seed: str, percent: int
) -> None:
    with pytest.raises(InvalidInput):
        sampling.draw(reviewer, seed, percent)


@pytest.fixture
def call(cases: list[ServiceRequest], reviewer: Actor) -> FollowUpCall:
    return sampling.draw(reviewer, "s", 100).calls[0]


def test_a_look_at_the_number_is_in_the_trail_and_keeps_colleagues_away(
    call: FollowUpCall, reviewer: Actor, colleague: Actor
) -> None:
    assert sampling.take(call, reviewer).phone == "13800001234"
    looks = db.session.query(AuditEntry).filter_by(action="contact.unmask").all()
    assert [(e.subject, e.user_id) for e in looks] == [(call.request.service_request_id, reviewer.user_id)]
    with pytest.raises(Conflict):
        sampling.take(call, colleague)
    assert sampling.take(call, colleague, utcnow() + timedelta(minutes=16)).phone
    assert db.session.query(AuditEntry).filter_by(action="contact.unmask").count() == 2


@pytest.mark.parametrize(
    ("word", "status"),
    [(Solved.YES, Status.CLOSED), (Solved.PARTLY, Status.REOPENED), (Solved.NO, Status.REOPENED)],
)
def test_a_reached_resident_decides(
    call: FollowUpCall, reviewer: Actor, word: Solved, status: Status
) -> None:
    sampling.record(call, "reached", reviewer, FollowUp(True, word, 3, through=follow_up.SAMPLE))
    request = call.request
    assert (request.status, request.heard_through, call.state) == (status, "sample", CallState.REACHED)
    assert rollups.verify() == []
    (heard,) = queries.heard_by_way()
    assert (heard.through, heard.count, heard.resolution.numerator) == ("sample", 1, int(word is Solved.YES))


def test_nobody_answers_three_times(call: FollowUpCall, reviewer: Actor) -> None:
    request = call.request
    for attempt in range(1, 4):
        assert call.state == CallState.WAITING
        sampling.record(call, "no_answer", reviewer, again_hours=2)
        assert call.attempts == attempt
    assert (call.state, request.solved, request.status) == (CallState.GIVEN_UP, None, Status.RESOLVED)
    assert [a.outcome for a in db.session.query(CallAttempt)] == ["no_answer"] * 3
    with pytest.raises(Conflict):
        sampling.record(call, "reached", reviewer, FollowUp(True, Solved.YES, 5))


def test_a_call_agreed_for_later_leaves_the_list_until_then(call: FollowUpCall, reviewer: Actor) -> None:
    before = queries.calls("due", 1)[1]
    sampling.record(call, "later", reviewer, again_hours=24)
    counts = queries.calls("due", 1)[1]
    assert (counts["due"], counts["later"]) == (before["due"] - 1, 1)
    assert queries.calls("due", 1, utcnow() + timedelta(hours=25))[1]["due"] == before["due"]


def test_a_stale_form_is_refused(call: FollowUpCall, reviewer: Actor) -> None:
    seen = call.version
    sampling.record(call, "no_answer", reviewer, version=seen)
    with pytest.raises(Conflict):
        sampling.record(call, "refused", reviewer, version=seen)


@pytest.mark.parametrize(
    ("outcome", "again", "field"), [("", 24, "outcome"), ("reached", 24, "solved"), ("later", 5, "again")]
)
def test_what_is_missing_is_named(
    call: FollowUpCall, reviewer: Actor, outcome: str, again: int, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        sampling.record(call, outcome, reviewer, again_hours=again)
    assert caught.value.field == field


def test_who_answered_by_themselves_is_not_called(call: FollowUpCall, reviewer: Actor) -> None:
    follow_up.answer(call.request, FollowUp(True, Solved.YES, 5), RESIDENT)
    with pytest.raises(Conflict):
        sampling.take(call, reviewer)
    assert sampling.close_answered() == 1
    assert call.state == CallState.ANSWERED


def test_strata_are_weighted_by_their_size(
    cases: list[ServiceRequest], reviewer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LEAST_ANSWERS", 1)
    sample = sampling.draw(reviewer, "s", 100)
    for call in sample.calls:
        word = Solved.YES if call.request.department.code == "HR" else Solved.NO
        sampling.record(call, "reached", reviewer, FollowUp(True, word, 3, through=follow_up.SAMPLE))
    (result,) = queries.samples()
    assert (result.drawn, result.population, result.solved.numerator) == (14, 14, 12)
    assert result.weighted == pytest.approx(12 / 14)


def test_a_sample_stays_what_it_was(call: FollowUpCall, reviewer: Actor) -> None:
    word = FollowUp(True, Solved.NO, 1, through=follow_up.SAMPLE)
    sampling.record(call, "reached", reviewer, word)
    follow_up.answer(call.request, FollowUp(True, Solved.YES, 5), RESIDENT, may_correct=True)
    assert (call.request.solved, call.request.heard_through) == ("yes", "self")
    assert (call.solved, queries.samples()[0].solved.numerator) == ("no", 0)
