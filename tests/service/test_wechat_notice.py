"""A step in a request's life reaches a person on WeChat once, by the first way that is open; a clerk's answer at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.plugin_wechat import OPENID, Person
from webapp import crypto
from webapp.config import load_config
from webapp.domain.workflow import Action, EventType, Role
from webapp.extensions import db
from webapp.gateways.wechat.twin import Twin
from webapp.models import ChatMessage, Conversation, OutboxMessage, utcnow
from webapp.services import casework, chat, notify, submit, wechat_delivery
from webapp.services.actor import SYSTEM, Actor
from webapp.services.submit import RequestDraft

PHONE = "13800000000"


class Sms:
    """A carrier that remembers, and can be down."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.down = False

    def send(self, phone: str, text: str, message_id: str) -> None:
        if self.down:
            raise ConnectionError
        self.sent.append((phone, text))


@pytest.fixture
def sms() -> Sms:
    return Sms()


def _report(phone: str = "") -> str:
    """A report from the chat on WeChat, taken up by its department: that is the event to tell."""
    draft = RequestDraft(
        text="社保窗口一直没人", service_code="HR-001", channel="wechat", contact_phone=phone,
        identity=crypto.keyed_hash("wechat", OPENID),
    )  # fmt: skip
    request = submit.submit_request(draft).request
    assert db.session.query(OutboxMessage).count() == 0
    clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.department.area_id)
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    return request.service_request_id


def _with_template(app: Flask, twin: Twin) -> None:
    app.config["WECHAT_TEMPLATE_ID"] = "T1"
    twin.templates.add("T1")


def _waiting(person: Person) -> list[str]:
    return [message.text for message in wechat_delivery.waiting(person.conversation_id)]


def test_with_a_template_it_is_a_template_message(app: Flask, twin: Twin, person: Person, sms: Sms) -> None:
    _with_template(app, twin)
    number = _report(PHONE)
    assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert [(sent.kind, sent.openid) for sent in twin.sent] == [("template", OPENID)]
    first, second, third = twin.sent[0].text.split("\n")
    assert (first, second) == (f"character_string1: {number}", f"thing2: {EventType.ACCEPTED.label}")
    assert re.fullmatch(r"time3: \d{4}-\d\d-\d\d \d\d:\d\d", third)
    assert sms.sent == []
    # It stands in the conversation, and is not said again.
    assert db.session.query(ChatMessage).count() == 1
    assert _waiting(person) == []
    assert wechat_delivery.deliver(person.conversation_id)
    assert len(twin.sent) == 1


@pytest.mark.parametrize("code", [48001, 40037, 43004, 47003])
def test_a_refused_template_falls_back_to_the_chat(
    app: Flask, twin: Twin, person: Person, sms: Sms, code: int
) -> None:
    _with_template(app, twin)
    twin.failures["message/template/send"].append(code)
    number = _report(PHONE)
    notify.deliver(sms)
    assert [sent.kind for sent in twin.sent] == ["custom"]
    assert number in twin.sent[0].text
    assert sms.sent == []


def test_outside_the_window_it_is_a_text_message_and_not_said_again(
    twin: Twin, person: Person, sms: Sms
) -> None:
    number = _report(PHONE)
    with time_machine.travel(utcnow() + timedelta(hours=49), tick=False):
        assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert twin.sent == []
    assert [(phone, number in text) for phone, text in sms.sent] == [(PHONE, True)]
    assert _waiting(person) == []


def test_without_a_phone_it_waits_for_the_next_word(twin: Twin, person: Person, sms: Sms) -> None:
    number = _report()
    with time_machine.travel(utcnow() + timedelta(hours=49), tick=False):
        assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert (twin.sent, sms.sent) == ([], [])
    assert [number in text for text in _waiting(person)] == [True]


def test_a_carrier_that_is_down_is_asked_again_and_it_is_said_once(
    twin: Twin, person: Person, sms: Sms
) -> None:
    _report(PHONE)
    sms.down = True
    with time_machine.travel(utcnow() + timedelta(hours=49), tick=False) as clock:
        assert notify.deliver(sms) == {"sent": 0, "failed": 1}
        sms.down = False
        clock.shift(61)
        assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert len(sms.sent) == 1
    assert db.session.query(ChatMessage).count() == 1


