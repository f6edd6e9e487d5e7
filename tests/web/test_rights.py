"""我的信息, 个人信息申请, 按来电号码查, 提醒 and anonymous reports: each through its pages, as its user."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp import crypto
from webapp.domain.consent import CURRENT
from webapp.domain.workflow import Action, Role
from webapp.extensions import db, limiter
from webapp.i18n import local
from webapp.models import (
    AuditEntry,
    ChatMessage,
    DataRequest,
    Notification,
    OutboxMessage,
    Review,
    ServiceRequest,
    utcnow,
)
from webapp.services import (
    audit,
    casework,
    chat,
    events,
    notifications,
    notify,
    retention,
    rights,
    rollups,
    submit,
)
from webapp.services.actor import RESIDENT, Actor
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
PHONE, NAME = "13812345678", "王小明"


@pytest.fixture
def case(app: Flask) -> tuple[str, str]:
    """Number and secret of a case with everything in it."""
    with app.app_context():
        done = submit.submit_request(
            RequestDraft(
                text=f"社保窗口没人，{NAME}，电话{PHONE}。{NAME}", service_code="HR-001", contact_name=NAME, contact_phone=PHONE,
                identity="somebody", consent=CURRENT.version,
            )
        )  # fmt: skip
        number = done.request.service_request_id
        casework.act(number, casework.Step(Action.SUPPLEMENT, f"打{PHONE}"), RESIDENT)
        return number, done.secret


def _open(client: FlaskClient, case: tuple[str, str]) -> str:
    answer = client.post("/my-data", data={"number": case[0], "secret": case[1]})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def _audited(app: Flask) -> list[str]:
    with app.app_context():
        assert audit.first_broken() is None
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_resident_sees_and_downloads_everything(
    app: Flask, client: FlaskClient, case: tuple[str, str]
) -> None:
    page = client.get(_open(client, case))
    assert "no-store" in page.headers["Cache-Control"]
    assert NAME in page.text
    assert PHONE in page.text
    answer = client.get(f"/my-data/{case[0]}/download")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{case[0]}.json"'
    data = json.loads(answer.text)
    assert (data["contact_name"], data["contact_phone"]) == (NAME, PHONE)
    assert data["consent_version"] == CURRENT.version
    assert f"打{PHONE}" in [step["note"] for step in data["history"]]
    # Whatever the database has about them is in the download: every stored fact of the table, by its value.
    assert set(data) >= {
        "text",
        "address",
        "photos",
        "read_by_machine",
        "history",
        "data_requests",
        "follow_up",
    }
    assert "data.open" in _audited(app)


@pytest.mark.parametrize("secret", ["5678", "WRONG1", ""])
def test_nobody_opens_it_without_the_secret(client: FlaskClient, case: tuple[str, str], secret: str) -> None:
    """The phone's last four digits, which many know, open a case's progress but not what is stored."""
    assert client.post("/my-data", data={"number": case[0], "secret": secret}).status_code == 422
    assert client.get(f"/my-data/{case[0]}").status_code == 302
    assert client.get(f"/my-data/{case[0]}/download").status_code == 404
    assert client.post(f"/my-data/{case[0]}/unpublish").status_code == 404


def test_an_opened_case_is_not_opened_data(client: FlaskClient, case: tuple[str, str]) -> None:
    assert client.post("/track", data={"number": case[0], "secret": "5678"}).status_code == 302
    assert client.get(f"/my-data/{case[0]}/download").status_code == 404


def test_contact_can_be_put_right_and_found_by_the_new_number(
    app: Flask, client: FlaskClient, case: tuple[str, str]
) -> None:
    at = _open(client, case)
    bad = client.post(f"{at}/contact", data={"contact_name": "李四", "contact_phone": "12"})
    assert bad.status_code == 422
    assert "李四" in bad.text
    client.post(f"{at}/contact", data={"contact_name": "李四", "contact_phone": "+86 139-0000-1111"})
    with app.app_context():
        request = casework.find(case[0])
        assert crypto.decrypt(request.contact_phone) == "13900001111"
        assert request.phone_index == crypto.keyed_hash("phone", "13900001111")
    assert "13900001111" not in json.dumps(_audited(app))


def test_withdrawing_takes_it_off_every_public_place(client: FlaskClient, case: tuple[str, str]) -> None:
    number = case[0]
    places = (f"/requests/{number}", f"/api/v1/requests/{number}", f"/open311/v2/requests/{number}.json")
    assert [client.get(place).status_code for place in places] == [200, 200, 200]
    client.post(f"{_open(client, case)}/unpublish")
    assert [client.get(place).status_code for place in places] == [404, 404, 404]
    assert client.get(f"/track/{number}").status_code in (200, 302)


def test_deletion_is_asked_decided_executed_and_on_record(
    app: Flask, client: FlaskClient, login: Login, case: tuple[str, str]
) -> None:
    at = _open(client, case)
    assert client.post(f"{at}/ask", data={"kind": "erasure", "words": f"请删除{PHONE}"}).status_code == 302
    again = client.post(f"{at}/ask", data={"kind": "erasure"})
    assert again.status_code == 409
    assert "正在处理" in client.get(at).text
    with app.app_context():
        asked = db.session.scalars(select(DataRequest)).one()
        assert utcnow() + timedelta(days=14) < asked.due_at < utcnow() + timedelta(days=40)
        number = asked.id
        assert db.session.scalar(select(Notification.kind)) == "data_request"
    dispatcher = login("dispatcher")
    waiting = dispatcher.get("/desk/data-requests").text
    assert case[0] in waiting
    assert PHONE not in waiting
    assert dispatcher.post(f"/desk/data-requests/{number}", data={"outcome": "refused"}).status_code == 422
    assert dispatcher.post(f"/desk/data-requests/{number}", data={"outcome": "granted"}).status_code == 302
    assert dispatcher.post(f"/desk/data-requests/{number}", data={"outcome": "granted"}).status_code == 409
    assert "已同意" in client.get(at).text
    data = client.get(f"{at}/download").text
    for secret in (PHONE, NAME):
        assert secret not in data
    with app.app_context():
        request = casework.find(case[0])
        assert (request.contact_name, request.contact_phone, request.phone_index, request.identity) == (
            None,
        ) * 4
        assert not request.is_public
        for table in db.metadata.sorted_tables:
            rows = repr(db.session.execute(table.select()).all())
            assert PHONE not in rows, table.name
            assert NAME not in rows, table.name
        assert events.broken_chains() == []
        assert rollups.verify() == []
    assert [a for a in _audited(app) if a.startswith("data.")] == [
        "data.open",
        "data.ask_erasure",
        "data.granted",
    ]


def test_a_refusal_says_why(app: Flask, client: FlaskClient, login: Login, case: tuple[str, str]) -> None:
    at = _open(client, case)
    assert client.post(f"{at}/ask", data={"kind": "correction", "words": " "}).status_code == 422
    client.post(f"{at}/ask", data={"kind": "correction", "words": "地点应是石桥路"})
    with app.app_context():
        number = db.session.scalar(select(DataRequest.id))
    login("admin").post(
        f"/desk/data-requests/{number}", data={"outcome": "refused", "reason": "地点核实无误"}
    )
    page = client.get(at).text
    assert "未同意" in page
    assert "地点核实无误" in page


class Sms:
    """A carrier that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    def send(self, phone: str, text: str, message_id: str) -> None:
        self.sent.append((phone, text, message_id))


