"""并案: every reporter is counted once and told through their own channel, and undoing it restores everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, Notification, OutboxMessage, ServiceRequest, utcnow
from webapp.queries import grid
from webapp.services import casework, notifications, notify, rollups, submit, support
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
DISPATCHER = Actor(Role.DISPATCHER)


def _report(identity: str | None = None, **values: object) -> ServiceRequest:
    draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001", identity=identity, **values)  # type: ignore[arg-type]
    return submit.submit_request(draft).request


def _merge(request: ServiceRequest, lead: ServiceRequest) -> None:
    step = Step(Action.MERGE, "同一件事", merge_into=lead.service_request_id)
    casework.act(request.service_request_id, step, DISPATCHER)


def _unmerge(request: ServiceRequest) -> None:
    casework.act(request.service_request_id, Step(Action.UNMERGE, "不是同一件"), DISPATCHER)


def _clerk(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])


def test_undoing_a_merge_restores_department_clock_and_counts(town: Town) -> None:
    lead, other = _report("a"), _report("b")
    number = other.service_request_id
    casework.act(number, Step(Action.ACCEPT), _clerk(town))
    head = Actor(Role.HEAD, town.users["head"], town.departments["HR"])
    casework.act(number, Step(Action.EXTEND, "要等材料", workdays=3), head)
    support.support(number, "c")
    due, department, received = other.due_at, other.department_id, other.received_at
    _merge(other, lead)
    assert (other.status, lead.supporters) == ("merged", 2)
    _unmerge(other)
    assert (other.status, lead.supporters, other.supporters) == ("assigned", 0, 1)
    assert (other.due_at, other.department_id, other.received_at) == (due, department, received)
    assert [e.event_type for e in other.events[-2:]] == ["unmerged", "assigned"]
    assert rollups.verify() == []


def test_a_report_that_was_joined_at_once_gets_a_department_when_it_is_taken_out(town: Town) -> None:
    lead = _report("a")
    joined = _report("b", merge_into=lead.service_request_id, area_code="T1111")
    assert (joined.status, joined.assigned_at, lead.supporters) == ("merged", None, 1)
    _unmerge(joined)
    assert (joined.status, joined.department.code, lead.supporters) == ("assigned", "HR", 0)
    assert joined.due_at > joined.received_at + timedelta(days=5)
    assert rollups.verify() == []


def test_a_person_is_counted_once_however_they_say_it() -> None:
    lead = _report("a")
    assert support.support(lead.service_request_id, "a").supporters == 0
    assert support.support(lead.service_request_id, "b").supporters == 1
    tapped = _report("b", merge_into=lead.service_request_id)
    assert lead.supporters == 1
    twice = _report("b", merge_into=lead.service_request_id)
    nameless = _report(None, merge_into=lead.service_request_id)
    assert lead.supporters == 2
    for request in (tapped, twice, nameless):
        _unmerge(request)
    assert lead.supporters == 1


def test_what_was_joined_comes_along_and_goes_along(town: Town) -> None:
    first, second, third = _report("a"), _report("b"), _report("c")
    _merge(third, second)
    support.support(second.service_request_id, "d")
    _merge(second, first)
    assert (second.supporters, first.supporters) == (2, 3)
    _unmerge(third)
    assert (second.supporters, first.supporters) == (1, 2)
    _unmerge(second)
    assert (second.supporters, first.supporters) == (1, 0)
    assert rollups.verify() == []


def test_a_tap_on_a_merged_report_counts_for_the_one_that_carries_the_work() -> None:
    lead = _report("a")
    joined = _report("b", merge_into=lead.service_request_id)
    assert support.support(joined.service_request_id, "c").id == lead.id
    assert (lead.supporters, joined.supporters) == (2, 0)


def test_only_into_an_earlier_one_and_never_in_a_circle() -> None:
    first, second = _report("a"), _report("b")
    with pytest.raises(InvalidInput):
        _merge(first, second)
    db.session.rollback()
    _merge(second, first)
    with pytest.raises(InvalidInput):
        _merge(first, second)


def test_every_reporter_is_told_once_through_their_own_channel(town: Town) -> None:
    for identity in ("a", "b"):
        db.session.add(
            Conversation(sender=f"web:{identity}", identity=identity, channel="web", last_message_at=utcnow())
        )
    db.session.commit()
    lead = _report("a", channel="chat")
    by_chat = _report("b", channel="chat", merge_into=lead.service_request_id)
    by_phone = _report(None, contact_phone="13800001111", merge_into=lead.service_request_id)
    _report(None, merge_into=lead.service_request_id)
    before = db.session.query(OutboxMessage).count()
    casework.act(lead.service_request_id, Step(Action.ACCEPT), _clerk(town))
    told = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id).offset(before)).all()
    assert [(m.kind, m.payload["request_id"], m.payload.get("of")) for m in told] == [
        ("chat", lead.id, None), ("chat", by_chat.id, lead.id), ("sms", by_phone.id, lead.id),
    ]  # fmt: skip
    assert notify.deliver()["failed"] == 0
    notify.deliver()
    said = db.session.scalars(select(ChatMessage.text).order_by(ChatMessage.id)).all()
    # The reader knows their own number.
    assert [lead.service_request_id in text for text in said].count(True) == 1
    assert [by_chat.service_request_id in text for text in said].count(True) == 1


def test_the_own_word_on_a_merged_report_is_kept_with_it(town: Town) -> None:
    lead = _report("a")
    joined = _report("b", merge_into=lead.service_request_id)
    casework.act(joined.service_request_id, Step(Action.SUPPLEMENT, "三号窗口也是"), RESIDENT)
    assert joined.events[-1].note == "三号窗口也是"
    assert joined.status == "merged"


def test_news_of_a_report_merged_over_two_steps_goes_to_whoever_carries_the_work(
    town: Town, client: FlaskClient
) -> None:
    first, second, third = _report("a"), _report("b"), _report("c", contact_phone="13800001234")
    notifications.take_up_events()
    _merge(third, second)
    _merge(second, first)
    casework.act(third.service_request_id, Step(Action.SUPPLEMENT, "还是没人"), RESIDENT)
    notifications.take_up_events()
    told = db.session.scalars(select(Notification).where(Notification.kind == "word")).all()
    assert {note.url for note in told} == {f"/desk/requests/{first.service_request_id}"}
    answer = client.get(f"/api/v1/requests/{third.service_request_id}").json
    assert answer["merged_into"] == first.service_request_id


def test_a_grid_workers_report_merged_over_two_steps_stands_before_whoever_handles_it() -> None:
    first, second = _report("a"), _report("b")
    seen = _report(None, channel="grid")
    _merge(seen, second)
    _merge(second, first)
    assert grid.joined_reports(first) == [seen]
