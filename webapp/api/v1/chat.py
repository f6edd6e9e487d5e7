"""``/api/v1/chat``: the chat page's and other programs' way to talk to the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import current_app, request
from flask.views import MethodView
from sqlalchemy import select

from webapp.api.v1.schemas import ChatIn, ChatOut, ChatQuery, PhotoFile, PhotoForm, PositionIn, message_view
from webapp.crypto import keyed_hash
from webapp.extensions import db, limiter
from webapp.incoming import Blueprint
from webapp.models import ChatMessage, Conversation
from webapp.security import public, visitor_identity
from webapp.services import chat, chat_media

bp = Blueprint("api_chat", __name__, url_prefix="/api/v1/chat", description="对话")


def _sender(given: str | None) -> tuple[str, str]:
    """Sender key and identity. Names given by programs live apart from browsers, so none can be taken over."""
    if given:
        identity = keyed_hash("api-sender", given)
        return f"api:{identity[:40]}", identity
    identity = visitor_identity()
    return f"web:{identity[:40]}", identity


def _rate_key() -> str:
    body = request.get_json(silent=True) or request.form
    given = body.get("sender") if isinstance(body, Mapping) else None
    return _sender(given if isinstance(given, str) else None)[0]


# Words, photos and positions count together.
_LIMITS: list[Any] = [
    limiter.shared_limit(
        lambda: current_app.config["RATE_CHAT"], scope="chat", key_func=_rate_key, methods=["POST"]
    ),
    # Whoever takes a new name for every message has an address all the same; a whole office may share it.
    limiter.shared_limit(
        lambda: current_app.config["RATE_CHAT_ADDRESS"], scope="chat-address", methods=["POST"]
    ),
]


def _conversation(given: str | None) -> Conversation:
    sender, identity = _sender(given)
    return chat.conversation_of(sender, "chat", identity)


def _answer(conversation: Conversation, messages: Sequence[ChatMessage]) -> dict[str, Any]:
    return {
        "messages": [message_view(m) for m in messages], "handler": conversation.handler,
        "typing": chat.is_person_typing(conversation),
    }  # fmt: skip


@bp.route("/messages")
@public
class Messages(MethodView):
    """One conversation per sender."""

    decorators: ClassVar = _LIMITS

    @bp.arguments(ChatIn)
    @bp.response(200, ChatOut)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Say something; the answer holds what the bot says (nothing while a person has taken over)."""
        conversation = _conversation(data["sender"])
        return _answer(conversation, chat.receive(conversation, data["text"], data["client_id"]))

    @bp.arguments(ChatQuery, location="query")
    @bp.response(200, ChatOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The conversation after message ``after``, oldest first (the last 200 at most)."""
        sender, _identity = _sender(query["sender"])
        conversation = db.session.scalar(select(Conversation).where(Conversation.sender == sender))
        if conversation is None:
            return {"messages": [], "handler": "bot", "typing": False}
        statement = (
            select(ChatMessage)
            .where(ChatMessage.conversation_id == conversation.id, ChatMessage.id > query["after"])
            .order_by(ChatMessage.id.desc())
            .limit(200)
        )
        return _answer(conversation, list(db.session.scalars(statement))[::-1])


@bp.route("/photos")
@public
class Photos(MethodView):
    """Photos, one at a time."""

    decorators: ClassVar = _LIMITS

    @bp.arguments(PhotoForm, location="form")
    @bp.arguments(PhotoFile, location="files")
    @bp.response(200, ChatOut)
    def post(self, data: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
        """Send a photo (multipart form); a repeated ``client_id`` stores nothing. It goes to the request that follows."""
        conversation = _conversation(data["sender"])
        answers = chat_media.receive_photo(conversation, files["photo"].stream, data["client_id"])
        return _answer(conversation, answers)


@bp.route("/positions")
@public
class Positions(MethodView):
    """Positions."""

    decorators: ClassVar = _LIMITS

    @bp.arguments(PositionIn)
    @bp.response(200, ChatOut)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Send a position; it answers the bot's question where, or begins a report."""
        conversation = _conversation(data["sender"])
        answers = chat_media.receive_position(
            conversation, data["latitude"], data["longitude"], data["label"], data["client_id"]
        )
        return _answer(conversation, answers)
