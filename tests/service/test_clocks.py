"""Clocks of real cases: pauses, working days, the city's allowances, and who is told of a missed deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.deadlines import ClockState, Escalation
from webapp.domain.workflow import (
    Action,
    IllegalTransition,
    NoteRequired,
    Role,
    RoleNotAllowed,
    Solved,
    Status,
)
from webapp.errors import Conflict
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import OutboxMessage, ServiceRequest, User, utcnow
from webapp.queries import deadlines, desk, escalations, tallies, voices
from webapp.services import administration, casework, escalation, follow_up, pausing, rollups, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+08:00")


def _case(town: Town, at: datetime = MONDAY, **values: object) -> ServiceRequest:
    draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001", **values)  # type: ignore[arg-type]
    request = submit.submit_request(draft, at).request
    casework.act(request.service_request_id, Step(Action.ACCEPT), _clerk(town), at)
    return request


def _clerk(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])


def _act(request: ServiceRequest, action: Action, actor: Actor, at: datetime, **values: object) -> None:
    step = Step(action, str(values.pop("note", "写明了理由")), **values)  # type: ignore[arg-type]
    casework.act(request.service_request_id, step, actor, at)


def _pause(town: Town, request: ServiceRequest, at: datetime) -> None:
    _act(request, Action.PAUSE, _clerk(town), at)


@pytest.mark.parametrize(
    ("received", "urgency", "due"),
    [
        ("2026-02-13T16:00", "normal", "2026-03-02T18:00"),
        ("2026-09-25T09:00", "normal", "2026-10-12T18:00"),
        ("2026-09-30T17:00", "normal", "2026-10-15T18:00"),
        ("2026-02-13T16:00", "urgent", "2026-02-14T16:00"),
        ("2026-10-01T03:00", "emergency", "2026-10-01T05:00"),
        ("2026-03-02T00:10", "normal", "2026-03-11T18:00"),
    ],
    ids=[
        "over Spring Festival, with the make-up Saturdays", "over Mid-Autumn and National Day", "the eve of a holiday",
        "hours run on a make-up day", "hours run at night and on holidays", "the local day of receipt, not UTC's",
    ],
)  # fmt: skip
def test_deadlines_follow_the_chinese_calendar(received: str, urgency: str, due: str) -> None:
    draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001", urgency=urgency)
    request = submit.submit_request(draft, datetime.fromisoformat(f"{received}:00+08:00")).request
    assert request.due_at == datetime.fromisoformat(f"{due}:00+08:00")


def test_a_pause_moves_the_deadline_by_its_length_and_the_resident_reads_why(town: Town) -> None:
    request = _case(town, channel="chat", identity="x")
    due = request.due_at
    _pause(town, request, MONDAY + timedelta(hours=1))
    told = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    assert told.payload["event_type"] == "paused"
    assert request.events[-1].public
    assert deadlines.clock_of(request, MONDAY + timedelta(days=3)) is ClockState.PAUSED
    _act(request, Action.RESUME, _clerk(town), MONDAY + timedelta(hours=31))
    assert (request.status, request.due_at - due) == ("accepted", timedelta(hours=30))
    _act(request, Action.RESOLVE, _clerk(town), due + timedelta(hours=29))
    assert deadlines.clock_of(request) is ClockState.MET
    assert rollups.verify() == []


def test_the_residents_words_start_the_clock_again(town: Town) -> None:
    request = _case(town)
    due = request.due_at
    _pause(town, request, MONDAY)
    casework.act(
        request.service_request_id,
        Step(Action.SUPPLEMENT, "就在三号窗口"),
        RESIDENT,
        MONDAY + timedelta(hours=2),
    )
    assert [e.event_type for e in request.events[-2:]] == ["supplemented", "resumed"]
    assert (request.status, request.due_at - due, request.paused_at) == ("accepted", timedelta(hours=2), None)


@pytest.mark.parametrize("resolves", [True, False])
def test_whatever_leads_out_of_a_pause_ends_it(town: Town, resolves: bool) -> None:
    request = _case(town)
    due = request.due_at
    _pause(town, request, MONDAY)
    if resolves:
        _act(request, Action.RESOLVE, _clerk(town), MONDAY + timedelta(days=1))
        follow_up.answer(
            request, follow_up.FollowUp(True, Solved.NO, 1), RESIDENT, MONDAY + timedelta(days=2)
        )
    else:
        _act(request, Action.TRANSFER, _clerk(town), MONDAY + timedelta(days=1), department_code="HOUSING")
    assert (request.due_at - due, request.pause_ends_at) == (timedelta(days=1), None)


def test_what_becomes_urgent_no_longer_waits(town: Town) -> None:
    request = _case(town)
    _pause(town, request, MONDAY)
    at = MONDAY + timedelta(hours=3)
    _act(request, Action.CORRECT_URGENCY, _clerk(town), at, urgency="urgent")
    assert (request.status, request.due_at) == ("accepted", MONDAY + timedelta(hours=24 + 3))
    with pytest.raises(Conflict):
        _pause(town, request, at)


def test_the_cap_ends_a_pause_also_while_nobody_resumes(town: Town) -> None:
    request = _case(town)
    due, cap = request.due_at, deadlines.policy().max_pause
    _pause(town, request, MONDAY)
    after = due + cap + timedelta(minutes=1)
    assert deadlines.clock_of(request, after) is ClockState.OVERDUE
    assert request.id in set(db.session.scalars(select(ServiceRequest.id).where(deadlines.overdue(after))))
    assert tallies.overdue("department", tallies.Window.ending(after.date(), 90), after).total() == 1
    assert voices.waiting(town.departments["HR"], after).overdue == 1
    assert voices.waiting(town.departments["HR"], due + timedelta(minutes=1)).overdue == 0
    assert pausing.resume_used_up(MONDAY + cap - timedelta(seconds=1)) == 0
    assert pausing.resume_used_up(after) == 1
    assert (request.status, request.due_at, request.events[-1].role) == ("accepted", due + cap, "system")
    assert pausing.resume_used_up(after) == 0
    with pytest.raises(Conflict):
        _pause(town, request, due)


def test_what_cannot_be_paused(town: Town) -> None:
    request = _case(town)
    with pytest.raises(NoteRequired):
        _act(request, Action.PAUSE, _clerk(town), MONDAY, note=" ")
    with pytest.raises(RoleNotAllowed):
        _act(request, Action.PAUSE, Actor(Role.REVIEWER), MONDAY)
    with pytest.raises(Conflict):
        _pause(town, request, request.due_at + timedelta(seconds=1))
    db.session.rollback()
    _pause(town, request, MONDAY)
    with pytest.raises(IllegalTransition):
        _pause(town, request, MONDAY)
    db.session.rollback()
    urgent = _case(town, urgency="urgent")
    with pytest.raises(Conflict):
        _pause(town, urgent, MONDAY)


def test_a_clock_of_another_machine_that_is_behind_does_not_turn_history_round(town: Town) -> None:
    request = _case(town)
    _act(request, Action.REPLY, _clerk(town), MONDAY - timedelta(minutes=5))
    moments = [event.at for event in request.events]
    assert moments == sorted(moments)


def test_the_citys_own_allowances_are_in_force_for_what_comes_after(town: Town) -> None:
    before = _case(town)
    administration.save_setting(
        deadlines.SETTING, {"ordinary_workdays": 2, "max_pause_days": 1}, town.users["admin"]
    )
    deadlines.forget()
    after = _case(town)
    assert before.due_at == datetime.fromisoformat("2026-03-11T18:00:00+08:00")
    assert after.due_at == datetime.fromisoformat("2026-03-04T18:00:00+08:00")
    _pause(town, after, MONDAY)
    assert after.pause_ends_at == MONDAY + timedelta(days=1)


def test_each_level_is_told_once(town: Town) -> None:
    request = _case(town)
    late = request.due_at + timedelta(hours=1)
    assert escalation.sweep(request.due_at) == 0
    assert (escalation.sweep(late), escalation.sweep(late)) == (1, 0)
    longer = late + deadlines.policy().escalate_after
    assert (escalation.sweep(longer), escalation.sweep(longer)) == (1, 0)
    told = [e for e in request.events if e.event_type == "escalated"]
    assert [e.data["level"] for e in told] == [Escalation.HEAD, Escalation.OFFICIAL]
    assert not any(e.public for e in told)
    assert request.escalated_level == Escalation.OFFICIAL


def test_a_level_passed_over_is_told_with_the_one_above(town: Town) -> None:
    request = _case(town)
    assert escalation.sweep(request.due_at + timedelta(days=9)) == 1
    head, official = (_user(town, name) for name in ("head", "official"))
    moment = request.due_at + timedelta(days=9)
    for user in (head, official):
        assert [r.id for r in escalations.escalated_to(user, now=moment)[0]] == [request.id]


def _user(town: Town, name: str) -> User:
    return db.session.get_one(User, town.users[name])


def test_heads_see_their_own_and_officials_what_is_long_overdue_in_their_area(town: Town) -> None:
    request = _case(town, area_code="T2111")
    late = request.due_at + timedelta(hours=1)
    escalation.sweep(late)
    head, official = (_user(town, name) for name in ("head", "official"))
    assert escalations.escalated_to(head, now=late)[1] == 1
    assert escalations.escalated_to(official, now=late)[1] == 0
    later = late + timedelta(days=2)
    escalation.sweep(later)
    assert escalations.escalated_to(official, now=later)[1] == 1
    official.area_id = town.areas["T1"]
    db.session.flush()
    db.session.refresh(official)
    db.session.commit()
    assert escalations.escalated_to(official, now=later)[1] == 0
    _act(request, Action.RESOLVE, _clerk(town), later)
    assert escalations.escalated_to(head, now=later)[1] == 0


@pytest.mark.parametrize(
    ("level", "names"),
    [
        (Escalation.NONE, []),
        (Escalation.CLERK, ["clerk"]),
        (Escalation.HEAD, ["head"]),
        (Escalation.OFFICIAL, ["official"]),
    ],
)
def test_who_must_see_a_clock(town: Town, level: Escalation, names: list[str]) -> None:
    assert [user.username for user in escalations.who_must_see(_case(town), level)] == names


def test_without_a_head_of_its_own_the_one_above_is_told(town: Town) -> None:
    request = _case(town)
    office = request.department
    office.parent_id = town.departments["CITY-OFFICE"]
    head = _user(town, "head")
    head.department_id = town.departments["CITY-OFFICE"]
    db.session.commit()
    assert [u.username for u in escalations.who_must_see(request, Escalation.HEAD)] == ["head"]
    head.active = False
    db.session.commit()
    assert escalations.who_must_see(request, Escalation.HEAD) == []


def test_a_department_that_is_asked_has_the_case_in_its_queue_and_so_has_the_responsible_one(
    town: Town,
) -> None:
    request = _case(town, at=utcnow())
    _act(request, Action.TRANSFER, _clerk(town), utcnow(), department_code="HOUSING")
    for name in ("clerk", "clerk.housing"):
        assert [r.id for r in desk.queue(_user(town, name), desk.QueueFilter(view="todo")).items] == [
            request.id
        ]
    assert request.status == Status.ASSIGNED


def test_the_worker_runs_the_sweeps(town: Town, context: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "flask_app", context)
    late, paused = _case(town), _case(town)
    _pause(town, paused, MONDAY)
    numbers = late.service_request_id, paused.service_request_id
    tasks.resume_used_up.run()
    tasks.escalate.run()
    db.session.expire_all()
    done = [casework.find(number) for number in numbers]
    assert [(r.status, r.escalated_level) for r in done] == [("accepted", Escalation.OFFICIAL)] * 2
    timetable = {entry["task"] for entry in tasks.app.conf.beat_schedule.values()}
    assert {"minping.escalate", "minping.resume_used_up"} <= timetable
