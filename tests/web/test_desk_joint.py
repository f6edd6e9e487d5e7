"""What other clocks ask of an office: called in, objected to, escalated; each list and the forms behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import JointTask, Objection, ServiceRequest, utcnow
from webapp.security import IDENTITY_COOKIE
from webapp.services import casework, escalation, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]


@pytest.fixture
def number(app: Flask, town: Town) -> str:
    """An accepted case of HR."""
    with app.app_context():
        draft = RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001", area_code="T1111")
        request = submit.submit_request(draft).request
        actor = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(request.service_request_id, Step(Action.ACCEPT), actor)
        return request.service_request_id


def _act(browser: FlaskClient, number: str, action: str, **form: str) -> tuple[int, str]:
    answer = browser.post(f"/desk/requests/{number}/act", data={"action": action, **form})
    return answer.status_code, answer.text


def test_from_the_call_to_the_report(app: Flask, login: Login, number: str) -> None:
    lead, called = login("clerk"), login("clerk.housing")
    assert called.get(f"/desk/requests/{number}").status_code == 404
    form = {"department_code": "HOUSING", "workdays": "2", "note": "请到现场查看管线"}
    assert _act(lead, number, "call_in", **form)[0] == 302
    queue = called.get("/desk/joint").text
    assert "请到现场查看管线" in queue
    assert f"/desk/requests/{number}" in queue
    page = called.get(f"/desk/requests/{number}").text
    offered = set(re.findall(r'name="action" value="(\w+)"', page))
    assert offered == {"report_joint"}
    assert _act(called, number, "resolve", note="我来办结")[0] == 403
    assert "还有协办单位没有反馈" in lead.get(f"/desk/requests/{number}").text
    assert _act(called, number, "report_joint", note="管线已修好")[0] == 302
    page = lead.get(f"/desk/requests/{number}").text
    assert "管线已修好" in page
    assert "按时反馈" in page
    assert "没有待反馈的协办任务" in called.get("/desk/joint").text
    assert "按时反馈" in called.get("/desk/joint?done=1").text
    public = app.test_client().get(f"/requests/{number}").text
    assert "召集协办单位：市住建局" in public
    assert "协办单位反馈" in public


def test_resolving_over_an_open_task_is_asked_about_and_nothing_typed_is_lost(
    login: Login, number: str
) -> None:
    lead = login("clerk")
    _act(lead, number, "call_in", department_code="HOUSING", workdays="2", note="请到现场查看")
    code, page = _act(lead, number, "resolve", note="窗口已经增开，写了很久")
    assert code == 422
    assert "市住建局还没有反馈协办结果" in page
    assert "窗口已经增开，写了很久" in page
    assert 'id="unanswered-resolve"' in page
    form = {"note": "窗口已经增开", "unanswered_note": "问题已不在"}
    assert _act(lead, number, "resolve", **form)[0] == 302
    assert "未等市住建局反馈：问题已不在" in lead.get(f"/desk/requests/{number}").text


def test_a_call_is_taken_back_on_the_page(app: Flask, login: Login, number: str) -> None:
    lead = login("clerk")
    _act(lead, number, "call_in", department_code="HOUSING", note="请到现场查看", workdays="1")
    assert "撤销协办" in lead.get(f"/desk/requests/{number}").text
    assert _act(lead, number, "call_off", department_code="HOUSING", note="不用了")[0] == 302
    with app.app_context():
        assert db.session.query(JointTask).one().outcome == "withdrawn"


def test_a_conflict_of_two_clerks_is_said_and_keeps_the_words(login: Login, number: str) -> None:
    lead, other = login("clerk"), login("head")
    version = re.search(r'name="version" value="(\d+)"', lead.get(f"/desk/requests/{number}").text)
    assert version
    assert _act(other, number, "pause", note="等居民补材料")[0] == 302
    code, page = _act(lead, number, "pause", note="我也想暂停", version=version.group(1))
    assert code == 409
    assert "我也想暂停" in page


def test_a_pause_shows_on_every_page(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    assert _act(clerk, number, "pause", note="请补充楼层")[0] == 302
    assert "暂停计时" in clerk.get("/desk/?view=paused").text
    assert number in clerk.get("/desk/?view=paused").text
    public = app.test_client().get(f"/requests/{number}").text
    assert "等待群众补充" in public
    assert "请补充楼层" in public
    assert app.test_client().get(f"/api/v1/requests/{number}").json["paused"] is True


@pytest.fixture
def objected(app: Flask, town: Town) -> str:
    """A case of HR that was objected to two weeks ago."""
    with app.app_context():
        at = utcnow() - timedelta(days=14)
        request = submit.submit_request(
            RequestDraft(text="反映一件事情", service_code="HR-001", category_code="010101"), at
        ).request
        step, actor = Step(Action.OBJECT, "不是本单位的事"), Actor(Role.CLERK, None, town.departments["HR"])
        casework.act(request.service_request_id, step, actor, at)
        return request.service_request_id


def test_the_list_of_objections_says_what_is_late(app: Flask, login: Login, objected: str) -> None:
    dispatcher = login("dispatcher")
    page = dispatcher.get("/desk/objections").text
    assert "审核超时" in page
    assert "不是本单位的事" in page
    assert "没有" not in re.findall(r"<h2>待审核.*?</h2>", page)[0]
    form = {"department_code": "HOUSING", "note": "改派"}
    assert _act(dispatcher, objected, "grant_objection", **form)[0] == 302
    page = dispatcher.get("/desk/objections").text
    assert "同意，另行派单（超时）" in page
    assert "没有待审核的退单" in page
    with app.app_context():
        assert db.session.query(Objection).one().outcome == "granted"


def test_heads_and_officials_see_what_was_escalated_to_them(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        request = casework.find(number)
        request.due_at = utcnow() - timedelta(days=3)
        db.session.commit()
        escalation.sweep()
    for name in ("head", "official"):
        page = login(name).get("/desk/escalations").text
        assert number in page
        assert "已超 3 天" in page
    assert login("clerk").get("/desk/escalations").status_code == 403
    public = app.test_client()
    assert "已超期" in public.get(f"/requests/{number}").text
    assert "已超期" in public.get("/requests").text
    assert public.get(f"/api/v1/requests/{number}").json["clock"] == "overdue"
    _act(login("clerk"), number, "resolve", note="已经办好")
    assert number not in login("head").get("/desk/escalations").text
    assert "超期答复" in public.get(f"/requests/{number}").text


def test_a_dispatcher_is_told_where_like_cases_went(app: Flask, login: Login, town: Town) -> None:
    with app.app_context():
        for place in range(6):
            draft = RequestDraft(text="反映一件事情", category_code="010101", area_code="T1111")
            request = submit.submit_request(draft).request
            if place < 5:
                step = Step(Action.TRANSFER, "归人社", department_code="HR")
                casework.act(request.service_request_id, step, Actor(Role.DISPATCHER))
                actor = Actor(Role.CLERK, None, town.departments["HR"])
                casework.act(request.service_request_id, Step(Action.ACCEPT), actor)
            number = request.service_request_id
    page = login("dispatcher").get(f"/desk/requests/{number}").text
    assert "市人社局 5/5 件" in page
    assert '<option value="HR" selected>' in page
    rules = login("admin").get("/admin/rules").text
    assert "有 5 件改派给了" in rules
    form = {"category_code": "010101", "area_code": "T", "department_code": "HR"}
    assert login("admin").post("/admin/rules", data=form).status_code == 302
    with app.app_context():
        request = submit.submit_request(
            RequestDraft(text="反映一件事情", category_code="010101", area_code="T1111")
        ).request
        assert request.department.code == "HR"


def test_the_rules_show_how_often_they_were_wrong(
    login: Login, objected: str, app: Flask, town: Town
) -> None:
    with app.app_context():
        draft = RequestDraft(text="反映一件事情", category_code="010101", area_code="T1111")
        request = submit.submit_request(draft).request
        actor = Actor(Role.CLERK, None, town.departments["HOUSING"])
        casework.act(request.service_request_id, Step(Action.OBJECT, "不归我们"), actor)
    page = login("dispatcher").get("/admin/rules").text
    assert re.search(r'data-label="退单">1/1', page)
    assert re.search(r'data-label="改派">0/1', page)


def test_reports_merged_into_a_case_stand_on_its_page(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        draft = RequestDraft(text="社保窗口还是没人", service_code="HR-001", merge_into=number)
        joined = submit.submit_request(draft).request.service_request_id
        assert db.session.query(ServiceRequest).filter_by(service_request_id=joined).one().status == "merged"
    page = login("clerk").get(f"/desk/requests/{number}").text
    assert "并入本件的诉求" in page
    assert joined in page
    public = app.test_client().get(f"/api/v1/requests/{joined}").json
    assert (public["status"], public["merged_into"]) == ("merged", number)
    listed = app.test_client().get(f"/open311/v2/requests/{joined}.json").json
    assert (listed[0]["status"], listed[0]["status_notes"]) == ("closed", "merged")


def test_one_click_merges_into_the_like_one(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        draft = RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001", area_code="T1111")
        later = submit.submit_request(draft).request.service_request_id
    dispatcher = login("dispatcher")
    page = dispatcher.get(f"/desk/requests/{later}").text
    note = f"与较早的 {number} 为同一问题，合并办理。"
    assert f'name="note" value="{note}"' in page
    assert _act(dispatcher, later, "merge", merge_into=number, note=note)[0] == 302
    # Not the other way round: the earlier one carries the work.
    assert "并入这一件" not in dispatcher.get(f"/desk/requests/{number}").text
    with app.app_context():
        assert casework.find(later).merged_into is casework.find(number)


def test_a_tap_is_seen_by_who_tapped_and_looking_leaves_no_cookie(app: Flask, number: str) -> None:
    visitor, other = app.test_client(), app.test_client()
    visitor.get(f"/requests/{number}")
    assert visitor.get_cookie(IDENTITY_COOKIE) is None
    assert visitor.post(f"/requests/{number}/support").status_code == 302
    page = visitor.get(f"/requests/{number}").text
    assert "您也遇到" in page
    assert "1 人也遇到" in page
    assert "您也遇到</span>" not in other.get(f"/requests/{number}").text
