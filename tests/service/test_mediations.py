"""三调联动: consent, one at a time, the clock, and who sees what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Mediation, OutboxMessage, RequestEvent, ServiceRequest, User
from webapp.queries import mediations as queries
from webapp.queries import replaying
from webapp.services import casework, dispatch, events, mediations, rollups, submit
from webapp.services.actor import Actor
from webapp.services.mediations import Referral
from webapp.services.submit import RequestDraft
from webapp.views.public.presenting import entries

pytestmark = pytest.mark.usefixtures("context")
GOOD = Referral("people", "wages", "柳树街道调委会", "phone", "周一上午九点")


@pytest.fixture
def clerk(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])


@pytest.fixture
def case(clerk: Actor) -> ServiceRequest:
    draft = RequestDraft(text="老板拖欠工资", service_code="HR-001", contact_phone="13800001234")
    request = submit.submit_request(draft).request
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    return request


def test_a_referral_makes_it_complex_and_the_clock_runs_on(case: ServiceRequest, clerk: Actor) -> None:
    before = case.due_at
    mediations.refer(case.service_request_id, GOOD, clerk)
    assert case.due_at == dispatch.deadline(case.received_at, "normal", "complex") > before
    mediations.end(case.service_request_id, mediations.of_request(case)[0].id, "not_agreed", "谈不拢", clerk)
    longest = case.due_at
    mediations.refer(case.service_request_id, replace(GOOD, kind="judicial"), clerk)
    assert case.due_at == longest
    assert replaying.all_differences() == []
    assert rollups.verify() == []
    assert events.broken_chains() == []


def test_an_urgent_case_keeps_its_clock(clerk: Actor) -> None:
    draft = RequestDraft(text="老板拖欠工资", service_code="HR-001", urgency="urgent")
    request = submit.submit_request(draft).request
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    before = request.due_at
    mediations.refer(request.service_request_id, GOOD, clerk)
    assert request.due_at == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"dispute": "war"}, "dispute"),
        ({"body": " "}, "body"),
        ({"body": "字" * 81}, "body"),
        ({"consent": ""}, "consent"),
    ],
)
def test_nothing_is_referred_without_what_it_needs(
    case: ServiceRequest, clerk: Actor, change: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        mediations.refer(case.service_request_id, replace(GOOD, **change), clerk)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert db.session.query(Mediation).count() == 0


def test_one_at_a_time(case: ServiceRequest, clerk: Actor) -> None:
    mediations.refer(case.service_request_id, GOOD, clerk)
    with pytest.raises(Conflict):
        mediations.refer(case.service_request_id, GOOD, clerk)


def test_another_department_refers_nothing(case: ServiceRequest, town: Town) -> None:
    other = Actor(Role.CLERK, town.users["clerk.housing"], town.departments["HOUSING"])
    with pytest.raises(Forbidden):
        mediations.refer(case.service_request_id, GOOD, other)


@pytest.mark.parametrize(
    ("outcome", "note", "error"),
    [("", "写了", InvalidInput), ("won", "写了", InvalidInput), ("agreed", " ", InvalidInput)],
)
def test_an_outcome_needs_its_words(
    case: ServiceRequest, clerk: Actor, outcome: str, note: str, error: type[Exception]
) -> None:
    found = mediations.refer(case.service_request_id, GOOD, clerk)
    with pytest.raises(error):
        mediations.end(case.service_request_id, found.id, outcome, note, clerk)


def test_it_ends_once(case: ServiceRequest, clerk: Actor) -> None:
    found = mediations.refer(case.service_request_id, GOOD, clerk)
    mediations.end(case.service_request_id, found.id, "agreed", "十日内付清", clerk, found.version)
    with pytest.raises(Conflict):
        mediations.end(case.service_request_id, found.id, "no_show", "没来", clerk)
    with pytest.raises(NotFound):
        mediations.end(case.service_request_id, 999, "no_show", "没来", clerk)


def test_the_resident_sees_it_and_the_public_does_not(case: ServiceRequest, clerk: Actor) -> None:
    found = mediations.refer(case.service_request_id, GOOD, clerk)
    mediations.end(case.service_request_id, found.id, "agreed", "十日内付清", clerk)
    own = [(e.title, e.note) for e in entries(case)][:2]
    assert own == [
        ("调解结束", "人民调解 · 柳树街道调委会 · 达成协议\n十日内付清"),
        ("转介调解", "人民调解 · 柳树街道调委会\n周一上午九点"),
    ]
    assert not [e for e in entries(case, str) if "调解" in e.title]
    events_ = db.session.query(RequestEvent).filter(RequestEvent.event_type.startswith("mediation")).all()
    assert [e.public for e in events_] == [False, False]
    told = [m.payload["event_type"] for m in db.session.query(OutboxMessage)]
    assert told[-2:] == ["mediation_referred", "mediation_ended"]


def test_counts_by_kind_and_outcome(case: ServiceRequest, clerk: Actor, town: Town) -> None:
    found = mediations.refer(case.service_request_id, GOOD, clerk)
    official = db.session.get_one(User, town.users["official"])
    people = queries.counts(official)[0]
    assert (people.total, people.running) == (1, 1)
    assert [m.id for m in queries.mediations(official, False, 1)[0]] == [found.id]
    mediations.end(case.service_request_id, found.id, "no_show", "老板没来", clerk)
    people = queries.counts(official)[0]
    assert (people.running, people.outcomes) == (
        0,
        {"agreed": 0, "not_agreed": 0, "withdrawn": 0, "no_show": 1},
    )
    assert queries.mediations(official, False, 1)[1] == 0
    assert queries.mediations(official, True, 1)[1] == 1
    other = db.session.get_one(User, town.users["clerk.housing"])
    assert queries.mediations(other, True, 1)[1] == 0


def test_a_bare_step_refers_nothing(case: ServiceRequest, clerk: Actor) -> None:
    with pytest.raises(InvalidInput):
        casework.act(case.service_request_id, casework.Step(Action.REFER_MEDIATION, "随便"), clerk)
