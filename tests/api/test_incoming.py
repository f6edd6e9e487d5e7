"""Whatever bytes arrive: the words are kept, and nothing is answered with an inside error."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models import ChatMessage, ServiceRequest


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)]
)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The small town on either database, errors answered as they are for residents."""
    tmp_path = tmp_path_factory.mktemp("incoming")
    url = f"sqlite:///{tmp_path / 'm.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    config = app_config(tmp_path / "unused", tmp_path)
    app = create_app({**config, "SQLALCHEMY_DATABASE_URI": url, "PROPAGATE_EXCEPTIONS": False})
    with app.app_context():
        db.create_all()
        make_town()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.mark.parametrize("odd", ["\0", "\x0b", "\ud800"], ids=["null", "control", "surrogate"])
def test_odd_characters_are_dropped_and_the_words_kept(served: Flask, odd: str) -> None:
    browser = served.test_client()
    body = dict.fromkeys(("text", "address", "contact_name"), f"路灯{odd}坏了")
    # json.dumps spells them \u0000 and \ud800, as a careless program does.
    sent = {"data": json.dumps(body), "content_type": "application/json"}
    assert browser.post("/api/v1/requests", **sent).status_code == 201
    said = {
        "data": json.dumps({"sender": f"s{odd}", "text": f"你{odd}好"}),
        "content_type": "application/json",
    }
    assert browser.post("/api/v1/chat/messages", **said).status_code == 200
    with served.app_context():
        request = db.session.query(ServiceRequest).order_by(ServiceRequest.id.desc()).first()
        assert request is not None
        assert (request.text, request.address) == ("路灯坏了", "路灯坏了")
        said_last = (
            db.session.query(ChatMessage).filter_by(author="resident").order_by(ChatMessage.id.desc()).first()
        )
        assert said_last is not None
        assert said_last.text == "你好"


@pytest.mark.parametrize("place", [("nan", "1"), ("1", "inf"), ("90.1", "1"), ("1", "-181"), ("north", "1")])
def test_what_is_no_place_on_earth_is_refused(client: FlaskClient, place: tuple[str, str]) -> None:
    """NaN, once stored, is no JSON: it would spoil the list for every reader."""
    form = {"service_code": "0101", "description": "路灯坏了", "lat": place[0], "long": place[1]}
    assert client.post("/open311/v2/requests.json", data=form).status_code == 400
    assert client.get("/open311/v2/requests.json").json == []


def test_a_null_in_a_form_is_dropped(served: Flask) -> None:
    form = {"service_code": "0101", "description": "路灯\0坏了", "address_string": "\0"}
    assert served.test_client().post("/open311/v2/requests.json", data=form).status_code == 201
    with served.app_context():
        stored = db.session.query(ServiceRequest).order_by(ServiceRequest.id.desc()).first()
        assert stored is not None
        assert stored.text == "路灯坏了"


@pytest.mark.parametrize("path", ["/api/v1/requests", "/api/v1/reviews", "/api/v1/chat/messages"])
def test_json_nested_without_end_is_bad_json(served: Flask, path: str) -> None:
    bodies = ("{", "[" * 100_000, '{"text":' * 100_000)
    browser = served.test_client()
    answers = [browser.post(path, data=body, content_type="application/json") for body in bodies]
    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize(
    "path",
    [
        "/services?q=%00", "/services/%00", "/rate?q=%00", "/rate/%00", "/track/%00", "/photos/%00.jpg",
        "/services?page=99999999999999999999", "/api/v1/requests/%00", "/api/v1/requests?area_code=%00",
        "/api/v1/services/%00", "/api/v1/areas?parent_code=%00", "/api/v1/chat/messages?after=99999999999999999999",
        "/api/v1/chat/messages?sender=%00", "/open311/v2/requests.json?service_request_id=%00,a",
        "/open311/v2/requests.json?service_code=%00", "/open311/v2/requests/%00.json", "/open311/v2/services/%00.xml",
        "/open311/v2/requests.json?start_date=0001-01-01T00:00:00%2B23:59",
        "/open311/v2/requests.json?end_date=9999-12-31T23:59:59-23:59", "/account/login?next=%00",
    ],
)  # fmt: skip
def test_no_address_is_an_inside_error(served: Flask, path: str) -> None:
    assert served.test_client().get(path).status_code < 500


def test_chinese_stays_readable_in_json(client: FlaskClient) -> None:
    assert "没有找到" in client.get("/api/v1/requests/MP0").text
