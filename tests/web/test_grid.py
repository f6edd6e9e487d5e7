"""The grid worker's pages without JavaScript, and the JSON that the phone's queue speaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from tests.factories import PASSWORD, Town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Area, AuditEntry, ServiceRequest, User
from webapp.services import casework, submit
from webapp.services.actor import Actor

Login = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
ID = "a" * 32
CORNERS = [[113.0, 28.0], [113.1, 28.0], [113.1, 28.1], [113.0, 28.1], [113.0, 28.0]]


def photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def file(
    app: Flask,
    area: str = "T1111",
    answered: bool = False,
    text: str = "单元门口的路灯不亮了",
    **more: object,
) -> str:
    """A resident's request with a phone number in its words; answered by its department if asked."""
    with app.app_context():
        draft = submit.RequestDraft(text=text, area_code=area, **more)  # type: ignore[arg-type]
        request = submit.submit_request(draft).request
        clerk = Actor(Role.CLERK, department_id=request.department_id)
        for action in (Action.ACCEPT, Action.RESOLVE) if answered else ():
            casework.act(request.service_request_id, casework.Step(action, "已换灯泡"), clerk)
        return request.service_request_id


@pytest.fixture
def outlines(app: Flask, town: Town) -> None:
    """The worker's grid and everything above it on the map."""
    with app.app_context():
        for code in ("T", "T1", "T11", "T111", "T1111"):
            db.session.get_one(Area, town.areas[code]).outline = {"type": "Polygon", "coordinates": [CORNERS]}
        db.session.commit()


def test_the_list_shows_the_own_grid_only_and_no_personal_data(app: Flask, login: Login) -> None:
    mine = file(
        app, text="路灯不亮，请打 13800001234 找王先生", contact_phone="13800001234", contact_name="王小明"
    )
    other = file(app, "T2111")
    page = login("grid_worker").get("/grid/").text
    assert mine in page
    assert other not in page
    assert "13800001234" not in page
    assert "王小明" not in page


def test_tabs_count_what_is_asked_and_narrow_the_list(app: Flask, login: Login) -> None:
    look, verify = file(app), file(app, answered=True)
    browser = login("grid_worker")
    page = browser.get("/grid/").text
    assert re.findall(r'data-ask="(\w*)"[^>]*>\s*[^<]+<b>(\d+)</b>', page) == [
        ("", "2"),
        ("verify", "1"),
        ("look", "1"),
    ]
    narrowed = browser.get("/grid/?ask=verify").text
    assert verify in narrowed
    assert look not in narrowed


@pytest.mark.usefixtures("outlines")
def test_requests_are_numbered_points_of_the_map_as_in_the_list(app: Flask, login: Login) -> None:
    file(app, latitude=28.05, longitude=113.05)
    file(app)
    page = login("grid_worker").get("/grid/").text
    dots = re.findall(r'data-dot="(\d+)" transform="translate\(([\d.]+) ([\d.]+)\)"', page)
    assert [(number, x) for number, x, _y in dots] == [("1", "180.0")]
    assert 'data-latitude="28.05" data-longitude="113.05"' in page


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/act"), ("POST", "/verify"), ("POST", "/contact")],
    ids=["page", "act", "verify", "contact"],
)
def test_another_grids_case_is_404(app: Flask, login: Login, method: str, path: str) -> None:
    other = file(app, "T2111", answered=True, contact_phone="13800001234")
    data = {"action": "add_note", "note": "看了", "client_id": ID, "verdict": "fixed"}
    answer = login("grid_worker").open(f"/grid/{other}{path}", method=method, data=data)
    assert answer.status_code == 404
    with app.app_context():
        assert len(casework.find(other).events) == 4
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.unmask")).all() == []


@pytest.mark.parametrize("role", ["clerk", "head", "reviewer", "official", "admin"])
def test_the_pages_are_the_grid_workers(login: Login, role: str) -> None:
    browser = login(role)
    for path in ("/grid/", "/grid/new", "/grid/outbox", "/grid/token", "/grid/sw.js"):
        assert browser.get(path).status_code == 403, path


def test_a_worker_without_a_grid_sees_nothing_and_is_told(app: Flask, login: Login, town: Town) -> None:
    number = file(app)
    with app.app_context():
        db.session.get_one(User, town.users["grid_worker"]).area_id = None
        db.session.commit()
    browser = login("grid_worker")
    assert "还没有分配网格" in browser.get("/grid/").text
    assert browser.get("/grid/new").status_code == 403
    assert browser.get(f"/grid/{number}").status_code == 404


def test_contact_data_is_shown_on_request_and_on_record(app: Flask, login: Login) -> None:
    number = file(app, contact_phone="13800001234", contact_name="王小明")
    browser = login("grid_worker")
    assert "13800001234" not in browser.get(f"/grid/{number}").text
    assert "13800001234" in browser.post(f"/grid/{number}/contact").text
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.unmask")).one()
        assert entry.subject == number


