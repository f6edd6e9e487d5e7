"""查进度: who may open a case, what its reporter sees and says, and what the public sees of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

TEXT = "社保窗口一直没人，我叫张建国，电话13912345678，等了一上午"


@pytest.fixture
def case(app: Flask) -> tuple[str, str]:
    """Number and secret of a case at HR."""
    with app.app_context():
        done = submit.submit_request(
            RequestDraft(
                text=TEXT, service_code="HR-001", contact_phone="13800001234", address="石桥街道 8 号"
            )
        )
        return done.request.service_request_id, done.secret


def _work(app: Flask, town: Town, number: str, *steps: Step) -> None:
    with app.app_context():
        for step in steps:
            casework.act(number, step, Actor(Role.CLERK, town.users["clerk"], town.departments["HR"]))


def _open(client: FlaskClient, number: str, secret: str) -> None:
    assert client.post("/track", data={"number": number, "secret": secret}).status_code == 302


def _stored(number: str) -> ServiceRequest:
    return db.session.scalars(select(ServiceRequest).where(ServiceRequest.service_request_id == number)).one()


def test_the_secret_or_the_phone_opens_a_case(app: Flask, case: tuple[str, str]) -> None:
    number, secret = case
    for word in (secret, secret.lower(), " 1234 "):
        browser = app.test_client()
        _open(browser, number.lower(), word)
        assert TEXT in browser.get(f"/track/{number}").text


@pytest.mark.parametrize("secret", ["", "0000", "AAAAAA", "' OR 1=1"])
def test_nothing_else_does(client: FlaskClient, case: tuple[str, str], secret: str) -> None:
    answer = client.post("/track", data={"number": case[0], "secret": secret})
    assert answer.status_code == 422
    assert f'value="{case[0]}"' in answer.text
    assert client.get(f"/track/{case[0]}").status_code == 302
    assert client.post(f"/track/{case[0]}/supplement", data={"note": "x"}).status_code == 404
    assert client.post(f"/track/{case[0]}/follow-up", data={}).status_code == 404


def test_guessing_is_slowed_down_per_case(
    town_database: tuple[Path, Town], tmp_path: Path, case: tuple[str, str]
) -> None:
    # The case lives in the database of the test's own application; another one counts attempts on it.
    limited = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), "RATELIMIT_ENABLED": True})
    browser = limited.test_client()
    guess = {"number": case[0], "secret": "0000"}
    codes = [
        browser.post("/track", data=guess, environ_base={"REMOTE_ADDR": f"10.0.0.{i}"}).status_code
        for i in range(12)
    ]
    assert codes[:10] == [422] * 10
    assert codes[10:] == [429] * 2


def test_the_reporter_sees_progress_and_no_staff_names(
    app: Flask, client: FlaskClient, town: Town, case: tuple[str, str]
) -> None:
    number, secret = case
    _work(
        app,
        town,
        number,
        Step(Action.ACCEPT),
        Step(Action.ADD_NOTE, "内部商量的话"),
        Step(Action.REPLY, "已安排增开窗口"),
    )
    _open(client, number, secret)
    page = client.get(f"/track/{number}").text
    assert "承办单位签收" in page
    assert "已安排增开窗口" in page
    assert "市人社局" in page
    assert "测试" not in page
    assert "内部商量的话" not in page
    assert secret not in page


def test_solved_closes_and_not_solved_reopens(
    app: Flask, client: FlaskClient, town: Town, case: tuple[str, str]
) -> None:
    number, secret = case
    _work(app, town, number, Step(Action.ACCEPT), Step(Action.RESOLVE, "已增开窗口"))
    _open(client, number, secret)
    assert "问题解决了吗？" in client.get(f"/track/{number}").text
    client.post(
        f"/track/{number}/follow-up",
        data={"contacted": "yes", "solved": "no", "satisfied": "2", "note": "还是没人"},
    )
    with app.app_context():
        assert (_stored(number).status, _stored(number).reopened_count) == ("reopened", 1)
    _work(app, town, number, Step(Action.RESOLVE, "这次真的开了"))
    client.post(f"/track/{number}/follow-up", data={"contacted": "yes", "solved": "yes", "satisfied": "5"})
    with app.app_context():
        request = _stored(number)
        assert (request.status, request.solved, request.satisfied) == ("closed", "yes", 5)
    page = client.get(f"/track/{number}").text
    assert "问题解决了吗？" not in page
    assert "联系过、未解决、不满意" in page
    # Said once, by the one who said it; what the system did about it is nobody's deed.
    assert page.count("还是没人") == 1
    assert "重新办理</strong></p>" in page
    assert "结案</strong></p>" in page
    client.post(f"/track/{number}/reopen", data={"note": "第二天又没人了"})
    with app.app_context():
        assert _stored(number).status == "reopened"


@pytest.mark.parametrize("missing", ["contacted", "solved", "satisfied"])
def test_an_incomplete_follow_up_comes_back_with_what_was_chosen(
    app: Flask, client: FlaskClient, town: Town, case: tuple[str, str], missing: str
) -> None:
    number, secret = case
    _work(app, town, number, Step(Action.ACCEPT), Step(Action.RESOLVE, "已增开窗口"))
    _open(client, number, secret)
    data = {"contacted": "no", "solved": "partly", "satisfied": "3", "note": "想说的"}
    del data[missing]
    answer = client.post(f"/track/{number}/follow-up", data=data)
    assert answer.status_code == 422
    assert f'id="{missing}-error"' in answer.text
    assert "想说的" in answer.text
    assert answer.text.count(" checked") == 2
    with app.app_context():
        assert _stored(number).status == "resolved"


def test_a_follow_up_with_too_many_words_loses_none_of_them(
    app: Flask, client: FlaskClient, town: Town, case: tuple[str, str]
) -> None:
    number, secret = case
    _work(app, town, number, Step(Action.ACCEPT), Step(Action.RESOLVE, "已增开窗口"))
    _open(client, number, secret)
    words = "想说的" * 700 + "最后一句"
    data = {"contacted": "yes", "solved": "yes", "satisfied": "5", "note": words}
    answer = client.post(f"/track/{number}/follow-up", data=data)
    assert answer.status_code == 422
    assert 'id="follow-up-note-error"' in answer.text
    assert words in answer.text
    with app.app_context():
        assert _stored(number).status == "resolved"


def test_a_supplement_reaches_the_timeline_and_an_empty_one_is_refused(
    client: FlaskClient, case: tuple[str, str]
) -> None:
    number, secret = case
    _open(client, number, secret)
    assert client.post(f"/track/{number}/supplement", data={"note": " "}).status_code == 422
    client.post(f"/track/{number}/supplement", data={"note": "今天下午也没人"})
    assert "今天下午也没人" in client.get(f"/track/{number}").text


def test_a_shared_computer_can_forget(client: FlaskClient, case: tuple[str, str]) -> None:
    _open(client, *case)
    client.post("/track/forget")
    assert client.get(f"/track/{case[0]}").status_code == 302


def test_the_public_sees_the_trouble_but_not_the_person(
    app: Flask, client: FlaskClient, town: Town, case: tuple[str, str]
) -> None:
    number, _secret = case
    _work(app, town, number, Step(Action.ACCEPT), Step(Action.REPLY, "已致电13912345678说明"))
    for page in (client.get("/requests").text, client.get(f"/requests/{number}").text):
        assert "社保窗口一直没人" in page
        assert "13912345678" not in page
        assert "13800001234" not in page
        assert "张建国" not in page
    assert "石桥街道 8 号" not in client.get(f"/requests/{number}").text


def test_a_private_request_is_nowhere(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        number = submit.submit_request(
            RequestDraft(text="不想公开的一件事情", is_public=False)
        ).request.service_request_id
    assert client.get(f"/requests/{number}").status_code == 404
    assert client.post(f"/requests/{number}/support").status_code == 404
    assert "不想公开的一件事情" not in client.get("/requests").text


def test_support_counts_each_browser_once(app: Flask, case: tuple[str, str]) -> None:
    for _ in range(2):
        browser = app.test_client()
        for _ in range(3):
            browser.post(f"/requests/{case[0]}/support")
    with app.app_context():
        assert _stored(case[0]).supporters == 2


def test_the_public_list_filters_and_turns_pages(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        for number in range(23):
            submit.submit_request(
                RequestDraft(text=f"第{number:02d}处井盖松动", area_code="T111" if number % 2 else "T211")
            )
    page = client.get("/requests").text
    assert "第 1 页，共 2 页（23 条）" in page
    assert "/requests?page=2" in page
    east = client.get("/requests?area=T1&page=1").text
    assert "第21处" in east
    assert "第22处" not in east
    assert client.get("/requests?status=closed").text.count("处井盖松动") == 0
    assert client.get("/requests?page=abc&status=nonsense&area=none").status_code == 200


def test_no_browser_keeps_what_only_the_reporter_may_see(client: FlaskClient) -> None:
    made = client.post("/api/v1/requests", json={"text": "路灯坏了三天"}).json
    assert "Cache-Control" not in client.get("/track").headers
    client.post("/track", data={"number": made["service_request_id"], "secret": made["secret"]})
    for path in (f"/track/{made['service_request_id']}", "/track"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
