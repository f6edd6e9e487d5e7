"""Appeals, drawn calls, mediation and the city's rules on their pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Status
from webapp.extensions import db
from webapp.models import Appeal, AuditEntry, FollowUpCall, Mediation, Review, ServiceRequest, Setting
from webapp.services import casework, reviews, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def bad(app: Flask) -> str:
    """The number of a bad review of HR."""
    with app.app_context():
        draft = reviews.ReviewDraft("HR-001", "a", 1, comment=f"没人理{ATTACK}，电话13612345678")
        return reviews.submit_review(draft).review_id


def _appeal(login: Login, bad: str, **data: str) -> int:
    form = {"action": "appeal", "ground": "malicious", "text": f"没有办过件{ATTACK}", **data}
    return login("clerk").post(f"/desk/reviews/{bad}", data=form).status_code


def test_a_department_appeals_and_a_reviewer_decides(
    app: Flask, login: Login, client: FlaskClient, bad: str
) -> None:
    assert _appeal(login, bad) == 302
    assert "申诉中" in login("clerk").get("/desk/reviews?view=appealed").text
    reviewer = login("reviewer")
    page = reviewer.get("/desk/appeals").text
    assert ATTACK not in page
    assert "13612345678" not in page
    assert f'id="{bad}"' in page
    done = reviewer.post(f"/desk/appeals/{bad}", data={"decision": "grant", "text": "核对了叫号记录"})
    assert done.status_code == 302
    with app.app_context():
        assert db.session.query(Review).one().set_aside == "appeal_granted"
        trail = [e.action for e in db.session.query(AuditEntry).filter_by(subject=bad)]
        assert trail == ["appeal.file", "appeal.grant"]
    assert "核对了叫号记录" in reviewer.get("/desk/appeals?view=decided").text
    assert "单位申诉经独立审核成立" in login("auditor").get("/insight/set-aside?service=HR-001").text
    assert "申诉 1 件：成立 1 件，驳回 0 件" in client.get("/services/HR-001").text
    assert "申诉 1 件，成立 1 件，驳回 0 件" in client.get("/method").text


@pytest.mark.parametrize(
    ("form", "status", "kept"),
    [
        ({"decision": "grant", "text": " "}, 422, ""),
        ({"decision": "", "text": "我的意见"}, 422, "我的意见"),
        ({"decision": "refuse", "text": "我的意见", "version": "99"}, 409, "我的意见"),
    ],
    ids=["no reason", "no decision", "stale"],
)
def test_a_decision_that_cannot_be_stored_comes_back(
    app: Flask, login: Login, bad: str, form: dict[str, str], status: int, kept: str
) -> None:
    _appeal(login, bad)
    answer = login("reviewer").post(f"/desk/appeals/{bad}", data=form)
    assert answer.status_code == status
    assert kept in answer.text
    with app.app_context():
        assert db.session.query(Appeal).one().granted is None


@pytest.mark.parametrize(
    ("data", "status"), [({"ground": ""}, 422), ({"text": ""}, 422), ({"version": "99"}, 409)], ids=str
)
def test_an_appeal_that_cannot_be_filed_keeps_its_words(
    app: Flask, login: Login, bad: str, data: dict[str, str], status: int
) -> None:
    form = {"action": "appeal", "ground": "mistaken", "text": "说的是隔壁", **data}
    answer = login("clerk").post(f"/desk/reviews/{bad}", data=form)
    assert answer.status_code == status
    assert form["text"] in answer.text
    with app.app_context():
        assert db.session.query(Appeal).count() == 0


def test_one_form_puts_right_and_replies(app: Flask, login: Login, bad: str) -> None:
    form = {"action": "rectify", "text": "增开窗口", "also_reply": "1"}
    assert login("clerk").post(f"/desk/reviews/{bad}", data=form).status_code == 302
    with app.app_context():
        review = db.session.query(Review).one()
        assert review.reply == "增开窗口"
        assert review.replied_at == (review.rectification and review.rectification.rectified_at)


@pytest.fixture
def case(app: Flask, town: Town) -> str:
    """The number of a resolved case of HR with a phone number."""
    with app.app_context():
        draft = submit.RequestDraft(
            text="社保转移窗口没人", service_code="HR-001", contact_name="王小明", contact_phone="13800001234"
        )
        number = submit.submit_request(draft).request.service_request_id
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(number, Step(Action.ACCEPT), clerk)
        casework.act(number, Step(Action.RESOLVE, "已恢复"), clerk)
        return number


def test_draw_look_call_record(app: Flask, login: Login, case: str) -> None:
    reviewer = login("reviewer")
    assert reviewer.post("/desk/follow-ups/draw", data={"seed": "7", "percent": "50"}).status_code == 302
    page = reviewer.get("/desk/follow-ups").text
    assert case in page
    assert "重抽一致" in page
    with app.app_context():
        path = f"/desk/follow-ups/{db.session.query(FollowUpCall).one().id}"
    assert "13800001234" not in reviewer.get(path).text
    assert "13800001234" in reviewer.post(f"{path}/number").text
    assert "13800001234" not in login("hotline_agent").post(f"{path}/number").text
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="contact.unmask", subject=case).count() == 1
    missing = reviewer.post(path, data={"outcome": "reached", "contacted": "yes", "note": "挺好的"})
    assert missing.status_code == 422
    assert "挺好的" in missing.text
    assert re.search(r'name="contacted" value="yes" checked', missing.text)
    form = {"outcome": "reached", "contacted": "yes", "solved": "partly", "satisfied": "2", "note": "还要跑"}
    assert reviewer.post(path, data=form).headers["Location"] == "/desk/follow-ups"
    with app.app_context():
        request = db.session.query(ServiceRequest).one()
        assert (request.status, request.heard_through) == (Status.REOPENED, "sample")
    assert reviewer.post(path, data=form).status_code == 409


@pytest.mark.parametrize(
    ("data", "status"), [({"percent": "x"}, 422), ({"percent": "0"}, 422), ({"seed": "x" * 41}, 422)]
)
def test_an_impossible_draw_is_refused(login: Login, case: str, data: dict[str, str], status: int) -> None:
    answer = login("reviewer").post("/desk/follow-ups/draw", data=data)
    assert answer.status_code == status
    assert "error-summary" in answer.text


def test_nothing_to_draw_from_is_said(login: Login) -> None:
    answer = login("dispatcher").post("/desk/follow-ups/draw", data={})
    assert answer.status_code == 409
    assert "没有可以抽取的诉求" in answer.text


@pytest.mark.parametrize(("user", "path"), [("clerk", "/desk/follow-ups"), ("clerk", "/desk/appeals")])
def test_the_department_sees_neither_calls_nor_the_judges_page(login: Login, user: str, path: str) -> None:
    assert login(user).get(path).status_code == 403


@pytest.fixture
def dispute(app: Flask, town: Town) -> str:
    """The number of an accepted case of HR that looks like a dispute."""
    with app.app_context():
        draft = submit.RequestDraft(text="老板拖欠我们工资三个月", service_code="HR-001")
        number = submit.submit_request(draft).request.service_request_id
        casework.act(
            number, Step(Action.ACCEPT), Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        )
        return number


def test_refer_and_record_the_outcome(app: Flask, login: Login, dispute: str) -> None:
    clerk, address = login("clerk"), f"/desk/requests/{dispute}/mediation"
    assert "像是劳资纠纷" in clerk.get(f"/desk/requests/{dispute}").text
    form = {"kind": "people", "dispute": "wages", "body": "柳树街道调委会", "note": "周一九点"}
    refused = clerk.post(address, data=form)
    assert refused.status_code == 422
    assert "先征得居民同意" in refused.text
    assert "柳树街道调委会" in refused.text
    assert "周一九点" in refused.text
    assert clerk.post(address, data={**form, "consent": "phone"}).status_code == 302
    assert dispute in login("official").get("/desk/mediations").text
    with app.app_context():
        found = db.session.query(Mediation).one().id
    missing = clerk.post(f"{address}/{found}", data={"outcome": "", "note": "付清"})
    assert missing.status_code == 422
    assert "付清" in missing.text
    ended = clerk.post(f"{address}/{found}", data={"outcome": "agreed", "note": "付清"})
    assert ended.status_code == 302
    assert "达成协议" in login("official").get("/desk/mediations?view=ended").text
    assert "调解结束" not in app.test_client().get(f"/requests/{dispute}").text


def test_the_citys_rules(app: Flask, login: Login, client: FlaskClient) -> None:
    admin = login("admin")
    fields = dict(
        re.findall(
            r'type="number" id="[\w.]+" name="([\w.]+)" value="(\d+)"', admin.get("/admin/feedback").text
        )
    )
    assert fields["rectification.reply"] == "15"
    wrong = admin.post("/admin/feedback", data={**fields, "rectification.reply": "999"})
    assert wrong.status_code == 422
    assert 'value="999"' in wrong.text
    assert admin.post("/admin/feedback", data={**fields, "rectification.reply": "12"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Setting, "rectification").value["reply"] == 12
    assert "12 个工作日内整改并回复" in client.get("/method").text


def test_a_word_on_the_phone_needs_all_three_answers(login: Login, app: Flask, case: str) -> None:
    answer = login("reviewer").post(
        f"/desk/requests/{case}/follow-up", data={"form": "follow_up", "solved": "yes", "satisfied": "5"}
    )
    assert answer.status_code == 422
    with app.app_context():
        assert db.session.query(ServiceRequest).one().status == Status.RESOLVED
