"""Reports about an office never reach that office, whatever the tree, the role and the way; anonymous leaves no trace."""

from __future__ import annotations

import itertools
import json

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.consent import CURRENT
from webapp.domain.workflow import Action, Role, Status
from webapp.errors import InvalidInput, MinpingError, NotFound
from webapp.extensions import db
from webapp.models import AuditEntry, ChatMessage, Department, ServiceRequest, User
from webapp.queries import desk, directory, shield
from webapp.queries.desk import QueueFilter
from webapp.services import anonymity, audit, callers, casework, chat, conduct, similar, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.submit import RequestDraft

COMPLAINT = "投诉人社局工作人员骂人，我叫王小明，电话13812345678"
_numbers = itertools.count()
SEEING = [role for role in Role if role not in (Role.RESIDENT, Role.SYSTEM)]


def _tree(town: Town, parents: list[int]) -> list[int]:
    """Five more departments; each below an earlier one, or below none. Ids of all departments."""
    ids: list[int] = []
    for parent in parents:
        code = f"X{next(_numbers)}"
        above = ids[parent] if 0 <= parent < len(ids) else None
        department = Department(code=code, name=f"第{code}处", parent_id=above, area_id=town.areas["T1"])
        db.session.add(department)
        db.session.flush()
        ids.append(department.id)
    directory.forget()
    return [*ids, *town.departments.values()]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parents=st.lists(st.integers(-1, 3), min_size=5, max_size=5),
    reported=st.integers(0, 8), of=st.integers(0, 8), role=st.sampled_from(SEEING), note=st.booleans(),
)  # fmt: skip
def test_no_way_leads_a_case_to_those_it_is_about(
    context: Flask, town: Town, parents: list[int], reported: int, of: int, role: Role, note: bool
) -> None:
    """Whoever works in the reported office or below it: no list, no page, no step, no look-up, no neighbour shows it."""
    ids = _tree(town, parents)
    request = submit.submit_request(
        RequestDraft(text="路灯坏了三天没人管", contact_phone="13812345678", area_code="T1111")
    ).request
    dispatcher = Actor(Role.DISPATCHER, town.users["dispatcher"])
    known = directory.directory()
    code = known.department_codes[ids[reported]]
    conduct.protect(request, code, "说的是他们" if note else "", dispatcher)
    below = ids[reported] in shield.line_of(ids[of])
    actor = Actor(role, town.users["clerk"], ids[of], town.areas["T"])
    number = request.service_request_id
    user = User(role=role.value, department_id=ids[of], area_id=town.areas["T"], username="x", name="x")
    listed = {r.id for r in desk.queue(user, QueueFilter(view="all")).items}
    if below or role is Role.GRID_WORKER:
        assert not casework.may_see(request, actor)
        assert not casework.may_handle(request, actor)
        assert request.id not in listed
        assert request.id not in {r.id for r in callers.cases_of("13812345678", actor)}
        with pytest.raises(NotFound):
            casework.act(number, casework.Step(Action.ADD_NOTE, "谁？"), actor)
    # It never lies there, unless nobody else is left: then it is hidden there all the same.
    if ids[reported] in shield.line_of(request.department_id):
        assert request.needs_human
    # And nobody can send it there.
    target = known.department_codes[ids[of]]
    if below:
        with pytest.raises(InvalidInput):
            casework.act(
                number, casework.Step(Action.TRANSFER, "转给他们", department_code=target), dispatcher
            )
    assert not request.is_public
    assert similar.same_trouble("路灯坏了三天没人管", request.area) == []


def test_words_alone_are_enough(context: Flask, town: Town) -> None:
    request = submit.submit_request(RequestDraft(text=COMPLAINT, service_code="HR-001")).request
    assert request.reported_department_id == town.departments["HR"]
    assert request.department_id == town.departments["CITY-OFFICE"]
    assert not request.is_public
    assert request.status == Status.ASSIGNED


def test_a_tick_is_enough_and_the_service_says_who(context: Flask, town: Town) -> None:
    request = submit.submit_request(
        RequestDraft(text="那天下午的事情我想说一下", service_code="HOUSING-001", about_staff=True)
    ).request
    assert request.reported_department_id == town.departments["HOUSING"]
    assert request.department_id == town.departments["CITY-OFFICE"]


def test_it_goes_to_the_department_above_where_there_is_one(context: Flask, town: Town) -> None:
    db.session.get_one(Department, town.departments["HR"]).parent_id = town.departments["HOUSING"]
    db.session.commit()
    request = submit.submit_request(RequestDraft(text=COMPLAINT)).request
    assert request.department_id == town.departments["HOUSING"]


def test_a_complaint_about_the_city_office_goes_to_the_supervision_department(
    context: Flask, town: Town
) -> None:
    context.config["SUPERVISION_DEPARTMENT"] = "HOUSING"
    request = submit.submit_request(RequestDraft(text="市诉求办工作人员推诿，态度恶劣")).request
    assert request.reported_department_id == town.departments["CITY-OFFICE"]
    assert request.department_id == town.departments["HOUSING"]


