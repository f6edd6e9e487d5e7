"""Photos and positions sent in a chat: bubbles first; then they belong to the request that comes of the conversation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.workflow import Action
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Attachment, ChatMessage, Conversation, ServiceRequest, utcnow
from webapp.queries import places
from webapp.services import casework, chat, photos
from webapp.services.actor import RESIDENT
from webapp.services.bot_silence import PHOTO_SENT as PHOTO_SENT
from webapp.services.bot_silence import POSITION_SENT as POSITION_SENT

LONGEST_LABEL = 100
# As long as a dialogue lasts (bot/domain: session_expiration_time): an older photo was about something else.
FRESH = timedelta(hours=2)


def record_photo(conversation: Conversation, stream: BinaryIO, client_id: str | None = None) -> ChatMessage:
    """Add a photo's bubble and file in the caller's transaction; once it is committed, tell the bot ``PHOTO_SENT``.

    The payload is ``{"photo": sha256, "width": pixels, "height": pixels}``. Raises ``InvalidInput`` for no photo.
    """
    photo = photos.store(stream)
    payload = {"photo": photo.sha256, "width": photo.width, "height": photo.height}
    message = chat.record(conversation, "", client_id, payload)
    db.session.flush()
    photo.message_id = message.id
    return message


def record_position(
    conversation: Conversation,
    latitude: float,
    longitude: float,
    label: str = "",
    client_id: str | None = None,
) -> tuple[ChatMessage, str]:
    """Add a position's bubble (degrees) in the caller's transaction; the bubble and what to tell the bot after committing.

    Its text is the place: ``label``, else the area there, else the numbers. The payload's ``position`` holds
    ``latitude``, ``longitude``, ``label`` and ``area`` ('' outside the city). Raises ``InvalidInput``.
    """
    if not (
        math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    ):
        raise InvalidInput(_("这个位置不对，请重新发送，或直接写地址。"), "latitude")
    found = places.area_at(latitude, longitude)
    area = places.line_of(found) if found is not None else ""
    label = " ".join((label or "").split())[:LONGEST_LABEL]
    position = {"latitude": latitude, "longitude": longitude, "label": label, "area": area}
    name = label or area or f"{latitude:.5f}, {longitude:.5f}"
    return chat.record(conversation, name, client_id, {"position": position}), POSITION_SENT


def receive_photo(
    conversation: Conversation, stream: BinaryIO, client_id: str | None = None
) -> list[ChatMessage]:
    """Store a photo once per ``client_id`` and return what answers it. Commits. Raises ``InvalidInput``."""

    def said() -> str:
        record_photo(conversation, stream, client_id)
        return PHOTO_SENT

    return chat.once(conversation, client_id, said)


def receive_position(
    conversation: Conversation,
    latitude: float,
    longitude: float,
    label: str = "",
    client_id: str | None = None,
) -> list[ChatMessage]:
    """Store a position once per ``client_id`` and return what answers it. Commits. Raises ``InvalidInput``."""
    return chat.once(
        conversation,
        client_id,
        lambda: record_position(conversation, latitude, longitude, label, client_id)[1],
    )


def last_position(conversation: Conversation) -> dict[str, Any] | None:
    """The position sent last in this dialogue: ``latitude``, ``longitude``, ``label``, ``area`` and its ``name``."""
    for message in _recent(conversation):
        if position := message.payload.get("position"):
            return {**position, "name": message.text}
    return None


def waiting_photos(conversation: Conversation) -> list[Attachment]:
    """Photos of this dialogue that belong to no request yet, oldest first."""
    ids = [m.id for m in _recent(conversation) if m.payload.get("photo") and not m.payload.get("aside")]
    statement = select(Attachment).where(Attachment.message_id.in_(ids), Attachment.request_id.is_(None))
    return list(db.session.scalars(statement.order_by(Attachment.id)))


def set_aside(conversation: Conversation) -> None:
    """The report was cancelled: its photos stay in the conversation and go to no other request. Commits."""
    for message in _recent(conversation):
        if message.payload.get("photo"):
            message.payload = {**message.payload, "aside": True}
    db.session.commit()


def give_photos(conversation: Conversation, request: ServiceRequest) -> int:
    """Move the waiting photos to ``request``, as many as it may have; how many. Commits."""
    moved = _moved(conversation, request)
    db.session.commit()
    return moved


def add_photos(conversation: Conversation, request: ServiceRequest) -> int:
    """Add the waiting photos to a request that is being handled, as a supplement; how many. Commits.

    Raises the workflow's errors when nothing can be added any more.
    """
    moved = _moved(conversation, request)
    if moved:
        step = casework.Step(Action.SUPPLEMENT, _("在聊天中补充了照片"), data={"photos": moved})
        casework.apply_step(request, step, RESIDENT, utcnow())
    db.session.commit()
    return moved


def add_position(conversation: Conversation, request: ServiceRequest) -> str:
    """Add the position sent last to a request that has none, as a supplement; the place's name. Commits.

    Raises the workflow's errors when nothing can be added any more.
    """
    position = last_position(conversation)
    if position is None:
        return ""
    request.latitude, request.longitude = position["latitude"], position["longitude"]
    request.address = request.address or position["name"]
    found = places.area_at(request.latitude, request.longitude)
    if found is not None and found.path.startswith(request.area.path):
        # Finer than what the words told; who answers for it stays as it is.
        request.area_id, request.area = found.id, found
    casework.apply_step(
        request,
        casework.Step(Action.SUPPLEMENT, _("位置：%(place)s", place=position["name"])),
        RESIDENT,
        utcnow(),
    )
    db.session.commit()
    return str(position["name"])


def _moved(conversation: Conversation, request: ServiceRequest) -> int:
    room = current_app.config["PHOTO_LIMIT"] - len(request.attachments)
    taken = waiting_photos(conversation)[: max(room, 0)]
    request.attachments.extend(taken)
    return len(taken)


def _recent(conversation: Conversation) -> Sequence[ChatMessage]:
    statement = select(ChatMessage).where(
        ChatMessage.conversation_id == conversation.id,
        ChatMessage.author == "resident",
        ChatMessage.created_at > utcnow() - FRESH,
    )
    return db.session.scalars(statement.order_by(ChatMessage.id.desc())).all()
