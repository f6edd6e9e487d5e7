"""In a real browser: an anonymous complaint about staff, and what a resident does about what is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import submit

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]


@pytest.fixture
def case(app: Flask) -> tuple[str, str]:
    """Number and secret of a case with a phone."""
    with app.app_context():
        done = submit.submit_request(
            submit.RequestDraft(text="社保窗口一直没人", service_code="HR-001", contact_phone="13812345678")
        )
        return done.request.service_request_id, done.secret


@pytest.mark.usefixtures("case")  # the language models are loaded, then
def test_an_anonymous_complaint_about_staff(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = visitor.go("/report")
    page.get_by_label("发生了什么？").fill("昨天在社保窗口，人社局工作人员态度恶劣，还骂人")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("看起来是投诉单位或工作人员")).to_be_visible()
    page.get_by_label("匿名提交").check()
    page.get_by_label("手机号").fill("13812345678")
    visitor.check()
    page.get_by_role("button", name="提交", exact=True).click()
    # A contradiction is said, and nothing that was typed is lost.
    expect(page.get_by_role("alert")).to_contain_text("匿名提交不留姓名和电话")
    expect(page.get_by_label("手机号")).to_have_value("13812345678")
    page.get_by_label("手机号").fill("")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已收到，谢谢您")).to_be_visible()
    visitor.check()
    assert "mp_id" not in {cookie["name"] for cookie in page.context.cookies()}
    with app.app_context():
        newest = db.select(ServiceRequest).order_by(ServiceRequest.id.desc()).limit(1)
        request = db.session.scalars(newest).one()
        assert (request.identity, request.is_public, request.department.code) == (None, False, "CITY-OFFICE")


def test_what_is_stored_is_seen_and_deletion_asked_for(visit: Visit, case: tuple[str, str]) -> None:
    visitor = visit()
    page = visitor.go("/my-data")
    visitor.check()
    page.get_by_label("编号").fill(case[0])
    page.get_by_label("查询码").fill(case[1])
    page.get_by_role("button", name="查看我的信息").click()
    expect(page.get_by_text("13812345678").first).to_be_visible()
    visitor.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载全部（JSON）").click()
    assert download.value.suggested_filename == f"{case[0]}.json"
    page.get_by_label("删除我的个人信息").check()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("删除个人信息：正在处理")).to_be_visible()
    visitor.check()


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_no_staff_page_of_this_has_a_barrier(
    visit: Visit, case: tuple[str, str], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill("dispatcher")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    for path in ("data-requests", "callers", f"requests/{case[0]}"):
        visitor.go(f"/desk/{path}")
        visitor.check()
    for path in ("", "/settings"):
        visitor.go(f"/account/notifications{path}")
        visitor.check()