# --- plain forms


def test_a_report_with_plain_forms(app: Flask, login: Login) -> None:
    browser = login("grid_worker")
    page = browser.get("/grid/new").text
    client_id = re.search(r'name="client_id" value="(\w+)"', page)
    assert client_id
    data = {"client_id": client_id.group(1), "category_code": "010101"}
    answer = browser.post("/grid/new", data={**data, "photos": photo()}, content_type="multipart/form-data")
    assert answer.status_code == 302
    again = browser.post("/grid/new", data={**data, "photos": photo()}, content_type="multipart/form-data")
    assert again.headers["Location"] == answer.headers["Location"]
    case = browser.get(answer.headers["Location"]).text
    assert "已上报，由" in case
    with app.app_context():
        assert db.session.scalars(select(ServiceRequest)).one().channel == "grid"


def test_what_is_wrong_comes_back_with_everything_typed(login: Login) -> None:
    typed = {
        "client_id": ID, "text": "纸箱堵了楼道", "address": "3 号楼", "category_code": "010101",
        "result": "搬走了", "latitude": "28.05", "longitude": "113.05",
    }  # fmt: skip
    answer = login("grid_worker").post("/grid/new", data=typed)
    assert answer.status_code == 422
    assert "当场办结要有办理前的照片" in answer.text
    for words in ("纸箱堵了楼道", 'value="3 号楼"', "搬走了", 'value="28.05"'):
        assert words in answer.text


def test_neighbours_are_offered_before_the_report_is_sent(app: Flask, login: Login) -> None:
    number = file(app)
    browser = login("grid_worker")
    page = browser.post("/grid/new", data={"client_id": ID, "text": "单元门口的路灯不亮了", "look": "1"})
    assert page.status_code == 200
    assert f'name="join" value="{number}"' in page.text
    browser.post("/grid/new", data={"client_id": ID, "text": "单元门口的路灯不亮了", "join": number})
    with app.app_context():
        joined = db.session.scalars(select(ServiceRequest).where(ServiceRequest.channel == "grid")).one()
        assert (joined.status, joined.merged_into and joined.merged_into.service_request_id) == (
            "merged",
            number,
        )
    assert "网格员也看到" in browser.get(f"/grid/{number}").text


def test_a_look_with_plain_forms_is_seen_by_clerk_resident_and_reviewer(app: Flask, login: Login) -> None:
    with app.app_context():
        done = submit.submit_request(submit.RequestDraft(text="单元门口的路灯不亮了", area_code="T1111"))
        number, secret = done.request.service_request_id, done.secret
        clerk = Actor(Role.CLERK, department_id=done.request.department_id)
        for action in (Action.ACCEPT, Action.RESOLVE):
            casework.act(number, casework.Step(action, "已换灯泡"), clerk)
    browser = login("grid_worker")
    assert "修好了吗" in browser.get(f"/grid/{number}").text
    data = {"client_id": ID, "verdict": "not_fixed", "note": "还是黑的"}
    thin = browser.post(f"/grid/{number}/verify", data=data)
    assert (thin.status_code, "请拍一张现场照片" in thin.text, "还是黑的" in thin.text) == (422, True, True)
    sent = browser.post(
        f"/grid/{number}/verify", data={**data, "photos": photo()}, content_type="multipart/form-data"
    )
    assert sent.status_code == 302
    assert "核实已提交" in browser.get(sent.headers["Location"]).text
    reviewer = login("reviewer")
    assert number in reviewer.get("/desk/?view=doubted").text
    desk = reviewer.get(f"/desk/requests/{number}").text
    assert re.search(r'id="seen".*?没有解决.*?还是黑的.*?/photos/', desk, re.S)
    resident = app.test_client()
    assert resident.post("/track", data={"number": number, "secret": secret}).status_code == 302
    case = resident.get(f"/track/{number}").text
    assert re.search(r"网格员现场核实</strong>\s*<span class=\"timeline-who\">网格员</span>", case)
    assert "没有解决\n还是黑的" in case
    assert "/photos/" in case
    everybody = app.test_client().get(f"/requests/{number}").text
    assert "没有解决" in everybody
    assert "/photos/" not in everybody


# --- the phone's queue


