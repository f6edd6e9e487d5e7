"""The desk: who sees what, every step through the page, and what happens when a step is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.models import AuditEntry, Correction, ServiceRequest, User
from webapp.services import submit
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def number(app: Flask) -> str:
    """A case assigned to HR."""
    with app.app_context():
        draft = RequestDraft(
            text="社保窗口一直没人，等了一上午", service_code="HR-001", contact_phone="13800001111",
            contact_name="王小明", identity="x",
        )  # fmt: skip
        return submit.submit_request(draft).request.service_request_id


def _act(browser: FlaskClient, number: str, action: str, **values: str) -> int:
    return browser.post(f"/desk/requests/{number}/act", data={"action": action, **values}).status_code


def _status(app: Flask, number: str) -> str:
    with app.app_context():
        return db.session.query(ServiceRequest).filter_by(service_request_id=number).one().status


def test_accept_reply_resolve_and_phone_follow_up(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    assert number in clerk.get("/desk/").text
    assert _act(clerk, number, "accept") == 302
    assert _act(clerk, number, "reply", note="正在核实") == 302
    assert _act(clerk, number, "resolve", note="已增开窗口") == 302
    assert _status(app, number) == "resolved"
    answer = login("reviewer").post(
        f"/desk/requests/{number}/follow-up", data={"contacted": "1", "solved": "yes", "satisfied": "5"}
    )
    assert answer.status_code == 302
    assert _status(app, number) == "closed"


@pytest.mark.parametrize(
    ("user", "action", "values", "expected"),
    [
        ("clerk", "object", {"note": ""}, 422),
        ("clerk", "object", {"note": "不属本单位职责"}, 302),
        ("clerk", "resolve", {"note": "x"}, 409),
        ("clerk", "supervise", {"note": "x"}, 403),
        ("clerk", "fly", {}, 422),
        ("dispatcher", "transfer", {"note": "属住建", "department_code": "HOUSING"}, 302),
        ("dispatcher", "transfer", {"note": "属住建", "department_code": "NONE"}, 422),
        ("official", "supervise", {"note": "请三日内答复"}, 302),
        ("clerk.housing", "accept", {}, 404),
    ],
    ids=lambda value: str(value)[:24],
)
def test_steps(
    login: Login, number: str, user: str, action: str, values: dict[str, str], expected: int
) -> None:
    assert _act(login(user), number, action, **values) == expected


def test_a_refused_step_keeps_what_was_typed(login: Login, number: str) -> None:
    answer = login("clerk").post(
        f"/desk/requests/{number}/act", data={"action": "add_note", "note": "写了半天的话", "version": "1"}
    )
    assert answer.status_code == 409
    assert "写了半天的话" in answer.text


def test_what_was_typed_stays_when_the_step_is_gone(login: Login, number: str) -> None:
    clerk = login("clerk")
    assert _act(clerk, number, "accept") == 302
    assert _act(clerk, number, "resolve", note="已经办好") == 302
    # A colleague's page still offered this step.
    late = clerk.post(f"/desk/requests/{number}/act", data={"action": "resolve", "note": "我也写了很多"})
    assert late.status_code == 409
    assert "我也写了很多" in late.text


def test_two_clerks_at_once(app: Flask, login: Login, number: str) -> None:
    first, second = login("clerk"), login("head")
    seen = re.search(r'name="version" value="(\d+)"', second.get(f"/desk/requests/{number}").text)
    assert seen
    assert _act(first, number, "accept") == 302
    assert _act(second, number, "object", note="不归我们管", version=seen.group(1)) == 409
    assert _status(app, number) == "accepted"


def test_a_follow_up_without_an_answer_keeps_the_words(login: Login, number: str) -> None:
    clerk, reviewer = login("clerk"), login("reviewer")
    _act(clerk, number, "accept")
    _act(clerk, number, "resolve", note="已办")
    answer = reviewer.post(
        f"/desk/requests/{number}/follow-up", data={"form": "follow_up", "note": "他说还行", "satisfied": "4"}
    )
    assert answer.status_code == 422
    assert re.search(r'<details class="step" open>\s*<summary>登记回访', answer.text)
    assert "他说还行" in answer.text


def test_correcting_the_category_is_kept_as_training_data(app: Flask, login: Login, number: str) -> None:
    assert _act(login("clerk"), number, "correct_category", category_code="010101") == 302
    with app.app_context():
        correction = db.session.query(Correction).one()
        assert correction.corrected == "010101"


def test_words_are_masked_until_asked_for(app: Flask, login: Login) -> None:
    with app.app_context():
        draft = RequestDraft(text="打我电话13612345678，窗口没人", service_code="HR-001")
        number = submit.submit_request(draft).request.service_request_id
    clerk = login("clerk")
    assert "13612345678" not in clerk.get(f"/desk/requests/{number}").text
    assert "13612345678" not in clerk.get("/desk/").text
    assert "13612345678" in clerk.post(f"/desk/requests/{number}/contact").text


def test_contact_is_masked_and_each_look_is_recorded(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    page = clerk.get(f"/desk/requests/{number}").text
    assert "13800001111" not in page
    assert "王小明" not in page
    assert "1111" in page
    assert "13800001111" in clerk.post(f"/desk/requests/{number}/contact").text
    with app.app_context():
        assert [e.subject for e in db.session.query(AuditEntry).filter_by(action="contact.unmask")] == [
            number
        ]


def test_other_departments_do_not_see_it(login: Login, number: str) -> None:
    other = login("clerk.housing")
    assert number not in other.get("/desk/?view=all").text
    assert other.get(f"/desk/requests/{number}").status_code == 404
    assert other.post(f"/desk/requests/{number}/contact").status_code == 404


def test_scripts_are_shown_as_words(app: Flask, login: Login) -> None:
    with app.app_context():
        draft = RequestDraft(
            text=f"路灯坏了{ATTACK}", address=ATTACK, contact_name=ATTACK, service_code="HR-001"
        )
        number = submit.submit_request(draft).request.service_request_id
    clerk = login("clerk")
    _act(clerk, number, "add_note", note=ATTACK)
    for page in (clerk.get(f"/desk/requests/{number}").text, clerk.get(f"/desk/?words={ATTACK}").text):
        assert "<script>alert" not in page
        assert not re.search(r"<img[^>]+onerror", page)


def test_a_call_is_taken_down(app: Flask, login: Login) -> None:
    agent = login("hotline_agent")
    refused = agent.post("/desk/new", data={"text": "", "address": "柳树街道"})
    assert refused.status_code == 422
    assert "柳树街道" in refused.text
    done = agent.post(
        "/desk/new", data={"text": "楼上漏水", "contact_phone": "13900002222"}, follow_redirects=True
    )
    with app.app_context():
        request = db.session.query(ServiceRequest).one()
        taken = db.session.query(AuditEntry).filter_by(action="request.take_down").one()
        assert request.channel == "hotline"
        assert (taken.subject, taken.details) == (request.service_request_id, {"channel": "hotline"})
        secret = re.search(r"查询码</dt><dd class=\"number\">(\w+)", done.text)
        assert secret
        assert submit.open_case(request.service_request_id, secret.group(1)).id == request.id
    # The secret is told once.
    assert secret.group(1) not in agent.get("/desk/new").text


def test_a_grid_worker_reports_what_they_saw(app: Flask, login: Login) -> None:
    browser = login("grid_worker")
    assert "上报问题" in browser.get("/desk/").text
    assert browser.post("/desk/new", data={"text": "井盖松动"}).status_code == 302
    with app.app_context():
        request = db.session.query(ServiceRequest).one()
        worker = db.session.query(User).filter_by(username="grid_worker").one()
        assert (request.channel, request.area_id) == ("grid", worker.area_id)


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        ({"text": "柳树社区的井盖松动"}, "柳树社区"),
        ({"text": "井盖松动", "address": "石桥街道粮站旁"}, "石桥街道"),
        ({"text": "柳树社区的井盖松动", "area_code": "T21"}, "石桥街道"),
        ({"text": "井盖松动"}, "小城市"),
    ],
    ids=["in the words", "in the address", "chosen", "nowhere"],
)
def test_a_call_lies_where_the_caller_says(
    app: Flask, login: Login, typed: dict[str, str], area: str
) -> None:
    page = login("hotline_agent").post("/desk/new", data=typed, follow_redirects=True)
    with app.app_context():
        assert db.session.query(ServiceRequest).one().area.name == area
    assert f"地点</dt><dd>{area}" in page.text


def test_the_same_matter_at_another_department_is_named_but_no_dead_link(
    app: Flask, login: Login, number: str
) -> None:
    with app.app_context():
        other, own = (
            submit.submit_request(RequestDraft(text="社保窗口一直没人，等了一上午", service_code=code))
            for code in ("HOUSING-001", "HR-001")
        )
        other_number, own_number = other.request.service_request_id, own.request.service_request_id
    clerk = login("clerk")
    page = clerk.get(f"/desk/requests/{number}").text
    assert other_number in page
    assert f"/desk/requests/{other_number}" not in page
    assert f"/desk/requests/{own_number}" in page
    assert clerk.get(f"/desk/requests/{own_number}").status_code == 200
    assert f"/desk/requests/{other_number}" in login("dispatcher").get(f"/desk/requests/{number}").text
