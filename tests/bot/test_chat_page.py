"""The chat page with the real bot behind it: a report and a rating, by keyboard and by tapping."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from tests.bot.running import RunningBot
from tests.plugin_browser import Visitor, serving
from webapp.domain import geo
from webapp.extensions import db
from webapp.models import Area, Review, ServiceRequest

pytestmark = [pytest.mark.needs_bot, pytest.mark.needs_chromium]
PATIENCE_MS = 60_000


def _say(page: Page, words: str) -> None:
    page.get_by_label("想说的话").fill(words)
    page.keyboard.press("Enter")


def test_report_by_keyboard(running_bot: RunningBot, open_browser: Callable[..., Visitor]) -> None:
    with serving(running_bot.app) as address:
        visitor = open_browser(address)
        page = visitor.go("/chat")
        _say(page, "幸福新村4号楼门口的路灯坏了三天，晚上出门害怕")
        page.get_by_role("button", name="对，提交").click(timeout=PATIENCE_MS)
        card = page.locator(".chat-card dl")
        expect(card).to_be_visible(timeout=PATIENCE_MS)
        visitor.check()
        number = re.search(r"MP\w{9}", card.inner_text())
        assert number is not None
        page.get_by_role("link", name="查进度").last.click()
        expect(page.get_by_label("编号")).to_have_value(number[0])
    with running_bot.app.app_context():
        stored = db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.service_request_id == number[0])
        ).one()
        assert "路灯坏了三天" in stored.text
        assert stored.channel == "chat"


def _point(running: RunningBot, name: str) -> dict[str, float]:
    """A point in the area of this name, as Chromium's context takes it."""
    with running.app.app_context():
        area = db.session.scalars(select(Area).where(Area.name == name)).one()
        assert area.outline is not None
        longitude, latitude = geo.centroid(area.outline)
    return {"latitude": latitude, "longitude": longitude}


def test_report_with_a_photo_and_a_position(
    running_bot: RunningBot, open_browser: Callable[..., Visitor]
) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 600), "gray").save(picture, "JPEG")
    photo = FilePayload(name="坑.jpg", mimeType="image/jpeg", buffer=picture.getvalue())
    here = _point(running_bot, "砚池社区")
    with serving(running_bot.app) as address:
        visitor = open_browser(address, geolocation=here, permissions=["geolocation"])
        page = visitor.go("/chat")
        _say(page, "路面塌了一个大坑，昨天有人摔倒")
        page.get_by_role("button", name="发送我的位置").click(timeout=PATIENCE_MS)
        page.get_by_label("具体在哪里").fill("菜场门口")
        page.get_by_role("dialog").get_by_role("button", name="发送位置").click()
        log = page.get_by_role("log")
        expect(log.get_by_text("砚池社区 菜场门口（已附定位）")).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name="更多").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="照片", exact=True).click()
        chooser.value.set_files([photo])
        page.get_by_role("button", name="发送照片").click()
        expect(log.get_by_text("照片：1 张")).to_be_visible(timeout=PATIENCE_MS)
        visitor.check()
        _say(page, "单独提交")
        card = page.locator(".chat-card dl")
        expect(card).to_be_visible(timeout=PATIENCE_MS)
        visitor.check()
        number = re.search(r"MP\w{9}", card.inner_text())
        assert number is not None
    with running_bot.app.app_context():
        stored = db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.service_request_id == number[0])
        ).one()
        assert (stored.address, round(stored.latitude or 0, 4)) == (
            "砚池社区 菜场门口",
            round(here["latitude"], 4),
        )
        assert [a.width for a in stored.attachments] == [800]


def test_rate_with_the_stars_card(running_bot: RunningBot, open_browser: Callable[..., Visitor]) -> None:
    with serving(running_bot.app) as address:
        visitor = open_browser(address)
        page = visitor.go("/chat")
        _say(page, "我要评价身份证办理")
        page.get_by_role("group", name="请选择满意程度").get_by_role(
            "button", name="不满意", exact=True
        ).click(timeout=PATIENCE_MS)
        page.get_by_label("等候久").check(timeout=PATIENCE_MS)
        visitor.check()
        page.get_by_role("button", name="选好了").click()
        expect(page.get_by_text("评价已记下")).to_be_visible(timeout=PATIENCE_MS)
        visitor.check()
    with running_bot.app.app_context():
        review = db.session.scalars(select(Review).order_by(Review.id.desc())).first()
        assert review is not None
        assert (review.rating, review.tags, review.channel) == (2, ["等候久"], "chat")
