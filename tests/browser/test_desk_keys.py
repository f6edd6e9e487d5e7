"""The desk by keyboard: walking the list, choosing many, canned answers, and keys that stay out of the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, Town
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.extensions import db
from webapp.models import User
from webapp.services import casework, reply_templates, submit
from webapp.services.reply_templates import TemplateDraft

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]


@pytest.fixture
def numbers(app: Flask, town: Town) -> list[str]:
    """Four cases of HR, and an answer that its clerk often gives."""
    with app.app_context():
        clerk = db.session.get(User, town.users["clerk"])
        assert clerk is not None
        reply_templates.save(TemplateDraft("已受理", "您好，{{编号}}由{{承办单位}}办理。"), clerk)
        drafts = [submit.RequestDraft(text=f"社保窗口第{n}天没人", service_code="HR-001") for n in range(4)]
        return [submit.submit_request(draft).request.service_request_id for draft in drafts]


def _at(visitor: Visitor, path: str) -> Page:
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill("clerk")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/**")
    return visitor.go(path)


def test_walking_choosing_and_accepting(visit: Visit, app: Flask, numbers: list[str]) -> None:
    visitor = visit(viewport=DESK)
    page = _at(visitor, "/desk/?view=todo&sort=oldest")
    keys = page.keyboard
    visitor.check()
    for key in ("j", "j", "k", "x", "j", "j"):
        keys.press(key)
    rows = page.locator("tr[data-row]")
    expect(rows.nth(2).get_by_role("link")).to_be_focused()
    expect(page.get_by_text("已勾选 1 件")).to_be_visible()
    # With Shift the stretch in between.
    rows.nth(2).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_text("已勾选 3 件")).to_be_visible()
    page.get_by_role("button", name="批量签收").press("Enter")
    expect(page.get_by_text("共 3 件，其中 3 件可以操作")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="确定，处理这 3 件").press("Enter")
    expect(page.get_by_text("3 件已完成")).to_be_visible()
    visitor.check()
    with app.app_context():
        assert [casework.find(n).status for n in numbers] == ["accepted"] * 3 + ["assigned"]
    visitor.go("/desk/?view=todo&status=assigned")
    keys.press("j")
    keys.press("o")
    page.wait_for_url("**/desk/requests/**")
    keys.press("a")
    expect(page.get_by_role("button", name="签收", exact=True)).to_be_focused()
    with app.app_context():
        assert casework.find(numbers[3]).status == "assigned"
    keys.press("Enter")
    expect(page.get_by_text("“签收”已完成")).to_be_visible()
    visitor.check()
    keys.press("u")
    page.wait_for_url("**/desk/")


def test_keys_stay_out_of_the_way(visit: Visit, numbers: list[str]) -> None:
    visitor = visit(viewport=DESK)
    page = _at(visitor, "/desk/?view=todo")
    keys = page.keyboard
    keys.press("/")
    search = page.get_by_label("查找")
    expect(search).to_be_focused()
    keys.type("jkx?")
    expect(search).to_have_value("jkx?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("heading", name="诉求办理").click()
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    visitor.check()
    # Off for good: WCAG 2.1.4.
    page.get_by_role("checkbox", name="使用单键快捷键").press("Space")
    page.get_by_role("button", name="关闭").press("Enter")
    page.reload()
    keys.press("j")
    expect(page.locator("tr[data-row]").first.get_by_role("link")).not_to_be_focused()
    page.get_by_role("button", name="快捷键").click()
    page.get_by_role("checkbox", name="使用单键快捷键").press("Space")
    page.get_by_role("button", name="关闭").press("Enter")
    page.get_by_role("heading", name="诉求办理").click()
    keys.press("j")
    expect(page.locator("tr[data-row]").first.get_by_role("link")).to_be_focused()


def test_a_canned_answer_by_key(visit: Visit, app: Flask, numbers: list[str]) -> None:
    visitor = visit(viewport=DESK)
    page = _at(visitor, f"/desk/requests/{numbers[0]}")
    page.keyboard.press("r")
    box = page.locator("#note-reply")
    expect(box).to_be_focused()
    page.keyboard.type("王女士，")
    page.keyboard.press("Alt+1")
    expect(box).to_have_value(f"王女士，您好，{numbers[0]}由市人社局办理。")
    page.keyboard.press("Control+z")
    expect(box).to_have_value("王女士，")
    page.get_by_role("link", name="已受理").first.click()
    expect(box).to_have_value(f"王女士，您好，{numbers[0]}由市人社局办理。")
    visitor.check()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_new_pages_hold_on_every_screen(
    visit: Visit, numbers: list[str], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    page = _at(visitor, "/desk/?view=all&words=窗口")
    page.get_by_text("保存现在的条件").click()
    page.get_by_label("把现在的条件存为").fill("窗口的事")
    page.get_by_label("作为起始页").check()
    page.get_by_role("button", name="保存筛选").click()
    expect(page.get_by_text("筛选“窗口的事”已保存")).to_be_visible()
    visitor.check()
    for path in ("/desk/templates", f"/desk/requests/{numbers[0]}", f"/desk/requests/{numbers[0]}/print"):
        visitor.go(path)
        visitor.check()
    visitor.go("/desk/")
    assert "words=" in page.url