def test_it_is_not_merged_into_what_the_reported_can_see(context: Flask, town: Town) -> None:
    earlier = submit.submit_request(RequestDraft(text="社保窗口没人", service_code="HR-001")).request
    request = submit.submit_request(
        RequestDraft(text=COMPLAINT, merge_into=earlier.service_request_id)
    ).request
    assert request.merged_into_id is None


def test_a_dispatcher_may_lift_a_misunderstanding(context: Flask, town: Town) -> None:
    request = submit.submit_request(RequestDraft(text=COMPLAINT, service_code="HR-001")).request
    dispatcher = Actor(Role.DISPATCHER, town.users["dispatcher"])
    with pytest.raises(InvalidInput):
        conduct.lift(request, " ", dispatcher)
    conduct.lift(request, "说的是别的地方", dispatcher)
    step = casework.Step(Action.TRANSFER, "归他们", department_code="HR")
    casework.act(request.service_request_id, step, dispatcher)
    assert request.asked_department_id == town.departments["HR"]
    assert audit.first_broken() is None


@pytest.mark.parametrize("role", [Role.CLERK, Role.HEAD, Role.OFFICIAL, Role.ADMIN])
def test_others_may_not_lift_it(context: Flask, town: Town, role: Role) -> None:
    request = submit.submit_request(RequestDraft(text=COMPLAINT, service_code="HR-001")).request
    with pytest.raises(MinpingError):
        conduct.lift(request, "没事", Actor(role, town.users["clerk"], town.departments["HR"]))


def test_anonymous_leaves_nothing_that_leads_back(context: Flask, town: Town) -> None:
    done = submit.submit_request(RequestDraft(text="有人乱倒垃圾", identity="browser", anonymous=True))
    request = done.request
    assert (request.identity, request.contact_phone, request.phone_index) == (None, None, None)
    assert submit.open_case(request.service_request_id, done.secret).id == request.id
    rows = [db.session.execute(table.select()).all() for table in db.metadata.sorted_tables]
    assert "browser" not in repr(rows)


def test_anonymous_with_a_phone_is_a_contradiction_that_is_said(context: Flask, town: Town) -> None:
    with pytest.raises(InvalidInput) as said:
        submit.submit_request(RequestDraft(text="有人乱倒垃圾", anonymous=True, contact_phone="13812345678"))
    assert said.value.field == "anonymous"
    assert db.session.scalar(select(ServiceRequest.id)) is None


def test_an_anonymous_report_in_a_chat_is_taken_out_of_the_conversation(
    context: Flask, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.actions import gateway, gateway_cases

    talk = chat.conversation_of("web:somebody", "chat", "somebody")
    words = "我要匿名举报，柳树巷有人偷排污水"
    for author, text in (("resident", words), ("bot", f"您说的是：{words}")):
        db.session.add(ChatMessage(conversation_id=talk.id, author=author, text=text, payload={"x": words}))
    db.session.commit()
    told = gateway_cases.submit_request(
        "web:somebody", words, "柳树巷", {"phone": gateway.seal("13812345678")}
    )
    request = casework.find(told["number"])
    assert (request.anonymous, request.identity, request.contact_phone) == (True, None, None)
    assert request.consent_version == CURRENT.version
    bubble = ChatMessage(
        conversation_id=talk.id, author="bot", text="", payload={"custom": {"number": told["number"]}}
    )
    db.session.add(bubble)
    db.session.commit()
    said = json.dumps(
        [[m.text, m.payload] for m in db.session.scalars(select(ChatMessage))], ensure_ascii=False
    )
    assert "污水" not in said
    # The number can be read for a day, and is then gone from the conversation, too.
    assert anonymity.sweep() == 0
    assert anonymity.sweep(request.received_at + anonymity.TIME_TO_READ) == 1
    db.session.expire_all()
    said = json.dumps(
        [[m.text, m.payload] for m in db.session.scalars(select(ChatMessage))], ensure_ascii=False
    )
    assert told["number"] not in said


@pytest.mark.parametrize("way", ["supplement", "reopen"])
def test_the_resident_sees_their_own_protected_case_and_goes_on(context: Flask, town: Town, way: str) -> None:
    done = submit.submit_request(RequestDraft(text=COMPLAINT))
    assert submit.open_case(done.request.service_request_id, done.secret)
    casework.act(done.request.service_request_id, casework.Step(Action.SUPPLEMENT, way), RESIDENT)


def test_a_complaint_told_to_the_bot_cannot_be_read_in_the_inbox(context: Flask, town: Town) -> None:
    from bot.actions import gateway_cases

    talk = chat.conversation_of("web:other", "chat", "other")
    db.session.add(ChatMessage(conversation_id=talk.id, author="resident", text=COMPLAINT, payload={}))
    db.session.commit()
    told = gateway_cases.submit_request("web:other", COMPLAINT, "", {})
    request = casework.find(told["number"])
    assert request.reported_department_id == town.departments["HR"]
    # Its reporter still hears of it in the chat.
    assert request.identity == "other"
    assert all("骂人" not in m.text for m in db.session.scalars(select(ChatMessage)))


def test_what_staff_type_is_masked_in_the_audit_trail(context: Flask, town: Town) -> None:
    audit.record("review.restore", "PJ1", None, note="打13812345678问过", reason="burst")
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.details["note"], entry.details["reason"]) == ("打***********问过", "burst")
    assert audit.first_broken() is None
