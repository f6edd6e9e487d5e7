"""Who is told what: once, not about what one did oneself, not what one muted, never about a complaint about oneself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories import Town
from tests.factories.tampering import tamper
from webapp.domain.workflow import Action, Role
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Notification, RequestEvent, ServiceRequest, Setting, User, utcnow
from webapp.queries import notifications as queries
from webapp.services import casework, escalation, notifications, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.submit import RequestDraft


@pytest.fixture(autouse=True)
def _begun(context: Flask) -> None:
    notifications.take_up_events()


def _new(text: str = "社保窗口没人", **values: object) -> ServiceRequest:
    draft = RequestDraft(text=text, service_code="HR-001", area_code="T1111", **values)  # type: ignore[arg-type]
    return submit.submit_request(draft).request


def _told(town: Town) -> dict[str, list[str]]:
    """User name → kinds, in order."""
    names = {number: name for name, number in town.users.items()}
    found: dict[str, list[str]] = {}
    for note in db.session.scalars(select(Notification).order_by(Notification.id)):
        found.setdefault(names[note.user_id], []).append(note.kind)
    return found


def test_a_new_case_is_told_to_the_clerks_of_its_department(context: Flask, town: Town) -> None:
    number = _new().service_request_id
    assert notifications.take_up_events() == 1
    assert _told(town) == {"clerk": ["assigned"]}
    (note,) = db.session.scalars(select(Notification))
    assert (note.url, number in note.subject) == (f"/desk/requests/{number}", True)
    assert notifications.take_up_events() == 0
    assert queries.unread_count(town.users["clerk"]) == 1


def test_what_one_did_oneself_is_no_news_but_the_residents_word_is(context: Flask, town: Town) -> None:
    request = _new()
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    casework.act(request.service_request_id, casework.Step(Action.SUPPLEMENT, "还是没人"), RESIDENT)
    official = Actor(Role.OFFICIAL, town.users["official"], area_id=town.areas["T"])
    casework.act(request.service_request_id, casework.Step(Action.SUPERVISE, "三天内答复"), official)
    notifications.take_up_events()
    assert _told(town) == {"clerk": ["assigned", "word", "supervised"], "head": ["supervised"]}


def test_an_objection_goes_to_the_dispatchers(context: Flask, town: Town) -> None:
    request = _new()
    head = Actor(Role.HEAD, town.users["head"], town.departments["HR"])
    casework.act(request.service_request_id, casework.Step(Action.OBJECT, "不归我们"), head)
    notifications.take_up_events()
    assert _told(town)["dispatcher"] == ["objection"]


def test_a_sweep_that_died_tells_nobody_twice(context: Flask, town: Town) -> None:
    _new()
    notifications.take_up_events()
    # As if it had died before it remembered how far it had come.
    db.session.execute(update(Setting).where(Setting.name == notifications.PROGRESS).values(value=0))
    db.session.commit()
    notifications.take_up_events()
    assert _told(town) == {"clerk": ["assigned"]}


def test_an_event_that_commits_late_is_not_passed_over(context: Flask, town: Town) -> None:
    first, second = _new(), _new("失业金没到账")
    late = [e.id for e in first.events]
    notes = {e.id: e.at for e in (*first.events, *second.events)}
    # Seen first: the later ids, because their transaction was quicker.
    tamper(update(RequestEvent).where(RequestEvent.id.in_(late)).values(event_type="note_added"))
    notifications.take_up_events()
    db.session.expire_all()
    for number, kind in zip(late, ("received", "assigned"), strict=True):
        tamper(update(RequestEvent).where(RequestEvent.id == number).values(event_type=kind))
    assert notes
    notifications.take_up_events()
    assert _told(town) == {"clerk": ["assigned", "assigned"]}


def test_the_place_moves_on_once_events_have_settled(context: Flask, town: Town) -> None:
    _new()
    later = utcnow() + timedelta(hours=1)
    notifications.take_up_events(later)
    kept = db.session.scalar(select(Setting.value).where(Setting.name == notifications.PROGRESS))
    assert kept == db.session.scalar(select(RequestEvent.id).order_by(RequestEvent.id.desc()))


def test_muted_kinds_are_not_told(context: Flask, town: Town) -> None:
    notifications.save_settings(town.users["clerk"], ["assigned", "nonsense"], "", False)
    _new()
    assert notifications.take_up_events() == 0
    assert notifications.settings_of(town.users["clerk"])["muted"] == ["assigned"]


def test_a_mention_is_told_masked_and_once_per_key(context: Flask, town: Town) -> None:
    for _round in range(2):
        notifications.notify_user(town.users["head"], "mention", "请回13812345678", "/desk/", "mention:1")
    db.session.commit()
    (note,) = db.session.scalars(select(Notification))
    assert "13812345678" not in note.subject


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.org", "a@@example.org"])
def test_bad_addresses_are_refused(context: Flask, town: Town, email: str) -> None:
    with pytest.raises(InvalidInput):
        notifications.save_settings(town.users["clerk"], [], email, False)


def _sweep() -> None:
    """As the worker does."""
    escalation.sweep()
    notifications.take_up_events()
    notifications.tell_due_soon()


def _told_late(town: Town) -> dict[str, list[str]]:
    """The same, of deadlines alone."""
    late = {
        who: [kind for kind in kinds if kind in ("due_soon", "overdue")] for who, kinds in _told(town).items()
    }
    return {who: kinds for who, kinds in late.items() if kinds}


def _overdue(request: ServiceRequest, by: timedelta) -> None:
    request.due_at = utcnow() - by
    db.session.commit()


@pytest.mark.parametrize(
    ("late_by", "who"),
    [
        (timedelta(days=-20), {}),
        (timedelta(hours=-2), {"clerk": ["due_soon"]}),
        (timedelta(hours=2), {"head": ["overdue"]}),
        (timedelta(days=3), {"head": ["overdue"], "official": ["overdue"]}),
    ],
)
def test_a_deadline_goes_up_level_by_level(
    context: Flask, town: Town, late_by: timedelta, who: dict[str, list[str]]
) -> None:
    _overdue(_new(), late_by)
    for _again in range(2):
        _sweep()
        assert _told_late(town) == who


def test_a_later_deadline_may_pass_anew(context: Flask, town: Town) -> None:
    request = _new()
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    head = Actor(Role.HEAD, town.users["head"], town.departments["HR"])
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    _overdue(request, timedelta(days=3))
    _sweep()
    casework.act(request.service_request_id, casework.Step(Action.EXTEND, "要挖开路面", workdays=3), head)
    _overdue(request, timedelta(hours=1))
    _sweep()
    assert _told_late(town) == {"head": ["overdue", "overdue"], "official": ["overdue"]}


def test_an_answered_case_is_left_alone(context: Flask, town: Town) -> None:
    request = _new()
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    for action, note in ((Action.ACCEPT, ""), (Action.RESOLVE, "好了")):
        casework.act(request.service_request_id, casework.Step(action, note), clerk)
    _overdue(request, timedelta(days=5))
    _sweep()
    assert _told_late(town) == {}


def test_officials_of_another_district_are_not_told(context: Flask, town: Town) -> None:
    db.session.get_one(User, town.users["official"]).area_id = town.areas["T2"]
    db.session.commit()
    _overdue(_new(), timedelta(days=3))
    _sweep()
    assert _told_late(town) == {"head": ["overdue"]}


def test_the_reported_are_told_nothing(context: Flask, town: Town) -> None:
    request = _new("投诉人社局工作人员骂人")
    assert request.department_id == town.departments["CITY-OFFICE"]
    _overdue(request, timedelta(days=3))
    _sweep()
    assert set(_told(town)) == {"clerk.office", "official"}
    assert all("骂人" not in n.subject for n in db.session.scalars(select(Notification)))
