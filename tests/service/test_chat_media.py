"""Photos and positions in a chat: stored once, safe, and given to the request that comes of the conversation."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image

from tests.factories import Town
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Area, Attachment, ChatMessage, Conversation, ServiceRequest, utcnow
from webapp.services import chat, chat_media, submit

pytestmark = pytest.mark.usefixtures("context")
SQUARE = [[[113.0, 28.0], [113.1, 28.0], [113.1, 28.1], [113.0, 28.1], [113.0, 28.0]]]


def picture(colour: str = "red", kind: str = "JPEG") -> BytesIO:
    """A small picture with a position in its camera data, as phones write it."""
    image, out = Image.new("RGB", (40, 30), colour), BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (28.0, 3.0, 0.0)}
    image.save(out, kind, exif=exif)
    out.seek(0)
    return out


@pytest.fixture
def talk() -> Conversation:
    """A conversation that a person has taken over: nobody asks the bot."""
    chat.conversation_of("web:a", "chat", "a")
    return chat.hand_over("web:a", "asked")


@pytest.fixture
def here(town: Town) -> Area:
    """The city with an outline around 113.05, 28.05."""
    city = db.session.get_one(Area, town.areas["T"])
    street = db.session.get_one(Area, town.areas["T1"])
    for area in (city, street):
        area.outline = {"type": "Polygon", "coordinates": SQUARE}
    db.session.commit()
    return street


def _request() -> ServiceRequest:
    return submit.submit_request(submit.RequestDraft(text="柳树社区路灯坏了三天没人修", identity="a")).request


def _spoken() -> int:
    """Bubbles of the resident."""
    return db.session.query(ChatMessage).filter_by(author="resident").count()


def test_a_photo_is_a_bubble_without_camera_data(context: Flask, talk: Conversation) -> None:
    chat_media.receive_photo(talk, picture(), "c1")
    message = db.session.query(ChatMessage).filter_by(author="resident").one()
    photo = db.session.query(Attachment).one()
    assert message.payload == {"photo": photo.sha256, "width": 40, "height": 30}
    assert (photo.message_id, photo.request_id) == (message.id, None)
    assert talk.needs_human
    with Image.open(context.config["UPLOAD_DIR"] / f"{photo.sha256}.jpg") as stored:
        assert not stored.getexif()


def test_a_repeated_photo_is_stored_once(talk: Conversation) -> None:
    for _ in range(2):
        chat_media.receive_photo(talk, picture(), "c1")
    assert _spoken() == db.session.query(Attachment).count() == 1


def test_two_that_come_together_are_stored_once(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    chat_media.receive_photo(talk, picture(), "c1")
    # The second looked before the first was stored.
    monkeypatch.setattr(chat, "_known", lambda conversation, client_id: None)
    assert chat_media.receive_photo(talk, picture(), "c1") == []
    assert chat_media.receive_position(talk, 28.05, 113.05, "", "c1") == []
    assert _spoken() == db.session.query(Attachment).count() == 1


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x89PNG\r\n\x1a\nrubbish", picture().getvalue()[:200]])
def test_what_is_no_photo_is_refused(talk: Conversation, data: bytes) -> None:
    with pytest.raises(InvalidInput, match="照片"):
        chat_media.receive_photo(talk, BytesIO(data), "c1")
    assert db.session.query(ChatMessage).count() == 0


def test_a_position_is_named_by_its_label_or_its_area(talk: Conversation, here: Area) -> None:
    named, said = chat_media.record_position(talk, 28.05, 113.05, " /restart\n\n文澜路 12号 ")
    assert (named.text, said) == ("/restart 文澜路 12号", "/send_position")
    assert named.payload["position"]["area"] == here.name
    assert chat_media.record_position(talk, 28.05, 113.05, "")[0].text == here.name
    assert chat_media.record_position(talk, 1.0, 2.0, "")[0].text == "1.00000, 2.00000"
    db.session.commit()
    last = chat_media.last_position(talk)
    assert last is not None
    assert (last["latitude"], last["name"]) == (1.0, "1.00000, 2.00000")


@pytest.mark.parametrize("point", [(91.0, 0.0), (0.0, -181.0), (float("nan"), 0.0), (0.0, float("inf"))])
def test_no_such_position(talk: Conversation, point: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput):
        chat_media.receive_position(talk, *point)


def test_photos_go_to_the_request_as_many_as_it_may_have(context: Flask, talk: Conversation) -> None:
    for colour in ("red", "green", "blue", "white", "black"):
        chat_media.receive_photo(talk, picture(colour))
    request = _request()
    assert chat_media.give_photos(talk, request) == context.config["PHOTO_LIMIT"]
    assert [a.request_id for a in db.session.query(Attachment).order_by(Attachment.id)] == [
        request.id
    ] * 4 + [None]
    assert chat_media.add_photos(talk, request) == 0


def test_photos_of_another_matter_stay_behind(talk: Conversation) -> None:
    chat_media.receive_photo(talk, picture("red"))
    chat_media.set_aside(talk)
    with time_machine.travel(utcnow() + timedelta(minutes=1)):
        chat_media.receive_photo(talk, picture("green"))
        assert len(chat_media.waiting_photos(talk)) == 1
    with time_machine.travel(utcnow() + timedelta(hours=3)):
        assert chat_media.waiting_photos(talk) == []


def test_what_is_sent_later_supplements_the_request(talk: Conversation, here: Area) -> None:
    request = _request()
    chat_media.receive_photo(talk, picture())
    chat_media.receive_position(talk, 28.05, 113.05, "文澜路12号")
    assert chat_media.add_photos(talk, request) == 1
    assert chat_media.add_position(talk, request) == "文澜路12号"
    assert (request.latitude, request.longitude, request.address) == (28.05, 113.05, "文澜路12号")
    notes = [e.note for e in request.events if e.event_type == "supplemented"]
    assert notes == ["在聊天中补充了照片", "位置：文澜路12号"]
    # The words told the community; the outline here is a district's.
    assert request.area.code == "T111"


def test_a_position_puts_a_request_without_a_place_on_the_map(talk: Conversation, here: Area) -> None:
    request = submit.submit_request(submit.RequestDraft(text="有人落水了快来人", identity="a")).request
    assert request.area.code == "T"
    chat_media.receive_position(talk, 28.05, 113.05)
    chat_media.add_position(talk, request)
    assert request.area.code == here.code
