"""Pictures and positions on the chat page, a lost network, a person who takes over: what a resident and a clerk see."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from tests.factories import PASSWORD, Town
from tests.plugin_browser import DESK, Visitor
from webapp.extensions import db
from webapp.models import Area, Attachment, ChatMessage, Conversation
from webapp.services import chat

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
HERE = {"latitude": 28.05, "longitude": 113.05}
LOCATED = {"geolocation": HERE, "permissions": ["geolocation"]}


def _photo(colour: str = "red") -> FilePayload:
    out = BytesIO()
    Image.new("RGB", (2400, 1800), colour).save(out, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": out.getvalue()}


@pytest.fixture
def outlines(app: Flask, town: Town) -> None:
    """The east of the town on the map, around HERE."""
    corners = [[113.0, 28.0], [113.1, 28.0], [113.1, 28.1], [113.0, 28.1], [113.0, 28.0]]
    with app.app_context():
        for code in ("T", "T1", "T11", "T111"):
            area = db.session.get_one(Area, town.areas[code])
            area.outline = {"type": "Polygon", "coordinates": [corners]}
        db.session.commit()


def _choose(page: Page, *colours: str) -> None:
    page.get_by_role("button", name="更多").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="照片", exact=True).click()
    chooser.value.set_files([_photo(colour) for colour in colours])


def _stored(app: Flask) -> list[tuple[str, bool]]:
    """Author of each bubble and whether it is a photo."""
    with app.app_context():
        messages = db.session.scalars(select(ChatMessage).order_by(ChatMessage.id))
        return [(m.author, "photo" in m.payload) for m in messages]


def test_photos_are_looked_at_sent_small_and_seen_in_full(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = visitor.go("/chat")
    _choose(page, "red", "green")
    dialog = page.get_by_role("dialog", name="发送这些照片")
    expect(dialog.get_by_role("img")).to_have_count(2)
    visitor.check()
    dialog.get_by_role("button", name="发送照片").click()
    log = page.get_by_role("log")
    expect(log.get_by_text("您的话已经收到并保存")).to_have_count(2)
    visitor.check()
    page.reload()
    photos = log.get_by_role("link", name="我发的照片")
    expect(photos).to_have_count(2)
    photos.first.press("Enter")
    expect(page.get_by_role("dialog", name="大图").get_by_role("img")).to_be_visible()
    visitor.check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with app.app_context():
        sizes = [(a.width, a.height) for a in db.session.scalars(select(Attachment))]
    assert sizes == [(1600, 1200)] * 2


def test_photos_survive_a_lost_network_and_a_reload_and_are_sent_once(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    log = page.get_by_role("log")
    expect(log.get_by_text("您好，我是民评智能助手")).to_be_visible()
    # The page can be loaded, but nothing can be sent.
    page.route("**/api/v1/chat/photos", lambda route: route.abort())
    _choose(page, "red")
    page.get_by_role("button", name="发送照片").click()
    expect(log.get_by_text("没有发出去")).to_be_visible()
    page.reload()
    expect(log.get_by_role("link", name="我发的照片")).to_be_visible()
    expect(log.get_by_text("没有发出去")).to_be_visible()
    assert _stored(app) == []
    page.unroute("**/api/v1/chat/photos")
    log.get_by_role("button", name="现在重发").click()
    expect(log.get_by_text("您的话已经收到并保存")).to_be_visible()
    expect(log.get_by_text("没有发出去")).to_have_count(0)
    page.reload()
    expect(log.get_by_role("link", name="我发的照片")).to_have_count(1)
    assert _stored(app) == [("resident", True), ("system", False)]


def test_an_answer_that_is_lost_on_its_way_does_not_send_twice(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    lost: list[str] = []

    def lose_first(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
            return
        route.fetch()  # type: ignore[attr-defined]
        lost.append("answer")
        route.abort()  # type: ignore[attr-defined]

    page.route("**/api/v1/chat/photos", lose_first)
    _choose(page, "red")
    page.get_by_role("button", name="发送照片").click()
    log = page.get_by_role("log")
    log.get_by_role("button", name="现在重发").click()
    expect(log.get_by_text("没有发出去")).to_have_count(0)
    expect(log.get_by_text("您的话已经收到并保存")).to_have_count(1)
    expect(log.get_by_role("link", name="我发的照片")).to_have_count(1)
    assert _stored(app) == [("resident", True), ("system", False)]


def test_what_is_no_photo_is_told_and_costs_nothing(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    page.get_by_role("button", name="更多").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="照片", exact=True).click()
    chooser.value.set_files([{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
    expect(page.get_by_text("在浏览器里打不开")).to_be_visible()
    page.get_by_role("button", name="发送照片").click()
    expect(page.get_by_text("这个文件不是可以识别的照片")).to_be_visible()
    page.get_by_label("想说的话").fill("照片发不了")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    assert _stored(app) == [("resident", False), ("system", False)]


@pytest.mark.usefixtures("outlines")
def test_a_position_is_shown_completed_and_sent(visit: Visit, app: Flask) -> None:
    visitor = visit(**LOCATED)
    page = visitor.go("/chat")
    page.get_by_role("button", name="更多").press("Enter")
    expect(page.get_by_role("button", name="照片", exact=True)).to_be_focused()
    visitor.check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="更多")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="位置", exact=True).press("Enter")
    dialog = page.get_by_role("dialog", name="发送位置")
    expect(dialog.get_by_text("您在这一带：东门区 柳树街道 柳树社区")).to_be_visible()
    expect(dialog.get_by_role("img")).to_be_visible()
    visitor.check()
    dialog.get_by_label("具体在哪里").fill("3 号楼门口")
    page.keyboard.press("Enter")
    log = page.get_by_role("log")
    expect(log.get_by_text("您的话已经收到并保存")).to_be_visible()
    page.reload()
    expect(log.get_by_text("柳树社区 3 号楼门口")).to_be_visible()
    expect(log.get_by_role("img", name="地图：东门区 柳树街道 柳树社区")).to_be_visible()
    visitor.check()
    with app.app_context():
        sent = db.session.scalars(select(ChatMessage).where(ChatMessage.author == "resident")).one()
        assert sent.payload["position"]["latitude"] == HERE["latitude"]


def test_where_no_position_is_found_the_address_is_sent_as_words(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="位置", exact=True).click()
    dialog = page.get_by_role("dialog", name="发送位置")
    expect(dialog.get_by_text("没能取得位置")).to_be_visible()
    dialog.get_by_label("具体在哪里").fill("柳树街道 3 号")
    dialog.get_by_role("button", name="发送位置").click()
    expect(page.get_by_role("log").get_by_text("柳树街道 3 号")).to_be_visible()
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    with app.app_context():
        sent = db.session.scalars(select(ChatMessage).where(ChatMessage.author == "resident")).one()
        assert (sent.text, sent.payload) == ("柳树街道 3 号", {})


@pytest.mark.usefixtures("outlines")
def test_a_clerk_takes_over_and_both_see_each_other_live(visit: Visit, app: Flask) -> None:
    resident = visit(**LOCATED)
    page = resident.go("/chat")
    page.get_by_label("想说的话").fill("楼道灯坏了")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    clerk = visit(viewport=DESK)
    desk = clerk.go("/account/login")
    desk.get_by_label("用户名").fill("hotline_agent")
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("button", name="登录").click()
    with app.app_context():
        number = db.session.scalars(select(Conversation)).one().id
    clerk.go(f"/desk/inbox/{number}")
    desk.get_by_role("button", name="我来接待").click()
    expect(page.get_by_text("工作人员已接入")).to_be_visible()
    expect(page.get_by_text("工作人员正在为您服务")).to_be_visible()
    expect(desk.get_by_role("button", name="我来接待")).to_be_hidden()
    desk.get_by_label("回复居民").press_sequentially("您好")
    expect(page.get_by_text("工作人员正在输入")).to_be_visible()
    resident.check()
    desk.keyboard.press("Enter")
    log = page.get_by_role("log")
    expect(log.get_by_text("您好", exact=True)).to_be_visible()
    expect(page.get_by_text("工作人员正在输入")).to_have_count(0)
    _choose(page, "red")
    page.get_by_role("button", name="发送照片").click()
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="位置", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="发送位置").click()
    messages = desk.get_by_role("log")
    expect(messages.get_by_role("img", name="居民发来的照片")).to_be_visible()
    expect(messages.get_by_text("东门区 柳树街道 柳树社区（28.05000, 113.05000）")).to_be_visible()
    clerk.check()
    desk.get_by_role("button", name="结束人工").click()
    expect(page.get_by_text("人工服务已结束")).to_be_visible()
    expect(page.get_by_text("机器人先答")).to_be_visible()
    resident.check()


def test_a_promised_person_is_not_said_to_be_there(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    page.get_by_label("想说的话").fill("转人工")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    with app.app_context():
        chat.hand_over(db.session.scalars(select(Conversation)).one().sender, "asked")
    page.reload()
    expect(page.locator(".chat-hint")).to_have_text("已转人工，工作人员会在这里回复您")


def test_the_inbox_fills_by_itself(visit: Visit, app: Flask) -> None:
    clerk = visit(viewport=DESK)
    desk = clerk.go("/account/login?next=/desk/inbox")
    desk.get_by_label("用户名").fill("hotline_agent")
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("button", name="登录").click()
    expect(desk.get_by_text("没有等待人工的对话")).to_be_visible()
    with app.app_context():
        chat.receive(chat.conversation_of("web:new", "chat", "new"), "有人在吗")
    expect(desk.get_by_text("有人在吗")).to_be_visible()
    clerk.check()
