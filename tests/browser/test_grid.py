"""A grid worker's phone in a real browser: with the network, without it, and when it comes back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect
from sqlalchemy import func, select

from tests.factories import PASSWORD, Town
from tests.plugin_browser import DESK, PHONE, Visitor
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Area, Attachment, RequestEvent, ServiceRequest
from webapp.services import casework, submit
from webapp.services.actor import Actor

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
HERE = {"latitude": 28.05, "longitude": 113.05, "accuracy": 12}
LOCATED = {"geolocation": HERE, "permissions": ["geolocation"]}
CORNERS = [[113.0, 28.0], [113.1, 28.0], [113.1, 28.1], [113.0, 28.1], [113.0, 28.0]]


def _photo(colour: str = "red") -> FilePayload:
    out = BytesIO()
    # As large as a phone's: it must be made small before it is kept.
    Image.new("RGB", (2400, 1800), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture(autouse=True)
def outlines(app: Flask, town: Town) -> None:
    """The worker's grid and everything above it on the map."""
    with app.app_context():
        for code in ("T", "T1", "T11", "T111", "T1111"):
            db.session.get_one(Area, town.areas[code]).outline = {"type": "Polygon", "coordinates": [CORNERS]}
        db.session.commit()


@pytest.fixture
def answered(app: Flask) -> str:
    """A request in the worker's grid that its department has answered."""
    return _file(app, answered=True)


def _file(app: Flask, area: str = "T1111", answered: bool = False) -> str:
    with app.app_context():
        draft = submit.RequestDraft(
            text="单元门口的路灯不亮了",
            area_code=area,
            latitude=28.051,
            longitude=113.051,
            contact_phone="13800001234",
        )
        request = submit.submit_request(draft).request
        clerk = Actor(Role.CLERK, department_id=request.department_id)
        for action in (Action.ACCEPT, Action.RESOLVE) if answered else ():
            casework.act(request.service_request_id, casework.Step(action, "已换灯泡"), clerk)
        return request.service_request_id


def _sign_in(visitor: Visitor) -> Page:
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill("grid_worker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{visitor.base}/grid/")
    _ready(page)
    return page


def _ready(page: Page) -> None:
    """The service worker has kept what it needs and answers for this page."""
    page.evaluate(
        "() => new Promise((done) => { const worker = navigator.serviceWorker;"
        "if (worker.controller) done(); else worker.addEventListener('controllerchange', () => done()); })"
    )


def _reports(app: Flask) -> list[ServiceRequest]:
    with app.app_context():
        return list(db.session.scalars(select(ServiceRequest).where(ServiceRequest.channel == "grid")))


def _photos(app: Flask) -> list[int]:
    """Longest side of each stored photo."""
    with app.app_context():
        return [max(a.width, a.height) for a in db.session.scalars(select(Attachment))]


def _events(app: Flask, number: str) -> list[str]:
    with app.app_context():
        return [e.event_type for e in casework.find(number).events]