def _decided(kind: str, granted: bool, number: str) -> DataRequest:
    asked = rights.ask(casework.find(number), kind, "地点应是石桥路" if kind == "correction" else "")
    rights.decide(asked, granted, f"核对过，{NAME}", Actor(Role.ADMIN))
    return asked


@pytest.mark.parametrize(
    ("kind", "granted", "words"),
    [
        ("erasure", True, "现已删除"), ("erasure", False, "未获同意"), ("correction", True, "已更正"),
        ("correction", False, "未获同意"),
    ],
)  # fmt: skip
def test_a_decision_reaches_the_resident_even_after_everything_is_deleted(
    context: Flask, case: tuple[str, str], kind: str, granted: bool, words: str
) -> None:
    context.config["QUIET_HOURS"] = ""
    notify.deliver(Sms())
    asked, sms = _decided(kind, granted, case[0]), Sms()
    assert PHONE not in repr(db.session.scalars(select(OutboxMessage.payload)).all())
    assert notify.deliver(sms) == {"sent": 1, "failed": 0}
    ((phone, text, message_id),) = sms.sent
    assert (phone, message_id) == (PHONE, f"data_request:{asked.id}")
    assert words in text
    # The reason may name things; it is read with number and secret. Word of a deletion leads to no case.
    assert NAME not in text
    assert (case[0] in text) is not (kind == "erasure" and granted)
    db.session.expire_all()
    assert asked.answer_to is None
    assert notify.deliver(sms) == {"sent": 0, "failed": 0}


def test_a_decision_waits_for_the_morning_and_its_number_is_not_kept_for_long(
    context: Flask, case: tuple[str, str]
) -> None:
    asked, sms = _decided("erasure", True, case[0]), Sms()
    now = local(utcnow())
    context.config["QUIET_HOURS"] = f"{now:%H:%M}-{now + timedelta(hours=2):%H:%M}"
    notify.deliver(sms)
    assert sms.sent == []
    retention.run()
    db.session.expire_all()
    assert crypto.decrypt(asked.answer_to) == PHONE
    retention.run(utcnow() + timedelta(days=8))
    db.session.expire_all()
    assert asked.answer_to is None


