"""The hotline's screen: suggestions while typing, joining a neighbour's case, and the same without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Category, ServiceRequest
from webapp.services import casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
LAMP = "柳树社区三号楼门口的路灯坏了一周了"
QUESTION = "请问外地户籍的孩子可以在本地读公办幼儿园吗，需要哪些条件"


def _suggest(browser: FlaskClient, **typed: str) -> dict:  # type: ignore[type-arg]
    answer = browser.post("/desk/new/suggest", data=typed)
    assert answer.status_code == 200
    return dict(answer.get_json())


def _requests(app: Flask) -> list[ServiceRequest]:
    with app.app_context():
        return list(db.session.query(ServiceRequest).order_by(ServiceRequest.id))


@pytest.fixture
def lamp(app: Flask) -> str:
    """A neighbour's open case."""
    with app.app_context():
        draft = RequestDraft(text=LAMP, area_code="T111", contact_phone="13800001111")
        return submit.submit_request(draft).request.service_request_id


def test_nothing_is_guessed_from_too_little(login: Login) -> None:
    found = _suggest(login("hotline_agent"), text="你好")
    assert (found["categories"], found["urgency"], found["similar"], found["alert"].strip()) == (
        [],
        "normal",
        [],
        "",
    )


def test_categories_come_with_their_keys(app: Flask, login: Login) -> None:
    with app.app_context():
        for code, name in (("03", "城乡建设"), ("0305", "城市设施管理"), ("030501", "公共设施")):
            db.session.add(Category(code=code, name=name, level=len(code) // 2))
        db.session.commit()
    found = _suggest(login("hotline_agent"), text=LAMP)
    assert found["categories"][0]["code"].startswith("0305")
    assert 'data-hotkey="1"' in found["panel"]
    assert "城乡建设 › 城市设施管理" in found["panel"]
    # What no category of this city is called is not offered.
    assert {c["code"] for c in found["categories"]} <= {"03", "0305", "030501"}


@pytest.mark.parametrize(
    ("text", "urgency", "number"),
    [("楼道里有很浓的煤气味，怕要爆炸", "emergency", "119"), ("有人拿刀在楼下打人", "emergency", "110"), (LAMP, "normal", None)],
    ids=["gas", "violence", "lamp"],
)  # fmt: skip
def test_danger_names_its_reason_and_the_number(
    login: Login, text: str, urgency: str, number: str | None
) -> None:
    found = _suggest(login("hotline_agent"), text=text)
    assert found["urgency"] == urgency
    assert bool(found["reasons"]) == (number is not None)
    assert (number or "") in found["alert"]
    assert bool(found["alert"].strip()) == (number is not None)


def test_place_and_neighbours(login: Login, lamp: str) -> None:
    found = _suggest(login("hotline_agent"), text="柳树社区三号楼门口路灯坏了，一周没人修")
    assert found["area"] == {"code": "T111", "name": "柳树社区", "sure": True}
    assert found["similar"] == [lamp]
    # Elsewhere it is not the same lamp.
    assert (
        _suggest(login("hotline_agent"), text="三号楼门口路灯坏了一周了", area_code="T211")["similar"] == []
    )


def test_answers_to_read_out(app: Flask, login: Login) -> None:
    with app.app_context():
        request = submit.submit_request(
            RequestDraft(text=QUESTION, area_code="T111", request_type="inquiry")
        ).request
        clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.area_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(
            request.service_request_id, Step(Action.RESOLVE, "持居住证即可报名，电话13800001234"), clerk
        )
    agent = login("hotline_agent")
    found = _suggest(agent, text="外地户籍孩子可以读公办幼儿园吗，需要什么条件")
    assert found["replies"] == [request.service_request_id]
    assert "持居住证即可报名" in found["panel"]
    assert "13800001234" not in found["panel"]
    found = _suggest(agent, text="我想问一下社保转移怎么办")
    assert found["services"][0] == "HR-001"
    assert all(
        words in found["panel"]
        for words in ("身份证", "政务大厅 3 号窗口", "工作日 9:00–17:00", "0000-12345")
    )


def test_what_callers_say_is_escaped(app: Flask, login: Login) -> None:
    attack = "<img src=x onerror=alert(1)>"
    with app.app_context():
        submit.submit_request(RequestDraft(text=f"{LAMP}{attack}", area_code="T111"))
    found = _suggest(login("hotline_agent"), text=f"{LAMP}{attack}")
    assert found["similar"]
    assert "<img" not in found["panel"] + found["alert"]


def test_suggestions_store_nothing(app: Flask, login: Login) -> None:
    _suggest(login("hotline_agent"), text=LAMP)
    assert _requests(app) == []


def test_joining_instead_of_filing(app: Flask, login: Login, lamp: str) -> None:
    page = login("hotline_agent").post(
        "/desk/new", data={"text": "我家门口路灯也坏了", "merge_into": lamp.lower()}, follow_redirects=True
    )
    first, second = _requests(app)
    assert (second.status, second.merged_into_id, second.channel) == ("merged", first.id, "hotline")
    assert first.supporters == 1
    assert f"并入</dt><dd>{lamp}" in page.text


@pytest.mark.parametrize("number", ["MP00000000", "closed"])
def test_a_case_that_cannot_be_joined_stores_nothing(
    app: Flask, login: Login, lamp: str, number: str
) -> None:
    with app.app_context():
        if number == "closed":
            number = lamp
            # Past the session: no step leads there in one go.
            closed = update(ServiceRequest).where(ServiceRequest.service_request_id == lamp)
            db.session.connection().execute(closed.values(status="closed"))
            db.session.commit()
    answer = login("hotline_agent").post("/desk/new", data={"text": "路灯也坏了", "merge_into": number})
    assert answer.status_code == 422
    assert "路灯也坏了" in answer.text
    assert len(_requests(app)) == 1


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [("emergency", "emergency"), ("urgent", "urgent"), ("", "normal"), ("normal", "normal"), ("nonsense", "normal")],
)  # fmt: skip
def test_an_agent_may_raise_the_urgency(app: Flask, login: Login, chosen: str, stored: str) -> None:
    login("hotline_agent").post("/desk/new", data={"text": LAMP, "urgency": chosen, "request_type": "help"})
    (request,) = _requests(app)
    assert (request.urgency, request.request_type) == (stored, "help")


def test_without_javascript_a_button_shows_the_suggestions(app: Flask, login: Login, lamp: str) -> None:
    page = login("hotline_agent").post("/desk/new", data={"text": LAMP, "address": "三号楼", "look": "1"})
    assert page.status_code == 200
    assert lamp in page.text
    assert re.search(r'name="address" value="三号楼"', page.text)
    assert len(_requests(app)) == 1


def test_every_field_has_a_key_of_its_own(login: Login) -> None:
    keys = re.findall(r'accesskey="(\w)"', login("hotline_agent").get("/desk/new").text)
    assert len(keys) == len(set(keys)) == 10
