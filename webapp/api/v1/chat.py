"""``/api/v1/chat/messages``: the chat page's and other programs' way to talk to the bot."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import current_app, request
from flask.views import MethodView
from sqlalchemy import select

from webapp.api.v1.schemas import ChatIn, ChatOut, ChatQuery, message_view
from webapp.crypto import keyed_hash
from webapp.extensions import db, limiter
from webapp.incoming import Blueprint
from webapp.models import ChatMessage, Conversation
from webapp.security import public, visitor_identity
from webapp.services import chat

bp = Blueprint("api_chat", __name__, url_prefix="/api/v1/chat", description="对话")


def _sender(given: str | None) -> tuple[str, str]:
    """Sender key and identity. Names given by programs live apart from browsers, so none can be taken over."""
    if given:
        identity = keyed_hash("api-sender", given)
        return f"api:{identity[:40]}", identity
    identity = visitor_identity()
    return f"web:{identity[:40]}", identity


def _rate_key() -> str:
    body = request.get_json(silent=True)
    given = body.get("sender") if isinstance(body, dict) else None
    return _sender(given if isinstance(given, str) else None)[0]


@bp.route("/messages")
@public
class Messages(MethodView):
    """One conversation per sender."""

    decorators: ClassVar = [
        limiter.limit(lambda: current_app.config["RATE_CHAT"], key_func=_rate_key, methods=["POST"]),
        # Whoever takes a new name for every message has an address all the same; a whole office may share it.
        limiter.limit(lambda: current_app.config["RATE_CHAT_ADDRESS"], methods=["POST"]),
    ]

    @bp.arguments(ChatIn)
    @bp.response(200, ChatOut)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Say something; the answer holds what the bot says (nothing while a person has taken over)."""
        sender, identity = _sender(data["sender"])
        conversation = chat.conversation_of(sender, "chat", identity)
        answers = chat.receive(conversation, data["text"], data["client_id"])
        return {"messages": [message_view(m) for m in answers], "handler": conversation.handler}

    @bp.arguments(ChatQuery, location="query")
    @bp.response(200, ChatOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The conversation after message ``after``, oldest first (the last 200 at most)."""
        sender, _identity = _sender(query["sender"])
        conversation = db.session.scalar(select(Conversation).where(Conversation.sender == sender))
        if conversation is None:
            return {"messages": [], "handler": "bot"}
        statement = (
            select(ChatMessage)
            .where(ChatMessage.conversation_id == conversation.id, ChatMessage.id > query["after"])
            .order_by(ChatMessage.id.desc())
            .limit(200)
        )
        messages = list(db.session.scalars(statement))[::-1]
        return {"messages": [message_view(m) for m in messages], "handler": conversation.handler}