def test_a_decision_is_said_in_the_chat_that_the_report_came_through(context: Flask) -> None:
    talk = chat.conversation_of("web:somebody", "chat", "somebody")
    done = submit.submit_request(
        RequestDraft(text="社保窗口没人", service_code="HR-001", identity="somebody", channel="chat")
    )
    _decided("erasure", True, done.request.service_request_id)
    notify.deliver(Sms())
    said = db.session.scalars(select(ChatMessage).where(ChatMessage.conversation_id == talk.id)).all()
    assert "现已删除" in said[-1].text
    assert said[-1].author == "system"


@pytest.mark.parametrize(
    "role", ["clerk", "head", "reviewer", "hotline_agent", "official", "auditor", "grid_worker"]
)
def test_others_do_not_decide(login: Login, role: str) -> None:
    assert login(role).get("/desk/data-requests").status_code == 403


def test_a_shared_computer_forgets(client: FlaskClient, case: tuple[str, str]) -> None:
    at = _open(client, case)
    client.post("/track/forget")
    assert client.get(at).status_code == 302


def test_a_caller_is_found_by_the_whole_number_and_it_is_on_record(
    app: Flask, login: Login, case: tuple[str, str]
) -> None:
    agent = login("hotline_agent")
    page = agent.post("/desk/callers", data={"phone": "0086 138 1234 5678"}).text
    assert case[0] in page
    assert PHONE not in page.replace("0086 138 1234 5678", "")
    assert "王小明" not in page
    for part in ("5678", "13812345679", "abc"):
        assert case[0] not in agent.post("/desk/callers", data={"phone": part}).text
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.lookup")).all()
        assert [entry.details["found"] for entry in entries] == [[case[0]], []]
        assert PHONE not in repr([(e.subject, e.details) for e in entries])


@pytest.mark.parametrize("role", ["clerk", "head", "official", "auditor", "admin", "grid_worker"])
def test_others_do_not_look_callers_up(login: Login, role: str) -> None:
    assert login(role).post("/desk/callers", data={"phone": PHONE}).status_code == 403


def test_notifications_are_counted_read_and_chosen(app: Flask, login: Login, case: tuple[str, str]) -> None:
    with app.app_context():
        notifications.take_up_events()
        casework.act(case[0], casework.Step(Action.SUPPLEMENT, "还是没人"), RESIDENT)
        notifications.take_up_events()
    clerk = login("clerk")
    assert "1 条未读" in clerk.get("/desk/").text
    page = clerk.get("/account/notifications").text
    (link,) = set(re.findall(r'href="(/account/notifications/\d+)"', page))
    assert login("head").get(link).status_code == 404
    assert clerk.get(link).headers["Location"] == f"/desk/requests/{case[0]}"
    assert "0 条未读" in clerk.get("/desk/").text
    wrong = clerk.post("/account/notifications/settings", data={"kinds": ["word"], "digest": "1"})
    assert wrong.status_code == 422
    assert "请填写邮箱地址" in wrong.text
    right = {"kinds": ["word", "overdue"], "digest": "1", "email": "clerk@example.org"}
    assert clerk.post("/account/notifications/settings", data=right).status_code == 302
    assert "clerk@example.org" in clerk.get("/account/notifications/settings").text
    assert clerk.post("/account/notifications/read").status_code == 302


FORM = {"step": "send", "text": "投诉人社局工作人员骂人", "consent": CURRENT.version}


def test_an_anonymous_report_sets_no_cookie_of_identity_and_gives_number_and_secret(
    app: Flask, client: FlaskClient
) -> None:
    answer = client.post("/report", data={**FORM, "draft": "d", "anonymous": "1"})
    assert answer.status_code == 302
    assert "mp_id" not in "".join(answer.headers.getlist("Set-Cookie"))
    done = client.get("/report/done").text
    number = re.search(r'id="receipt-number">(\w+)<', done)[1]  # type: ignore[index]
    secret = re.search(r'id="receipt-secret">(\w+)<', done)[1]  # type: ignore[index]
    assert client.get(f"/track/{number}").status_code == 302
    assert client.post("/track", data={"number": number, "secret": secret}).status_code == 302
    with app.app_context():
        request = casework.find(number)
        assert request.anonymous
        assert request.identity is None
        assert request.consent_version == CURRENT.version