def _waiting(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def _shoot(page: Page, field: str, colour: str = "red") -> None:
    page.locator(f"input[type=file]{field}").set_input_files([_photo(colour)])


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_has_a_barrier(visit: Visit, app: Flask, answered: str, viewport: dict[str, int]) -> None:
    open_case = _file(app)
    visitor = visit(viewport=viewport, **LOCATED)
    page = _sign_in(visitor)
    visitor.check()
    for path in (
        f"/grid/{answered}",
        f"/grid/{open_case}",
        "/grid/new",
        "/grid/outbox",
        "/grid/offline",
        "/grid/?ask=verify",
    ):
        visitor.go(path)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        visitor.check()
    visitor.go(f"/grid/{open_case}")
    page.get_by_role("button", name="显示联系方式").click()
    expect(page.get_by_text("13800001234")).to_be_visible()
    visitor.check()


def test_the_list_by_what_is_asked_by_distance_and_from_the_map(
    visit: Visit, app: Flask, answered: str
) -> None:
    _file(app)
    visitor = visit(**LOCATED)
    page = _sign_in(visitor)
    items = page.locator("[data-task]")
    expect(items).to_have_count(2)
    page.get_by_role("link", name="核实 1").click()
    expect(items.filter(visible=True)).to_have_count(1)
    page.get_by_role("link", name="全部 2").click()
    expect(items.filter(visible=True)).to_have_count(2)
    page.get_by_role("button", name="离我近的在前").click()
    expect(page.get_by_text("误差约 12 米")).to_be_visible()
    expect(page.get_by_text("约 150 米").first).to_be_visible()
    visitor.check()


def test_a_report_with_photo_and_position(visit: Visit, app: Flask) -> None:
    visitor = visit(**LOCATED)
    page = _sign_in(visitor)
    page.get_by_role("link", name="上报").click()
    expect(page.get_by_text("误差约 12 米")).to_be_visible()
    expect(page.get_by_text("在您的网格内")).to_be_visible()
    page.get_by_role("button", name="上报").click()
    expect(page.get_by_role("alert").filter(has_text="请写几个字")).to_be_visible()
    _shoot(page, "[name=photos]")
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    page.get_by_label("其他分类").select_option("010101")
    page.locator("[data-pick] svg").click(position={"x": 100, "y": 100})
    expect(page.get_by_text("已在地图上点定")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="上报").click()
    expect(page.get_by_text("已上报，由")).to_be_visible()
    visitor.check()
    (report,) = _reports(app)
    assert report.text == "现场拍照上报：科技服务"
    assert report.longitude is not None
    assert report.longitude < HERE["longitude"]
    assert _photos(app) == [1600]


def test_a_report_without_network_survives_and_is_stored_once(visit: Visit, app: Flask) -> None:
    visitor = visit(**LOCATED)
    page = _sign_in(visitor)
    page.context.set_offline(True)
    page.get_by_role("link", name="上报").click()
    expect(page.get_by_role("heading", name="现场上报")).to_be_visible()
    page.get_by_label("什么问题").fill("井盖裂了一条大缝")
    _shoot(page, "[name=photos]")
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    page.get_by_role("button", name="上报").click()
    expect(page).to_have_url(f"{visitor.base}/grid/outbox")
    _waiting(page, "等待发送 1 条")
    expect(page.get_by_text("井盖裂了一条大缝")).to_be_visible()
    visitor.check()
    # The phone is put away and taken out again.
    page.reload()
    _waiting(page, "等待发送 1 条")
    assert _reports(app) == []
    page.context.set_offline(False)
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    (report,) = _reports(app)
    assert (report.text, report.status) == ("井盖裂了一条大缝", "assigned")
    assert _photos(app) == [1600]
    page.reload()
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert len(_reports(app)) == 1


def test_an_answer_that_is_lost_on_its_way_does_not_report_twice(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        route.fetch()
        lost.append("answer")
        route.abort()

    page.context.route("**/grid/new", lose_first)
    visitor.go("/grid/new")
    page.get_by_label("什么问题").fill("井盖裂了一条大缝")
    page.get_by_role("button", name="上报").click()
    expect(page).to_have_url(f"{visitor.base}/grid/outbox")
    assert lost == ["answer"]
    assert len(_reports(app)) == 1
    # Opening the outbox has already tried again.
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert len(_reports(app)) == 1


def test_seen_pages_can_be_read_without_network_and_others_say_so(
    visit: Visit, app: Flask, answered: str
) -> None:
    unseen = _file(app)
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go(f"/grid/{answered}")
    page.context.set_offline(True)
    page.reload()
    _waiting(page, "没有网络")
    expect(page.get_by_text("修好了吗")).to_be_visible()
    visitor.go("/grid/")
    expect(page.locator("[data-task]")).to_have_count(2)
    visitor.check()
    visitor.go(f"/grid/{unseen}")
    expect(page.get_by_text("还没有在这部手机上打开过")).to_be_visible()
    visitor.check()
    # Back again: a case says that it is old, the list renews itself.
    visitor.go(f"/grid/{answered}")
    page.context.set_offline(False)
    _waiting(page, "已有网络，请刷新")
    page.context.set_offline(True)
    visitor.go("/grid/")
    _waiting(page, "没有网络")
    _file(app)
    page.context.set_offline(False)
    expect(page.locator("[data-task]")).to_have_count(3)


def test_a_look_without_network_arrives_later_once(visit: Visit, app: Flask, answered: str) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go(f"/grid/{answered}")
    page.context.set_offline(True)
    page.get_by_role("button", name="提交核实").click()
    expect(page.get_by_role("alert").filter(has_text="请拍一张现场照片")).to_be_visible()
    _shoot(page, "#verify-photos", "green")
    page.get_by_text("没有解决", exact=True).click()
    page.get_by_role("button", name="提交核实").click()
    expect(page.get_by_role("alert").filter(has_text="请写一句现场的情况")).to_be_visible()
    page.locator("#verify-note").fill("还是黑的")
    page.get_by_role("button", name="提交核实").click()
    _waiting(page, "等待发送 1 条")
    assert _events(app, answered)[-1] == "resolved"
    page.context.set_offline(False)
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert _events(app, answered)[-2:] == ["resolved", "verified"]
    with app.app_context():
        event = db.session.scalars(select(RequestEvent).where(RequestEvent.event_type == "verified")).one()
        assert (event.note, event.data["verdict"], len(event.photos)) == ("还是黑的", "not_fixed", 1)


def test_what_moved_meanwhile_is_told_and_nothing_is_lost(visit: Visit, app: Flask, answered: str) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go(f"/grid/{answered}")
    page.context.set_offline(True)
    _shoot(page, "#verify-photos", "green")
    page.get_by_text("没有解决", exact=True).click()
    page.locator("#verify-note").fill("还是黑的")
    page.get_by_role("button", name="提交核实").click()
    _waiting(page, "等待发送 1 条")
    with app.app_context():
        casework.act(answered, casework.Step(Action.CLOSE, "已与群众确认"), Actor(Role.REVIEWER))
    page.context.set_offline(False)
    _waiting(page, "1 条要您看一下")
    expect(page.get_by_text("情况有变，请您决定")).to_be_visible()
    expect(page.get_by_text("还是黑的")).to_be_visible()
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="改为内部备注").click()
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert _events(app, answered)[-2:] == ["closed", "note_added"]
    with app.app_context():
        note = db.session.scalars(select(RequestEvent).where(RequestEvent.event_type == "note_added")).one()
        assert (note.note.split(), len(note.photos)) == (["没有解决", "还是黑的"], 1)


def test_handled_on_the_spot(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go("/grid/new")
    page.get_by_label("什么问题").fill("楼道堆了两个纸箱")
    page.get_by_text("小事，当场办好了").click()
    _shoot(page, "[name=photos]", "red")
    _shoot(page, "[name=after]", "green")
    expect(page.get_by_role("img", name="照片 1")).to_have_count(2)
    page.get_by_label("怎么办好的").fill("和住户一起搬走了")
    visitor.check()
    page.get_by_role("button", name="上报").click()
    expect(page.get_by_text("已上报，当场办结")).to_be_visible()
    visitor.check()
    (report,) = _reports(app)
    assert (report.status, report.solved) == ("resolved", None)


def test_signing_out_forgets_the_pages_and_keeps_what_is_unsent(
    visit: Visit, app: Flask, answered: str
) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go(f"/grid/{answered}")
    names = "caches.keys().then((names) => names.filter((name) => name.includes('pages')))"
    assert len(page.evaluate(names)) == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.set_offline(True)
    visitor.go("/grid/new")
    page.get_by_label("什么问题").fill("井盖裂了一条大缝")
    page.get_by_role("button", name="上报").click()
    _waiting(page, "等待发送 1 条")
    page.context.route(
        "**/grid/new", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.context.set_offline(False)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("用户名")).to_be_visible()
    assert page.evaluate(names) == []
    page.context.unroute("**/grid/new")
    _sign_in(visitor)
    visitor.go("/grid/outbox")
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert [report.text for report in _reports(app)] == ["井盖裂了一条大缝"]


def test_a_session_that_ended_meanwhile_is_told_and_nothing_is_lost(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    visitor.go("/grid/new")
    page.get_by_label("什么问题").fill("井盖裂了一条大缝")
    page.context.clear_cookies()
    page.get_by_role("button", name="上报").click()
    # The outbox itself asks to sign in, and is the page after it.
    page.get_by_label("用户名").fill("grid_worker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    # The page says so from the beginning, and sends as soon as its script is there.
    for _ in range(80):
        if _reports(app):
            break
        page.wait_for_timeout(100)
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    assert [report.text for report in _reports(app)] == ["井盖裂了一条大缝"]


def test_without_a_script_the_plain_forms_work(visit: Visit, app: Flask, answered: str) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.go("/account/login")
    page.get_by_label("用户名").fill("grid_worker")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="路灯").first.click()
    _shoot(page, "#verify-photos")
    page.get_by_label("已经解决").check()
    page.get_by_role("button", name="提交核实").click()
    expect(page.get_by_text("核实已提交")).to_be_visible()
    page.get_by_role("link", name="上报").click()
    page.get_by_label("什么问题").fill("单元门口的路灯不亮了")
    page.get_by_role("button", name="先看附近有没有人报过").click()
    page.get_by_label("就是这件，并入").check()
    page.get_by_role("button", name="上报").click()
    expect(page.get_by_text("已上报，由")).to_be_visible()
    with app.app_context():
        merged = select(func.count()).select_from(ServiceRequest).where(ServiceRequest.status == "merged")
        assert db.session.scalar(merged) == 1


def test_the_service_worker_sends_when_no_page_is_open(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = _sign_in(visitor)
    page.context.set_offline(True)
    visitor.go("/grid/new")
    page.get_by_label("什么问题").fill("井盖裂了一条大缝")
    page.get_by_role("button", name="上报").click()
    _waiting(page, "等待发送 1 条")
    # Away from the grid; the browser says by itself that the network is back.
    page.goto("about:blank")
    page.context.set_offline(False)
    assert _reports(app) == []
    visitor.go("/track")
    tools = page.context.new_cdp_session(page)
    seen: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: seen.extend(r["registrationId"] for r in told["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    sync = {
        "origin": visitor.base,
        "registrationId": seen[0],
        "tag": "minping-grid-send",
        "lastChance": False,
    }
    tools.send("ServiceWorker.dispatchSyncEvent", sync)
    for _attempt in range(50):
        if _reports(app):
            break
        page.wait_for_timeout(100)
    assert [report.text for report in _reports(app)] == ["井盖裂了一条大缝"]
