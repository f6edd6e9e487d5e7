"""Residents' journeys in a real browser: report, follow, have the last word; rate; find and read."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.factories import Town
from tests.plugin_browser import DESK, Visitor
from tests.plugin_stories import After
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Area
from webapp.services import casework, reviews, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
PATHS = (
    "/", "/report", "/rate", "/rate?q=社保", "/rate/HR-001", "/rate/mine", "/track", "/services", "/services/HR-001",
    "/services/HR-001/qr", "/requests", "/method", "/privacy", "/chat", "/nowhere",
)  # fmt: skip


def _words(_town: Town) -> None:
    """A few reviews and a request, so that lists are not empty."""
    for number in range(6):
        reviews.submit_review(
            reviews.ReviewDraft("HR-001", f"v{number}", 5 - number % 4, comment="等候时间有点长")
        )
    submit.submit_request(
        submit.RequestDraft(text="柳树社区门口的路灯三天不亮，晚上看不见路", area_code="T111")
    )


@pytest.fixture(autouse=True)
def some_words(after: After) -> None:
    after(_words)


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_a_barrier(visit: Visit, path: str) -> None:
    visitor = visit()
    visitor.go(path)
    visitor.check()


@pytest.mark.parametrize("path", ["/", "/services", "/services/HR-001"])
def test_nor_in_large_text_english_on_a_desk(visit: Visit, path: str) -> None:
    visitor = visit(viewport=DESK, locale="en-GB")
    page = visitor.go(path)
    page.get_by_role("list").locator("a[href*='text=large']").click()
    assert "large-text" in (page.locator("html").get_attribute("class") or "")
    visitor.check()


def _photo() -> FilePayload:
    out = BytesIO()
    Image.new("RGB", (60, 40), "orange").save(out, "PNG")
    return {"name": "light.png", "mimeType": "image/png", "buffer": out.getvalue()}


def _report(visitor: Visitor) -> str:
    page = visitor.go("/report")
    page.get_by_label("发生了什么？").fill("西门这边垃圾站满了好几天没人收，味道很大")
    page.get_by_label("区县", exact=True).select_option(label="西门区")
    page.get_by_label("街道", exact=True).select_option(label="石桥街道")
    page.get_by_label("社区", exact=True).select_option(label="石桥社区")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    expect(page.get_by_text("西门区 石桥街道 石桥社区")).to_be_visible()
    page.locator("#photos").set_input_files([_photo()])
    expect(page.get_by_alt_text("待上传的照片 1")).to_be_visible()
    page.get_by_label("手机号").fill("13800001234")
    visitor.check()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已收到")).to_be_visible()
    visitor.check()
    return page.locator("#receipt-number").inner_text()


def _big_photo() -> FilePayload:
    """As heavy as a phone's: noise does not compress."""
    out = BytesIO()
    Image.effect_noise((3200, 2400), 90).save(out, "JPEG", quality=98)
    return {"name": "big.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_heavy_photos_and_a_wrong_phone_lose_nothing(visit: Visit, app: Flask) -> None:
    """Four photos of a phone weigh more than the server takes, and a form that comes back has no files any more."""
    visitor = visit()
    page = visitor.go("/report")
    page.get_by_label("发生了什么？").fill("桥头的栏杆断了一截，晚上看不见")
    page.get_by_role("button", name="下一步").click()
    photo = _big_photo()
    assert len(photo["buffer"]) > 3_000_000
    page.locator("#photos").set_input_files([photo, _photo()])
    page.get_by_label("手机号").fill("123")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    expect(page.get_by_alt_text("待上传的照片 2")).to_be_visible()
    sizes = page.locator("#photos").evaluate("input => [...input.files].map(file => file.size)")
    assert sizes[0] < len(photo["buffer"]) / 2
    page.get_by_label("手机号").fill("13800001234")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已收到")).to_be_visible()
    with app.app_context():
        stored = casework.find(page.locator("#receipt-number").inner_text())
        assert [max(a.width, a.height) for a in stored.attachments] == [1600, 60]


def _resolve(app: Flask, town: Town, number: str, answer: str) -> None:
    with app.app_context():
        request = casework.find(number)
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        if request.status == "assigned":
            casework.act(number, Step(Action.ACCEPT), clerk)
        casework.act(number, Step(Action.RESOLVE, answer), clerk)


def test_report_track_and_have_the_last_word(visit: Visit, app: Flask, town: Town) -> None:
    visitor = visit()
    number = _report(visitor)
    secret = visitor.page.locator("#receipt-secret").inner_text()
    _resolve(app, town, number, "已清运并加密频次")

    neighbour = visit()
    page = neighbour.go("/track")
    page.get_by_label("编号").fill(number)
    page.get_by_label("查询码").fill(secret)
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("已清运并加密频次")).to_be_visible()
    assert secret not in page.url
    neighbour.check()
    page.get_by_label("没有联系").check()
    page.get_by_label("未解决").check()
    page.get_by_role("group", name="对办理过程和结果满意吗").get_by_role("radio", name="非常不满意").check()
    page.get_by_label("还想说什么").fill("昨天又满了")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("已退回承办单位重新办理")).to_be_visible()

    _resolve(app, town, number, "换了更大的箱子")
    page.reload()
    page.get_by_label("联系过", exact=True).check()
    page.get_by_label("已解决").check()
    page.get_by_role("group", name="对办理过程和结果满意吗").get_by_role(
        "radio", name="满意", exact=True
    ).check()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("这件诉求已结案")).to_be_visible()
    neighbour.check()
    with app.app_context():
        request = casework.find(number)
        assert (request.status, request.solved, request.satisfied, request.reopened_count) == (
            "closed",
            "yes",
            4,
            1,
        )
        assert len(request.attachments) == 1