def test_a_contradiction_comes_back_with_all_that_was_typed(client: FlaskClient) -> None:
    fields = {**FORM, "text": "路灯坏了三天", "draft": "d", "anonymous": "1", "contact_phone": PHONE}
    answer = client.post("/report", data=fields)
    assert answer.status_code == 422
    assert "匿名提交不留姓名和电话" in answer.text
    assert PHONE in answer.text
    assert "路灯坏了三天" in answer.text


def test_the_report_says_who_will_not_see_it_and_the_desk_hides_it(
    app: Flask, client: FlaskClient, login: Login
) -> None:
    second = client.post("/report", data={"text": FORM["text"], "draft": "d"}).text
    assert "看起来是投诉单位或工作人员" in second
    assert CURRENT.text[:20] in second
    client.post("/report", data={**FORM, "draft": "d"})
    with app.app_context():
        number = db.session.scalar(select(ServiceRequest.service_request_id))
    for name in ("clerk", "head"):
        browser = login(name)
        assert browser.get(f"/desk/requests/{number}").status_code == 404
        assert browser.post(f"/desk/requests/{number}/contact").status_code == 404
        assert (
            browser.post(f"/desk/requests/{number}/act", data={"action": "add_note", "note": "x"}).status_code
            == 404
        )
        assert number not in browser.get("/desk/?view=all").text
        assert f"/desk/requests/{number}" not in browser.get(f"/desk/?view=all&words={number}").text
    office = login("clerk.office").get(f"/desk/requests/{number}").text
    assert "受保护的投诉" in office
    dispatcher = login("dispatcher")
    refused = dispatcher.post(
        f"/desk/requests/{number}/act", data={"action": "transfer", "department_code": "HR", "note": "转"}
    )
    assert "不能派给被投诉的单位" in refused.text
    done = dispatcher.post(f"/desk/requests/{number}/unprotect", data={"note": "不是"})
    assert done.status_code == 302
    assert (
        login("dispatcher").post(f"/desk/requests/{number}/protect", data={"reported_code": "HR"}).status_code
        == 302
    )
    for place in (f"/requests/{number}", f"/api/v1/requests/{number}", f"/open311/v2/requests/{number}.json"):
        assert client.get(place).status_code == 404


@pytest.mark.parametrize(
    ("door", "fields"),
    [
        ("/api/v1/requests", {"text": "路灯坏了三天"}),
        ("/open311/v2/requests.json", {"description": "路灯坏了三天", "service_code": "0101"}),
    ],
)
def test_consent_is_stored_at_every_door(
    app: Flask, client: FlaskClient, door: str, fields: dict[str, str]
) -> None:
    def send(**more: str) -> int:
        if door.startswith("/api"):
            return client.post(door, json={**fields, **more}).status_code
        return client.post(door, data={**fields, **more}).status_code

    assert send() == 201
    assert send(consent_version="1999") in (400, 422)
    with app.app_context():
        request = db.session.scalars(select(ServiceRequest)).one()
        assert request.consent_version == CURRENT.version
        agreed = {"version": CURRENT.version, "sha256": CURRENT.digest}
        assert request.events[0].data["consent"] == agreed


def test_consent_on_the_phone_is_what_the_agent_ticks(app: Flask, login: Login) -> None:
    agent = login("hotline_agent")
    assert CURRENT.text[:20] in agent.get("/desk/new").text
    agent.post("/desk/new", data={"text": "路灯坏了三天", "consent": CURRENT.version, "is_public": "1"})
    agent.post("/desk/new", data={"text": "井盖丢了三天", "is_public": "1"})
    with app.app_context():
        found = db.session.scalars(select(ServiceRequest.consent_version).order_by(ServiceRequest.id)).all()
        assert list(found) == [CURRENT.version, ""]


def test_consent_of_a_review(app: Flask, client: FlaskClient) -> None:
    client.post("/api/v1/reviews", json={"service_code": "HR-001", "rating": 5})
    with app.app_context():
        assert db.session.scalar(select(Review.consent_version)) == CURRENT.version


def test_the_privacy_page_shows_the_wording_and_the_times(client: FlaskClient) -> None:
    page = client.get("/privacy").text
    assert CURRENT.text[:30] in page
    assert "180 天" in page


def test_addresses_are_salted_and_change_every_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp import extensions

    class Later(extensions.datetime):
        @classmethod
        def now(cls, tz: object = None) -> extensions.datetime:
            return extensions.datetime(2030, 1, 1, tzinfo=extensions.UTC)

    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}):
        first = extensions.visitor_address()
        assert first == extensions.visitor_address()
        monkeypatch.setattr(extensions, "datetime", Later)
        assert extensions.visitor_address() != first
    assert "203" not in first
    assert limiter._key_func is extensions.visitor_address
