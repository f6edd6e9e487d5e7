"""Staff in a real browser: a clerk's day from sign-in to the answer, the hotline's calls and chats, administration."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.extensions import db
from webapp.models import Conversation, Correction
from webapp.services import casework, chat, language, reviews, submit

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
PAGES = {
    "clerk": ("/desk/", "/desk/?view=overdue", "/desk/?words=没有的话", "/desk/reviews", "/desk/new", "/account/password"),
    "dispatcher": ("/desk/?view=all&channel=web", "/desk/reviews?view=all", "/admin/rules"),
    "hotline_agent": ("/desk/inbox", "/desk/inbox/1"),
    "admin": (
        "/admin/", "/admin/users", "/admin/users/new", "/admin/services", "/admin/services/HR-001", "/admin/areas/new",
        "/admin/departments/HR", "/admin/categories", "/admin/policy", "/admin/audit",
        "/admin/rules?try_category=01&try_area=T",
    ),
}  # fmt: skip


@pytest.fixture
def number(app: Flask) -> str:
    """A case of HR; beside it a bad review and a conversation that waits."""
    with app.app_context():
        draft = submit.RequestDraft(
            text="社保转移窗口一直没人，等了一上午", service_code="HR-001", contact_name="王小明",
            contact_phone="13800001234",
        )  # fmt: skip
        found = submit.submit_request(draft).request.service_request_id
        reviews.submit_review(reviews.ReviewDraft("HR-001", "v1", 1, comment="窗口态度差"))
        chat.receive(chat.conversation_of("web:a", "web", "a"), "给我转人工")
        chat.hand_over("web:a", "asked")
        return found


def _sign_in(visitor: Visitor, username: str, first: str = "/account/login") -> Page:
    page = visitor.go(first)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return page


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("user", list(PAGES))
def test_no_page_has_a_barrier(visit: Visit, user: str, viewport: dict[str, int]) -> None:
    visitor = visit(viewport=viewport)
    visitor.go("/account/login")
    visitor.check()
    _sign_in(visitor, user)
    for path in PAGES[user]:
        visitor.go(path)
        visitor.check()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_from_the_queue_to_the_answer(
    visit: Visit, app: Flask, number: str, viewport: dict[str, int]
) -> None:
    visitor = visit(viewport=viewport)
    page = _sign_in(visitor, "clerk", "/desk/?view=todo")
    expect(page.get_by_role("link", name="诉求办理")).to_have_attribute("aria-current", "page")
    page.get_by_label("查找").fill("社保转移窗口")
    page.keyboard.press("Enter")
    page.get_by_role("row", name=number).get_by_role("link").click()
    expect(page.get_by_text("等了一上午").last).to_be_visible()
    expect(page.get_by_text("13800001234")).to_have_count(0)
    visitor.check()
    page.get_by_role("button", name="签收", exact=True).click()
    expect(page.get_by_text("“签收”已完成。")).to_be_visible()
    _write(page, "回复", "已通知窗口负责人到岗")
    _write(page, "办结", "已增开两个窗口，欢迎再来")
    expect(page.get_by_text("已增开两个窗口")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="显示隐去的内容").click()
    expect(page.get_by_text("13800001234")).to_be_visible()
    visitor.check()
    with app.app_context():
        request = casework.find(number)
        assert (request.status, request.responded_at is not None) == ("resolved", True)


def _write(page: Page, step: str, words: str) -> None:
    """Open a step, try it without words, then with them."""
    part = page.locator("details.step").filter(has=page.locator("summary", has_text=step)).first
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    part.get_by_role("button").click()
    # The browser itself asks for what is needed.
    assert part.locator("textarea").evaluate("box => !box.validity.valid")
    part.locator("textarea").fill(words)
    part.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("已完成")


def test_a_category_is_found_by_typing(visit: Visit, app: Flask, number: str) -> None:
    visitor = visit(viewport=DESK)
    _sign_in(visitor, "clerk")
    page = visitor.go(f"/desk/requests/{number}")
    box = page.get_by_role("searchbox", name="输入几个字查找分类")
    box.press_sequentially("科技 服务")
    expect(page.get_by_label("改为其他分类")).to_have_value("010101")
    box.press("Enter")
    expect(page.get_by_label("改为其他分类")).to_be_focused()
    page.get_by_role("button", name="更正分类").click()
    expect(page.get_by_role("status")).to_contain_text("已完成")
    with app.app_context():
        assert db.session.query(Correction).one().corrected == "010101"


def test_a_colleague_was_faster(visit: Visit, number: str) -> None:
    slow, fast = visit(viewport=DESK), visit(viewport=DESK)
    _sign_in(slow, "clerk")
    page = slow.go(f"/desk/requests/{number}")
    _sign_in(fast, "head")
    fast.go(f"/desk/requests/{number}").get_by_role("button", name="签收", exact=True).click()
    part = page.locator("#step-object")
    part.locator("summary").click()
    part.locator("textarea").fill("这一句写了很久")
    part.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("这一句写了很久")).to_be_visible()
    slow.check()


def test_a_call_is_taken_down(visit: Visit, app: Flask) -> None:
    # As gunicorn.conf.py does: nobody's first words wait for the models.
    language.warm_up(app)
    visitor = visit(viewport=DESK)
    _sign_in(visitor, "hotline_agent")
    page = visitor.go("/desk/new")
    page.get_by_label("反映的内容").fill("石桥社区楼下路灯不亮")
    page.get_by_role("searchbox", name="输入几个字查找区域").press_sequentially("石桥社区")
    page.get_by_label("电话").fill("13900002222")
    page.get_by_role("button", name="登记", exact=True).click()
    told = page.get_by_role("status")
    expect(told).to_contain_text("已登记，请告诉来电人")
    expect(told).to_contain_text("查询码")
    visitor.check()
    with app.app_context():
        number = told.get_by_role("link").first.inner_text()
        request = casework.find(number)
        assert (request.channel, request.area.code) == ("hotline", "T211")


@pytest.mark.usefixtures("number")
def test_a_chat_is_answered_while_the_resident_writes_on(visit: Visit, app: Flask) -> None:
    visitor = visit(viewport=DESK)
    _sign_in(visitor, "hotline_agent")
    page = visitor.go("/desk/inbox")
    page.get_by_role("link", name="对话 1").click()
    page.get_by_label("回复居民").fill("您好，请讲")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("log")).to_contain_text("您好，请讲")
    page.get_by_label("回复居民").fill("写到一半")
    with app.app_context():
        chat.receive(db.session.query(Conversation).one(), "我想问社保卡")
    expect(page.get_by_role("log")).to_contain_text("我想问社保卡")
    expect(page.get_by_label("回复居民")).to_have_value("写到一半")
    visitor.check()


@pytest.mark.usefixtures("number")
def test_a_bad_review_is_put_right(visit: Visit) -> None:
    visitor = visit()
    _sign_in(visitor, "clerk")
    page = visitor.go("/desk/reviews?rating=1")
    page.get_by_role("button", name="已核实").click()
    page.locator("summary", has_text="公开回复").click()
    page.get_by_label("回复内容").fill("向您道歉，已批评教育")
    page.get_by_role("button", name="回复", exact=True).click()
    page.locator("summary", has_text="登记整改").click()
    page.get_by_label("整改措施").fill("已更换窗口人员")
    visitor.check()
    page.get_by_role("button", name="完成整改").click()
    expect(page.get_by_text("没有符合条件的评价")).to_be_visible()
    assert page.url.endswith("?rating=1")
    visitor.check()


def test_without_a_script(visit: Visit, app: Flask, number: str) -> None:
    page = _sign_in(visit(java_script_enabled=False), "clerk")
    page.get_by_role("row", name=number).get_by_role("link").click()
    page.get_by_role("button", name="签收", exact=True).click()
    with app.app_context():
        assert casework.find(number).status == "accepted"
