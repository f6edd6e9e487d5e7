"""Photos and positions by the API: what callers send, what they get, what is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.plugin_app import app_config
from tests.service.test_chat_media import picture
from webapp import create_app
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation
from webapp.services import chat

PHOTOS, POSITIONS, MESSAGES = "/api/v1/chat/photos", "/api/v1/chat/positions", "/api/v1/chat/messages"


def _send(client: FlaskClient, data: bytes | None = None, **values: Any) -> Any:
    stream = picture() if data is None else BytesIO(data)
    return client.post(PHOTOS, data={"photo": (stream, "灯.jpg"), "client_id": "c1", **values})


def _told(client: FlaskClient) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = client.get(MESSAGES).json["messages"]
    return messages


def test_a_photo_is_stored_shown_and_answered(client: FlaskClient) -> None:
    answer = _send(client)
    assert answer.status_code == 200, answer.text
    # The bot is down in this test: the apology answers, and the photo is there.
    assert [m["author"] for m in answer.json["messages"]] == ["system"]
    mine = _told(client)[0]
    assert (mine["author"], mine["client_id"], mine["text"]) == ("resident", "c1", "")
    assert (mine["photo"]["width"], mine["photo"]["height"]) == (40, 30)
    with client.get(mine["photo"]["url"]) as photo:
        assert photo.mimetype == "image/jpeg"


def test_sent_again_it_is_stored_once_and_answered_alike(client: FlaskClient) -> None:
    first, second = _send(client), _send(client)
    assert first.json["messages"] == second.json["messages"]
    assert len(_told(client)) == 2


def test_programs_name_their_sender(client: FlaskClient) -> None:
    assert _send(client, sender="p1").status_code == 200
    assert _told(client) == []
    assert len(client.get(MESSAGES, query_string={"sender": "p1"}).json["messages"]) == 2


@pytest.mark.parametrize(("data", "words"), [(b"<svg/>", "不是可以识别的照片"), (b"", "不是可以识别的照片")])
def test_what_is_no_photo_is_told_so(client: FlaskClient, data: bytes, words: str) -> None:
    answer = _send(client, data)
    assert answer.status_code == 422
    assert words in answer.json["message"]
    assert _told(client) == []


def test_no_photo_at_all(client: FlaskClient) -> None:
    answer = client.post(PHOTOS, data={"client_id": "c1"})
    assert answer.status_code == 422
    assert "请选择一张照片" in answer.text


def test_too_large(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 2000
    answer = _send(client, b"x" * 3000)
    assert answer.status_code == 413
    assert "请压缩照片" in answer.json["message"]


def test_a_position(client: FlaskClient) -> None:
    place = {"latitude": 28.05, "longitude": 113.05, "label": "文澜路12号", "client_id": "c2"}
    for _ in range(2):
        assert client.post(POSITIONS, json=place).status_code == 200
    mine = _told(client)[0]
    assert mine["text"] == "文澜路12号"
    assert mine["position"] == {"latitude": 28.05, "longitude": 113.05, "label": "文澜路12号", "area": ""}
    assert len(_told(client)) == 2


@pytest.mark.parametrize(
    "place",
    [{}, {"latitude": 91, "longitude": 0}, {"latitude": "x", "longitude": 0},
     {"latitude": 1, "longitude": 1, "label": "长" * 201}],
    ids=["nothing", "beyond the pole", "no number", "long label"],
)  # fmt: skip
def test_impossible_positions(client: FlaskClient, place: dict[str, object]) -> None:
    assert client.post(POSITIONS, json=place).status_code == 422


def test_words_photos_and_positions_share_one_limit(app: Flask, tmp_path: Path) -> None:
    strict = {"RATELIMIT_ENABLED": True, "RATE_CHAT": "3 per minute"}
    client = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), **strict}).test_client()
    client.get("/chat")
    statuses = [
        client.post(MESSAGES, json={"text": "你好"}).status_code,
        _send(client).status_code,
        client.post(POSITIONS, json={"latitude": 1, "longitude": 1}).status_code,
        _send(client, client_id="c9").status_code,
    ]
    assert statuses == [200, 200, 200, 429]


def test_who_answers_and_that_they_type(app: Flask, client: FlaskClient) -> None:
    _send(client)
    with app.app_context():
        conversation = db.session.query(Conversation).one()
        chat.take_over(conversation.id)
        chat.take_over(conversation.id)
        chat.person_types(conversation.id)
        assert db.session.query(ChatMessage).filter_by(author="system").count() == 2
    told = client.get(MESSAGES).json
    assert (told["handler"], told["typing"]) == ("person", True)
    assert "工作人员已接入" in told["messages"][-1]["text"]


def test_openapi_describes_them(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    body = paths[PHOTOS]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data"}
    assert POSITIONS in paths