def test_a_position_chooses_the_community(visit: Visit, app: Flask) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
    with app.app_context():
        for code in ("T", "T1", "T11", "T111"):
            db.session.query(Area).filter_by(code=code).one().outline = square
        db.session.commit()
    visitor = visit(geolocation={"latitude": 1.0, "longitude": 1.0}, permissions=["geolocation"])
    page = visitor.go("/report")
    page.get_by_label("发生了什么？").fill("井盖松了，车压过去响")
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("您在：东门区 柳树街道 柳树社区")).to_be_visible()
    expect(page.get_by_label("社区", exact=True)).to_have_value("T111")
    visitor.check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("东门区 柳树街道 柳树社区")).to_be_visible()


def test_words_typed_and_not_sent_are_there_again(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/report")
    page.get_by_label("发生了什么？").fill("写到一半的话，有事先走开")
    visitor.go("/")
    page = visitor.go("/report")
    expect(page.get_by_label("发生了什么？")).to_have_value("写到一半的话，有事先走开")


def test_errors_are_beside_the_field_and_in_focus(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/report")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("[data-focus]")).to_be_focused()
    expect(page.locator("#text-error")).to_contain_text("请写几句话")
    visitor.check()


def test_rate_by_keyboard_and_see_only_the_tags_of_the_level(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = visitor.go("/rate")
    page.get_by_label("搜服务").fill("社保咋转")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="社会保险关系转移").click()
    expect(page.get_by_label("态度差")).to_be_hidden()
    first = page.get_by_role("group", name="这次服务，您满意吗").get_by_role("radio", name="非常满意")
    first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("态度好")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(
        page.get_by_role("group", name="这次服务，您满意吗").get_by_role("radio", name="不满意", exact=True)
    ).to_be_checked()
    expect(page.get_by_label("态度好")).to_be_hidden()
    page.get_by_label("态度差").check()
    page.get_by_label("想说的话").fill("说话很冲")
    visitor.check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    visitor.check()
    page.get_by_role("link", name="帮我解决这件事").click()
    expect(page.get_by_label("发生了什么？")).to_have_value("说话很冲")


def test_report_without_a_script(visit: Visit, app: Flask) -> None:
    page = visit(java_script_enabled=False).go("/report")
    page.get_by_label("发生了什么？").fill("楼下路面塌了一块，老人差点摔倒")
    page.get_by_label("选街道和社区").select_option("T111")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交", exact=True).click()
    number = page.locator("#receipt-number").inner_text()
    with app.app_context():
        assert casework.find(number).area.code == "T111"
