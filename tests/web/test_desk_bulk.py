"""One step on many cases: what will happen is shown first, each case by itself, and why some failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import audit, bulk, casework, events, submit
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]


@pytest.fixture
def numbers(app: Flask) -> list[str]:
    """Two cases of HR, one of HOUSING."""
    with app.app_context():
        return [
            submit.submit_request(RequestDraft(text=text, service_code=service)).request.service_request_id
            for text, service in (
                ("社保窗口没人", "HR-001"),
                ("失业金没到账", "HR-002"),
                ("维修资金怎么用", "HOUSING-001"),
            )
        ]


def _state(app: Flask, number: str) -> tuple[str, str, int]:
    with app.app_context():
        item = casework.find(number)
        return item.status, item.department.code, item.version


def _form(app: Flask, numbers: list[str], **values: str) -> dict[str, object]:
    versions = [f"{number}:{_state(app, number)[2]}" for number in numbers]
    return {"numbers": numbers, "versions": versions, **values}


def test_nothing_happens_before_it_was_shown(app: Flask, login: Login, numbers: list[str]) -> None:
    clerk, mine = login("clerk"), numbers[:2]
    before = [_state(app, number) for number in mine]
    page = clerk.post("/desk/bulk", data=_form(app, mine, kind="accept"))
    assert page.status_code == 200
    assert "确定，处理这 2 件" in page.text
    assert [_state(app, number) for number in mine] == before
    done = clerk.post("/desk/bulk", data=_form(app, mine, kind="accept", stage="do"))
    assert "2 件已完成" in done.text
    assert [_state(app, number)[0] for number in mine] == ["accepted", "accepted"]
    with app.app_context():
        assert events.broken_chains() == []
        assert audit.first_broken() is None


def test_each_reply_fills_its_own_placeholders(app: Flask, login: Login, numbers: list[str]) -> None:
    clerk, mine = login("clerk"), numbers[:2]
    shown = clerk.post(
        "/desk/bulk", data=_form(app, mine, kind="reply", stage="preview", note="{{编号}}在办")
    )
    assert all(f"{number}在办" in shown.text for number in mine)
    clerk.post("/desk/bulk", data=_form(app, mine, kind="reply", stage="do", note="{{编号}}在办"))
    with app.app_context():
        assert [casework.find(number).events[-1].note for number in mine] == [
            f"{number}在办" for number in mine
        ]


def test_dispatch_uses_the_step_that_each_status_allows(app: Flask, login: Login, numbers: list[str]) -> None:
    clerk, dispatcher = login("clerk"), login("dispatcher")
    clerk.post(f"/desk/requests/{numbers[1]}/act", data={"action": "object", "note": "不归我们"})
    form = _form(app, numbers, kind="assign", stage="do", note="职责在住建", department_code="HOUSING")
    # The third is HOUSING's already.
    assert "2 件已完成" in dispatcher.post("/desk/bulk", data=form).text
    with app.app_context():
        # 首接负责: until it accepts, it is asked.
        asked = [casework.find(number).asked_department for number in numbers[:2]]
        assert [department.code for department in asked if department] == ["HOUSING", "HOUSING"]
        assert casework.find(numbers[0]).events[-1].event_type == "transferred"
        assert casework.find(numbers[1]).events[-1].event_type == "objection_granted"


def test_one_failure_stops_no_other_and_says_why(app: Flask, login: Login, numbers: list[str]) -> None:
    clerk, mine = login("clerk"), numbers[:2]
    form = _form(app, mine, kind="accept", stage="do")
    # A colleague was faster with the first one.
    login("head").post(f"/desk/requests/{mine[0]}/act", data={"action": "add_note", "note": "我来"})
    page = clerk.post("/desk/bulk", data=form).text
    assert "1 件已完成" in page
    assert "刚被别人更新过" in page
    assert [_state(app, number)[0] for number in mine] == ["assigned", "accepted"]


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        ({"kind": "reply", "stage": "preview", "note": " "}, 422, "请写明内容"),
        ({"kind": "reply", "stage": "preview", "note": "{{编码}}"}, 422, "{{编码}}"),
        ({"kind": "reply", "stage": "do", "note": "{{编码}}"}, 422, "{{编码}}"),
        ({"kind": "fly"}, 422, "没有这一步操作"),
        (
            {"kind": "assign", "stage": "do", "note": "x", "department_code": "NONE"},
            422,
            "请选择要派往的承办单位",
        ),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    app: Flask, login: Login, numbers: list[str], values: dict[str, str], status: int, message: str
) -> None:
    before = [_state(app, number) for number in numbers]
    page = login("clerk").post("/desk/bulk", data=_form(app, numbers[:2], **values))
    assert (page.status_code, message in page.text) == (status, True)
    assert [_state(app, number) for number in numbers] == before


def test_dispatching_needs_a_known_department(app: Flask, login: Login, numbers: list[str]) -> None:
    form = _form(app, numbers, kind="assign", stage="do", note="写了理由", department_code="NONE")
    page = login("dispatcher").post("/desk/bulk", data=form)
    assert page.status_code == 422
    assert "写了理由" in page.text


def test_cases_of_others_are_left_out(app: Flask, login: Login, numbers: list[str]) -> None:
    page = login("clerk").post("/desk/bulk", data=_form(app, numbers, kind="accept", stage="do"))
    assert "2 件已完成" in page.text
    assert numbers[2] not in page.text
    assert _state(app, numbers[2])[0] == "assigned"


def test_without_the_version_that_was_seen_nothing_is_done(
    app: Flask, login: Login, numbers: list[str]
) -> None:
    page = login("clerk").post("/desk/bulk", data={"numbers": numbers[:1], "kind": "accept", "stage": "do"})
    assert "0 件已完成" in page.text
    assert _state(app, numbers[0])[0] == "assigned"


@pytest.mark.parametrize("chosen", [[], ["MP00000000"] * 2])
def test_nothing_chosen(login: Login, chosen: list[str]) -> None:
    page = login("clerk").post("/desk/bulk", data={"numbers": chosen, "kind": "accept"})
    assert page.status_code in (200, 422)
    assert "确定，处理" not in page.text


def test_too_many_at_once(
    app: Flask, login: Login, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 1)
    assert login("clerk").post("/desk/bulk", data=_form(app, numbers[:2], kind="accept")).status_code == 422


def test_officials_are_offered_no_boxes(login: Login, numbers: list[str]) -> None:
    page = login("official").get("/desk/?view=all").text
    assert numbers[0] in page
    assert 'name="numbers"' not in page
    assert 'name="numbers"' in login("clerk").get("/desk/").text


def test_all_of_the_page_without_javascript(login: Login, app: Flask, numbers: list[str]) -> None:
    page = login("clerk").get("/desk/?choose=page").text
    with app.app_context():
        count = (
            db.session.query(ServiceRequest)
            .filter_by(department_id=casework.find(numbers[0]).department_id)
            .count()
        )
    assert page.count('aria-label="勾选 MP') == page.count('" checked></td>') == count