@pytest.mark.parametrize("path", ["message/template/send", "message/custom/send"])
def test_busy_servers_are_asked_again_and_it_is_said_once(
    app: Flask, twin: Twin, person: Person, sms: Sms, path: str
) -> None:
    if "template" in path:
        _with_template(app, twin)
    twin.failures[path].append(-1)
    _report(PHONE)
    assert notify.deliver(sms) == {"sent": 0, "failed": 1}
    with time_machine.travel(utcnow() + timedelta(seconds=61), tick=False):
        assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert (len(twin.sent), len(sms.sent)) == (1, 0)


def test_a_repeated_template_message_is_taken_once(app: Flask, twin: Twin, person: Person, sms: Sms) -> None:
    _with_template(app, twin)
    _report()
    notify.deliver(sms)
    # As after a crash before the commit.
    db.session.query(ChatMessage).delete()
    queued = db.session.query(OutboxMessage).one()
    queued.sent_at, queued.not_before = None, utcnow()
    db.session.commit()
    assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    assert twin.calls["message/template/send"] == 2
    assert len(twin.sent) == 1


def _arrived(twin: Twin, count: int) -> list[str]:
    """Wait for the thread that sends at once; no sweep runs here."""
    for _ in range(200):
        if len(twin.sent) >= count:
            break
        time.sleep(0.05)
    return [sent.text for sent in twin.sent]


def _settled() -> None:
    """Until the sending thread has written down what it did."""
    for _ in range(200):
        db.session.rollback()
        if db.session.query(OutboxMessage).filter(OutboxMessage.sent_at.is_(None)).count() == 0:
            return
        time.sleep(0.05)


def test_a_clerks_answer_in_the_inbox_is_on_wechat_at_once(
    login: Callable[[str], FlaskClient], twin: Twin, person: Person
) -> None:
    chat.hand_over(db.session.get_one(Conversation, person.conversation_id).sender, "asked")
    clerk = login("hotline_agent")
    answer = clerk.post(f"/desk/inbox/{person.conversation_id}/reply", data={"text": "您好，师傅已经出发"})
    assert answer.status_code == 302
    assert _arrived(twin, 1) == ["您好，师傅已经出发"]
    clerk.post(f"/desk/inbox/{person.conversation_id}/give-back")
    assert _arrived(twin, 2)[1:] == ["人工服务已结束，智能助手继续为您服务。"]
    _settled()
    assert person.row().sent_since == 2


def test_a_clerk_sees_what_has_not_arrived(
    login: Callable[[str], FlaskClient], twin: Twin, person: Person
) -> None:
    clerk = login("hotline_agent")
    page = f"/desk/inbox/{person.conversation_id}"
    assert "还没送到对方微信" not in clerk.get(page).text
    person.row().sent_since = 5
    db.session.commit()
    clerk.post(f"{page}/reply", data={"text": "已经修好"})
    _settled()
    assert "还没送到对方微信" in clerk.get(page).text
    waiting = wechat_delivery.waiting(person.conversation_id)
    assert wechat_delivery.take(person.conversation_id, waiting[0].id, waiting[-1].id)
    db.session.commit()
    assert "还没送到对方微信" not in clerk.get(page).text
    assert twin.sent == []


def test_an_answer_that_cannot_go_now_is_sent_by_the_sweep(twin: Twin, person: Person) -> None:
    twin.failures["message/custom/send"].append(-1)
    chat.reply_as_person(person.conversation_id, "马上安排", SYSTEM)
    for _ in range(200):
        if twin.calls["message/custom/send"]:
            break
        time.sleep(0.05)
    with time_machine.travel(utcnow() + timedelta(seconds=61), tick=False):
        for _ in range(200):
            if notify.deliver()["sent"]:
                break
            time.sleep(0.05)
    assert [text.endswith("马上安排") for text in _arrived(twin, 1)] == [True]


def test_fields_of_the_template_are_checked_at_start() -> None:
    env = {"WECHAT_TEMPLATE_FIELDS": "thing1=event time2=time"}
    assert load_config(env)["WECHAT_TEMPLATE_FIELDS"] == {"thing1": "event", "time2": "time"}
    with pytest.raises(RuntimeError, match="phone"):
        load_config({"WECHAT_TEMPLATE_FIELDS": "thing1=phone"})
