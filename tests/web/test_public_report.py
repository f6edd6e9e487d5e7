"""反映问题 in a browser without JavaScript: two steps, everything typed comes back, the secret in no address."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Area, ServiceRequest
from webapp.services.submit import RequestDraft, submit_request

TEXT = "柳树社区门口的路灯三天不亮，晚上看不见路"


def hidden(page: str) -> dict[str, str]:
    """Hidden fields of the second step."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert fields["step"] == "send"
    return fields


def report(client: FlaskClient, **values: Any) -> str:
    """Go through both steps; the tracking number."""
    first = {
        "text": TEXT,
        "address": "柳树街道",
        **{k: v for k, v in values.items() if k in ("text", "address", "area")},
    }
    page = client.post("/report", data={**first, "draft": values.pop("draft", "d1")})
    assert page.status_code == 200, page.text
    answer = client.post(
        "/report",
        data={**hidden(page.text), "visibility": "public", **values},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"] == "/report/done"
    receipt = client.get("/report/done").text
    found = re.search(r'id="receipt-number">(\w+)<', receipt)
    assert found is not None
    return found[1]


def stored(app: Flask, number: str) -> ServiceRequest:
    with app.app_context():
        return db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.service_request_id == number)
        ).one()


def test_two_steps_store_a_report_in_the_area_that_the_words_name(app: Flask, client: FlaskClient) -> None:
    number = report(client, contact_name="王小明", contact_phone="13800001234")
    with app.app_context():
        request = db.session.scalars(select(ServiceRequest)).one()
        assert request.service_request_id == number
        assert (request.text, request.channel, request.status) == (TEXT, "web", "assigned")
        # The address names the street, the words a community in it.
        assert request.area.code == "T111"
        assert request.is_public
        assert request.identity


def test_the_area_picker_wins_over_words(app: Flask, client: FlaskClient) -> None:
    number = report(client, area="T211")
    with app.app_context():
        area = db.session.get_one(Area, stored(app, number).area_id)
    assert area.code == "T211"


@pytest.mark.parametrize(
    "text", ["", "  ", "灯", "长" * 5001], ids=["empty", "blank", "too short", "too long"]
)
def test_a_first_step_that_cannot_be_used_comes_back_as_typed(client: FlaskClient, text: str) -> None:
    answer = client.post("/report", data={"text": text, "address": "石桥街道 7 号", "area": "T21"})
    assert answer.status_code == 422
    assert "石桥街道 7 号" in answer.text
    assert re.search(r'value="T21"[^>]* selected', answer.text)
    assert 'id="text-error"' in answer.text
    assert text.strip() in answer.text


def test_a_bad_phone_comes_back_beside_the_field_and_stores_nothing(app: Flask, client: FlaskClient) -> None:
    page = client.post("/report", data={"text": TEXT, "address": "柳树街道"})
    answer = client.post(
        "/report", data={**hidden(page.text), "contact_phone": "12", "visibility": "private"}
    )
    assert answer.status_code == 422
    assert 'id="contact_phone-error"' in answer.text
    assert "重新选择" not in answer.text
    assert 'value="12"' in answer.text
    assert TEXT in answer.text
    assert re.search(r'value="private" checked', answer.text)
    with app.app_context():
        assert db.session.scalars(select(ServiceRequest)).all() == []


def test_back_leads_to_the_first_step_with_everything(client: FlaskClient) -> None:
    page = client.post("/report", data={"text": TEXT, "address": "石桥街道"})
    answer = client.post("/report", data={**hidden(page.text), "back": "1", "contact_phone": "13800001234"})
    assert TEXT in answer.text
    assert 'value="石桥街道"' in answer.text
    assert 'name="contact_phone" value="13800001234"' in answer.text


def _photo(kind: str = "JPEG") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, kind)
    out.seek(0)
    return out


def test_photos_are_kept_and_shown_to_the_reporter(client: FlaskClient) -> None:
    number = report(client, photos=[(_photo(), "灯.jpg"), (_photo("PNG"), "b.png")])
    page = client.get(f"/track/{number}").text
    photos = re.findall(r'src="(/photos/[0-9a-f]{64}\.jpg)"', page)
    assert len(photos) == 2
    with client.get(photos[0]) as photo:
        assert photo.mimetype == "image/jpeg"


def test_photos_that_a_refused_form_cannot_keep_are_asked_for_again(client: FlaskClient) -> None:
    page = client.post("/report", data={"text": "路灯不亮了好几天"})
    data = {**hidden(page.text), "contact_phone": "12", "photos": (_photo(), "灯.jpg")}
    answer = client.post("/report", data=data)
    assert answer.status_code == 422
    assert "刚才选的照片没有保存下来，请重新选择" in answer.text


def test_what_is_no_photo_is_refused_beside_the_field(client: FlaskClient) -> None:
    page = client.post("/report", data={"text": TEXT})
    data = {**hidden(page.text), "photos": (BytesIO(b"<svg onload=alert(1)>"), "x.jpg")}
    answer = client.post("/report", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'id="photos-error"' in answer.text


def test_sending_the_same_draft_twice_stores_one(app: Flask, client: FlaskClient) -> None:
    page = client.post("/report", data={"text": TEXT, "draft": "same"})
    for _ in range(2):
        assert client.post("/report", data=hidden(page.text)).status_code == 302
    with app.app_context():
        assert len(db.session.scalars(select(ServiceRequest)).all()) == 1


def test_neighbours_with_the_same_trouble_are_offered_and_joined(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        earlier = submit_request(RequestDraft(text=TEXT, area_code="T111")).request.service_request_id
    page = client.post("/report", data={"text": TEXT + "，请尽快修", "area": "T111"})
    assert f'value="{earlier}"' in page.text
    assert "我也遇到" in page.text
    client.post("/report", data={**hidden(page.text), "join": earlier})
    done = client.get("/report/done").text
    assert earlier in done
    with app.app_context():
        leading = db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.service_request_id == earlier)
        ).one()
        assert leading.supporters == 1


