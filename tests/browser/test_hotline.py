"""A call taken down by keyboard alone, and words that outlive a reload."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.extensions import db
from webapp.models import Category
from webapp.services import casework, submit

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]


@pytest.fixture
def lamp(app: Flask) -> str:
    """A neighbour's open case, in a city that knows the category of street lamps."""
    with app.app_context():
        for code, name in (("03", "城乡建设"), ("0305", "城市设施管理"), ("030501", "公共设施")):
            db.session.add(Category(code=code, name=name, level=len(code) // 2))
        db.session.commit()
        draft = submit.RequestDraft(text="柳树社区三号楼门口的路灯坏了一周了", area_code="T111")
        return submit.submit_request(draft).request.service_request_id


def _at_the_screen(visitor: Visitor) -> Page:
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill("hotline_agent")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/**")
    return visitor.go("/desk/new")


def test_a_call_by_keyboard_alone(visit: Visit, app: Flask, lamp: str) -> None:
    visitor = visit(viewport=DESK)
    page = _at_the_screen(visitor)
    keys = page.keyboard
    expect(page.get_by_label("电话")).to_be_focused()
    keys.type("13900002222")
    keys.press("Tab")
    keys.type("王女士")
    keys.press("Tab")
    keys.type("柳树社区三号楼门口路灯坏了，一周没人修")
    expect(page.get_by_role("button", name="公共设施")).to_be_visible()
    visitor.check()
    # One key each: the category, the place, the neighbour's case; the last one is thought better of.
    keys.press("Alt+1")
    keys.press("Alt+a")
    keys.press("Alt+j")
    expect(page.get_by_label("并入的编号")).to_have_value(lamp)
    keys.press("Alt+j")
    expect(page.get_by_label("并入的编号")).to_have_value("")
    keys.press("Alt+l")
    keys.type("门口")
    keys.press("Control+Enter")
    told = page.get_by_role("status").filter(has_text="已登记，请告诉来电人")
    expect(told).to_contain_text("查询码")
    visitor.check()
    with app.app_context():
        case = casework.find(told.get_by_role("link").first.inner_text())
        assert (case.category and case.category.code, case.area.code) == ("030501", "T111")
        assert (case.address, case.channel, case.merged_into_id) == ("门口", "hotline", None)
    # The next caller is on the line.
    expect(page.get_by_label("电话")).to_be_focused()
    expect(page.get_by_label("反映的内容")).to_have_value("")
    keys.press("Alt+c")
    keys.type("我家门口的路灯也坏了，就是柳树社区三号楼门口的路灯")
    expect(page.get_by_role("button", name=lamp)).to_be_visible()
    page.get_by_role("button", name=lamp).focus()
    keys.press("Enter")
    keys.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="已登记")).to_contain_text(lamp)
    with app.app_context():
        assert casework.find(lamp).supporters == 1


def test_no_word_is_lost(visit: Visit, lamp: str) -> None:
    visitor = visit(viewport=DESK)
    page = _at_the_screen(visitor)
    words = page.get_by_label("反映的内容")
    words.fill("说到一半电脑重启")
    page.reload()
    expect(words).to_have_value("说到一半电脑重启")
    # Signed out in the meantime: the words are there after signing in again.
    page.context.clear_cookies()
    with page.expect_event("load"):
        page.keyboard.press("Control+Enter")
    page = _at_the_screen(visitor)
    expect(words).to_have_value("说到一半电脑重启")
    page.keyboard.press("Alt+n")
    expect(words).to_have_value("")
    page.keyboard.press("Alt+z")
    expect(words).to_have_value("说到一半电脑重启")
    # The script that forgets the draft runs when the page has loaded.
    with page.expect_event("load"):
        page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已登记，请告诉来电人")).to_be_visible()
    page.reload()
    expect(words).to_have_value("")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_danger_is_seen_at_once(visit: Visit, viewport: dict[str, int]) -> None:
    visitor = visit(viewport=viewport)
    page = _at_the_screen(visitor)
    page.get_by_label("反映的内容").fill("楼道里有很浓的煤气味，怕要爆炸")
    expect(page.get_by_role("alert")).to_contain_text("119")
    visitor.check()