def test_the_queue_is_answered_in_json(app: Flask, login: Login) -> None:
    number = file(app, answered=True)
    browser = login("grid_worker")
    data = {"client_id": ID, "verdict": "fixed", "seen": "4"}
    refused = browser.post(f"/grid/{number}/verify", data=data, headers=JSON)
    assert (refused.status_code, refused.get_json()["message"]) == (422, "请拍一张现场照片。")
    for _time in range(2):
        sent = browser.post(
            f"/grid/{number}/verify",
            data={**data, "photos": photo()},
            headers=JSON,
            content_type="multipart/form-data",
        )
        assert (sent.status_code, sent.get_json()["url"]) == (200, f"/grid/{number}?sent=verify")
    with app.app_context():
        assert [e.event_type for e in casework.find(number).events][-2:] == ["resolved", "verified"]
    # Closed in the meantime: told as a conflict, and a note is still possible.
    with app.app_context():
        casework.act(number, casework.Step(Action.CLOSE, "已与群众确认"), Actor(Role.REVIEWER))
    late = {"client_id": "b" * 32, "verdict": "not_fixed", "note": "又黑了", "photos": photo()}
    conflict = browser.post(
        f"/grid/{number}/verify", data=late, headers=JSON, content_type="multipart/form-data"
    )
    assert (conflict.status_code, "都还在" in conflict.get_json()["message"]) == (409, True)
    note = {"client_id": "b" * 32, "action": "add_note", "note": "又黑了", "photos": photo()}
    kept = browser.post(f"/grid/{number}/act", data=note, headers=JSON, content_type="multipart/form-data")
    assert kept.status_code == 200


def test_a_look_at_the_form_knows_place_category_and_neighbours(
    app: Flask, login: Login, town: Town, outlines: None
) -> None:
    near = file(app, latitude=28.05, longitude=113.05, category_code="010101")
    told = login("grid_worker").post(
        "/grid/look",
        data={"latitude": "28.05", "longitude": "113.0501", "category_code": "010101"},
        headers=JSON,
    )
    body = told.get_json()
    assert body["area"] == {"code": "T1111", "name": "柳树社区 柳树第一网格", "own": True}
    assert [(n["number"], n["distance"]) for n in body["near"]] == [(near, 10)]


@pytest.mark.parametrize("latitude", ["", "x", "nan", "inf", "91"])
def test_a_position_that_is_none_is_left_out(app: Flask, login: Login, latitude: str) -> None:
    data = {"client_id": ID, "text": "路灯不亮", "latitude": latitude, "longitude": "113.05"}
    assert login("grid_worker").post("/grid/new", data=data, headers=JSON).status_code == 200
    with app.app_context():
        request = db.session.scalars(select(ServiceRequest)).one()
        assert (request.latitude, request.longitude, request.area.code) == (None, None, "T1111")


def test_the_queue_needs_a_token_and_gets_one(app: Flask, tmp_path: object, login: Login) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    strict = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), "WTF_CSRF_ENABLED": True})
    browser = strict.test_client()
    form = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account/login").text)
    assert form
    browser.post(
        "/account/login", data={"username": "grid_worker", "password": PASSWORD, "csrf_token": form.group(1)}
    )
    data = {"client_id": ID, "text": "路灯不亮"}
    assert browser.post("/grid/new", data=data, headers=JSON).status_code == 400
    token = browser.get("/grid/token").get_json()["token"]
    sent = browser.post("/grid/new", data=data, headers={**JSON, "X-CSRFToken": token})
    assert sent.status_code == 200
    with strict.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_service_worker_reaches_no_further_than_the_grid(login: Login) -> None:
    answer = login("grid_worker").get("/grid/sw.js")
    assert answer.mimetype == "text/javascript"
    assert "Service-Worker-Allowed" not in answer.headers
    settings = re.search(r"const SETTINGS = (\{.*?\});", answer.text)
    assert settings
    assert re.search(r'"version": "[0-9a-f]{12}"', settings.group(1))
    assert "&#34;" not in answer.text
    for page in ("/grid/", "/grid/new", "/grid/outbox", "/grid/offline"):
        assert f'"{page}"' in settings.group(1)


@pytest.mark.parametrize("path", ["/grid/", "/grid/new", "/grid/outbox", "/grid/offline"])
def test_english_pages_speak_english(login: Login, path: str) -> None:
    browser = login("grid_worker")
    browser.set_cookie("mp_lang", "en")
    page = re.sub(r"<script.*?</script>", "", browser.get(path).text, flags=re.S)
    own = {
        "民平市",
        "中文",
        "柳树第一网格",
        "柳树社区",
        "柳树街道",
        "测试网格员",
        "科技服务",
        "科技事务",
        "科教文体",
    }
    words = {word for text in re.findall(r">([^<]+)<", page) for word in re.findall("[\u4e00-\u9fff]+", text)}
    assert words - own == set()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("楼道堆了两个纸箱", "已上报，当场办结"),
        ("楼道里煤气泄漏，有人晕倒了，快来人", "特急事项不能当场办结"),
    ],
    ids=["small", "dangerous"],
)
def test_handled_on_the_spot_needs_no_box_to_be_ticked(login: Login, text: str, told: str) -> None:
    browser = login("grid_worker")
    data = {"client_id": ID, "text": text, "result": "办好了", "photos": photo(), "after": photo()}
    answer = browser.post("/grid/new", data=data, content_type="multipart/form-data")
    assert told in browser.get(answer.headers["Location"]).text
