"""The resident's links and the desk's pages for appeals, calls and mediation, in a real browser and without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, Town
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import (
    appeals,
    asking,
    casework,
    follow_up,
    mediations,
    rectifications,
    reviews,
    sampling,
    submit,
)
from webapp.services.actor import Actor
from webapp.services.casework import Step

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def links(app: Flask, town: Town) -> dict[str, str]:
    """A resolved case with its link and its call, a rectified review with its link, an appeal, a mediation."""
    with app.app_context():
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        numbers = []
        for text in ("社保转移窗口没人", "老板拖欠工资三个月"):
            draft = submit.RequestDraft(text=text, service_code="HR-001", contact_phone="13800001234")
            numbers.append(submit.submit_request(draft).request.service_request_id)
            casework.act(numbers[-1], Step(Action.ACCEPT), clerk)
        casework.act(numbers[0], Step(Action.RESOLVE, "已恢复窗口"), clerk)
        mediations.refer(numbers[1], mediations.Referral("people", "wages", "柳树街道调委会", "phone"), clerk)
        sampling.draw(Actor(Role.REVIEWER, town.users["reviewer"]), "7", 100)
        case = casework.find(numbers[0])
        answered = follow_up.last_answer(case)
        assert answered is not None
        mended = reviews.submit_review(reviews.ReviewDraft("HR-001", "a", 1, comment="没人理"))
        mending = rectifications.rectify(mended.review_id, "增开窗口", clerk)
        contested = reviews.submit_review(reviews.ReviewDraft("HR-001", "b", 1, comment="胡说的"))
        appeals.appeal(contested.review_id, "malicious", "没有办过件", clerk)
        waiting = reviews.submit_review(reviews.ReviewDraft("HR-001", "c", 2, comment="太慢"))
        return {
            "word": f"/f/{asking.follow_up_token(case, answered.sequence)}",
            "mended": asking.rectification_link(mending).removeprefix(app.config["PUBLIC_URL"]),
            "dispute": f"/desk/requests/{numbers[1]}", "waiting": waiting.review_id,
        }  # fmt: skip


def _sign_in(visitor: Visitor, username: str) -> Page:
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return page


@SIZES
def test_three_questions_by_link(
    visit: Visit, app: Flask, links: dict[str, str], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    page = visitor.go(links["word"])
    visitor.check()
    page.get_by_role("button", name="提交").click()
    visitor.check()
    page.get_by_text("联系过", exact=True).click()
    page.get_by_text("部分解决", exact=True).click()
    page.get_by_text("不满意", exact=True).click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已退回承办单位重新办理")).to_be_visible()
    visitor.check()
    page.get_by_text("点错了？更正").click()
    page.get_by_text("已解决", exact=True).click()
    page.get_by_role("button", name="更正").click()
    expect(page.get_by_text("将按您说的结案")).to_be_visible()
    with app.app_context():
        request = db.session.query(ServiceRequest).order_by(ServiceRequest.id).first()
        assert request is not None
        assert (request.status, request.solved, request.satisfied) == ("followed_up", "yes", 2)
    page = visitor.go(links["mended"])
    visitor.check()
    page.get_by_text("满意", exact=True).click()
    page.get_by_role("button", name="提交").click()
    visitor.check()


@SIZES
def test_a_call_from_the_list_to_the_answer(
    visit: Visit, links: dict[str, str], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    _sign_in(visitor, "reviewer")
    page = visitor.go("/desk/follow-ups")
    visitor.check()
    page.get_by_role("link", name="从第一个开始打").click()
    visitor.check()
    page.get_by_role("button", name="显示号码").click()
    expect(page.get_by_role("link", name="13800001234")).to_be_visible()
    page.get_by_text("无人接听", exact=True).click()
    expect(page.get_by_text("问题解决了吗？")).to_be_hidden()
    page.get_by_text("接通并回答", exact=True).click()
    page.get_by_text("联系过", exact=True).click()
    page.get_by_text("已解决", exact=True).click()
    page.get_by_text("满意", exact=True).click()
    page.get_by_role("button", name="登记，打下一个").click()
    expect(page.get_by_role("status")).to_contain_text("通话结果已登记")
    visitor.check()


@SIZES
def test_appeal_and_decision(visit: Visit, links: dict[str, str], viewport: dict[str, int]) -> None:
    visitor = visit(viewport=viewport)
    _sign_in(visitor, "clerk")
    page = visitor.go("/desk/reviews")
    card = page.locator(f"#{links['waiting']}")
    card.get_by_text("申诉误评或恶意评价").click()
    visitor.check()
    card.get_by_label("申诉类型").select_option("mistaken")
    card.get_by_label("理由和依据").fill("说的是隔壁窗口")
    card.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_role("status")).to_contain_text("已保存")
    judge = visit(viewport=viewport)
    _sign_in(judge, "reviewer")
    page = judge.go("/desk/appeals")
    judge.check()
    card = page.locator(f"#{links['waiting']}")
    card.get_by_label("审核意见和依据").fill("确实说的是隔壁窗口")
    card.get_by_role("button", name="成立").click()
    expect(page.get_by_role("status")).to_contain_text("已搁置")
    judge.go("/desk/appeals?view=decided")
    judge.check()


@SIZES
def test_mediation_and_rules_have_no_barrier(
    visit: Visit, links: dict[str, str], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    _sign_in(visitor, "clerk")
    page = visitor.go(links["dispute"])
    page.locator("#mediation summary").click()
    visitor.check()
    visitor.go("/desk/mediations")
    visitor.check()
    admin = visit(viewport=viewport)
    _sign_in(admin, "admin")
    admin.go("/admin/feedback")
    admin.check()