def test_a_report_started_from_a_service_is_about_it(app: Flask, client: FlaskClient) -> None:
    page = client.get("/report?service=HR-001").text
    assert "社会保险关系转移" in page
    second = client.post("/report", data={"text": "窗口一直没有人，等了一上午", "service": "HR-001"})
    client.post("/report", data=hidden(second.text))
    with app.app_context():
        request = db.session.scalars(select(ServiceRequest)).one()
        assert request.service is not None
        assert request.service.service_code == "HR-001"
        assert request.department.code == "HR"


MEANT = "社保转移交了材料三个月，一直没有办好"


@pytest.mark.parametrize("accepted", [True, False])
def test_a_service_that_the_words_mean_is_offered_and_may_be_declined(
    app: Flask, client: FlaskClient, accepted: bool
) -> None:
    page = client.post("/report", data={"text": MEANT}).text
    assert "您说的是不是：社会保险关系转移" in page
    assert re.search(r'name="about" value="HR-001" checked', page)
    assert "about" not in hidden(page)
    client.post("/report", data={**hidden(page), "about": "HR-001" if accepted else "none"})
    with app.app_context():
        request = db.session.scalars(select(ServiceRequest)).one()
        assert (request.service is not None) is accepted
        assert (request.department.code == "HR") is accepted


def test_what_was_answered_about_the_offer_comes_back_with_a_refused_form(client: FlaskClient) -> None:
    page = client.post("/report", data={"text": MEANT}).text
    again = client.post("/report", data={**hidden(page), "about": "none", "contact_phone": "12"})
    assert again.status_code == 422
    assert re.search(r'name="about" value="none" checked', again.text)


def test_an_offer_that_is_gone_by_now_is_not_stored(app: Flask, client: FlaskClient) -> None:
    page = client.post("/report", data={"text": MEANT}).text
    assert client.post("/report", data={**hidden(page), "about": "HR-999"}).status_code == 422
    with app.app_context():
        assert db.session.scalars(select(ServiceRequest)).all() == []


@pytest.mark.parametrize("text", [TEXT, "煤气罐漏气着火了，有人被困在社保转移的窗口里，快救命"])
def test_nothing_is_offered_for_other_matters_or_in_an_emergency(client: FlaskClient, text: str) -> None:
    assert 'name="about"' not in client.post("/report", data={"text": text}).text


def test_nothing_is_offered_to_whoever_came_from_a_service(client: FlaskClient) -> None:
    assert 'name="about"' not in client.post("/report", data={"text": MEANT, "service": "HR-001"}).text


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
HALF = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]]]}


@pytest.fixture
def outlined(app: Flask) -> Flask:
    """The town with an outline for the city, one district and its street."""
    with app.app_context():
        for code, outline in (("T", SQUARE), ("T1", HALF), ("T11", HALF)):
            db.session.scalars(select(Area).where(Area.code == code)).one().outline = outline
        db.session.commit()
    return app


@pytest.mark.parametrize(
    ("latitude", "longitude", "area", "picked"),
    [("1", "0.5", "T11", "T11"), ("1", "1.5", "T", ""), ("9", "9", None, None), ("", "x", None, None), ("nan", "1", None, None)],
    ids=["in the street", "in the city only", "outside", "not numbers", "not a number"],
)  # fmt: skip
def test_a_position_names_its_area(
    outlined: Flask, client: FlaskClient, latitude: str, longitude: str, area: str | None, picked: str | None
) -> None:
    answer = client.get("/places/at", query_string={"latitude": latitude, "longitude": longitude}).json
    assert answer is not None
    assert answer["area"] == area
    assert answer.get("picked") == picked


def test_a_position_is_stored_only_inside_the_city(outlined: Flask, client: FlaskClient) -> None:
    inside = client.post("/report", data={"text": TEXT, "latitude": "1", "longitude": "0.5"})
    client.post("/report", data={**hidden(inside.text), "draft": "a"})
    outside = client.post("/report", data={"text": "另一处的井盖松了", "latitude": "40", "longitude": "116"})
    client.post("/report", data={**hidden(outside.text), "draft": "b"})
    with outlined.app_context():
        first, second = db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id))
        assert (first.latitude, first.longitude, first.area.code) == (1.0, 0.5, "T11")
        assert (second.latitude, second.longitude) == (None, None)


def test_an_emergency_is_answered_with_the_numbers_to_call(client: FlaskClient) -> None:
    page = client.post("/report", data={"text": "楼道里煤气泄漏味道很大，有人晕倒了，快来人"})
    assert "看起来情况紧急" in page.text


def test_the_secret_stands_in_no_address_and_needs_the_session(app: Flask, client: FlaskClient) -> None:
    number = report(client)
    assert client.get(f"/track/{number}").status_code == 200
    stranger = app.test_client()
    assert stranger.get("/report/done").headers["Location"] == "/report"
    assert stranger.get(f"/track/{number}").headers["Location"] == f"/track?number={number}"
