"""``/desk/inbox``: conversations that wait for a person."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation
from webapp.queries import conversations as queries
from webapp.security import staff
from webapp.services import chat, contacts
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.filters import masked

# Chats are about everything and everybody: not for the departments, which get the requests that come of them.
ROLES = (Role.HOTLINE_AGENT, Role.DISPATCHER)
REASONS = {
    "asked": N_("居民要求人工"), "lost": N_("智能助手没听懂"), "bot_unavailable": N_("智能助手没有回应"),
    "bot_error": N_("智能助手出错"), "no_number": N_("查不到编号"), "service_not_found": N_("找不到服务事项"),
    "self_harm": N_("可能有生命危险，请立即处理"),
}  # fmt: skip


@bp.context_processor
def reasons() -> dict[str, Any]:
    """Why a conversation waits, in words."""
    return {"reason_text": lambda key: _(REASONS[key]) if key in REASONS else "", "danger": queries.DANGER}


@bp.get("/inbox")
@staff(*ROLES)
def inbox() -> str:
    """Conversations, those that wait for a person first."""
    only_waiting = request.args.get("all") != "1"
    return render_template(
        "desk/inbox.html",
        rows=queries.inbox(only_waiting),
        only_waiting=only_waiting,
        waiting=queries.waiting_count(),
    )


def _conversation(conversation_id: int) -> Conversation:
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(_("没有找到这个对话。"))
    return conversation


def _render(
    conversation: Conversation, typed: str = "", error: str = "", status: int = 200, clear: bool = False
) -> Any:
    return (
        render_template(
            "desk/conversation.html", conversation=conversation, messages=queries.messages(conversation.id),
            typed=typed, error=error, clear=clear, words_of=words_of,
        ),
        status,
    )  # fmt: skip


@bp.get("/inbox/<int(max=2147483647):conversation_id>")
@staff(*ROLES)
def conversation(conversation_id: int) -> Any:
    """One conversation."""
    return _render(_conversation(conversation_id))


@bp.get("/inbox/<int(max=2147483647):conversation_id>/messages")
@staff(*ROLES)
def new_messages(conversation_id: int) -> Response:
    """Messages after ``after``, for the page's live refresh."""
    found = queries.messages(
        _conversation(conversation_id).id, after=min(request.args.get("after", 0, type=int), 2**31)
    )
    return jsonify(messages=[_bubble(m) for m in found])


def words_of(message: ChatMessage, clear: bool = False) -> str:
    """What a bubble says, personal data hidden unless ``clear``; cards and buttons of the bot by their titles."""
    titles = "　".join(f"[{button.get('title', '')}]" for button in message.payload.get("buttons") or [])
    text = "\n".join(part for part in (message.text, titles) if part) or _("（卡片或图片）")
    return text if clear else masked(text)


def _bubble(message: ChatMessage) -> dict[str, Any]:
    return {
        "id": message.id, "author": message.author, "text": words_of(message),
        "at": format_datetime(message.created_at, "MM-dd HH:mm"),
    }  # fmt: skip


@bp.post("/inbox/<int(max=2147483647):conversation_id>/words")
@staff(*ROLES)
def clear_words(conversation_id: int) -> Any:
    """The conversation once with phone numbers and names in it; the look is recorded first."""
    found = _conversation(conversation_id)
    contacts.unmask_conversation(found, Actor.of(current_user))
    return _render(found, clear=True)


@bp.post("/inbox/<int(max=2147483647):conversation_id>/reply")
@staff(*ROLES)
def reply(conversation_id: int) -> Any:
    """Answer as a person; from then on the bot is silent until the conversation is given back."""
    text = request.form.get("text", "")
    try:
        chat.reply_as_person(conversation_id, text, Actor.of(current_user))
    except InvalidInput as problem:
        return _render(_conversation(conversation_id), text, problem.message, 422)
    return redirect(url_for("desk.conversation", conversation_id=conversation_id))


@bp.post("/inbox/<int(max=2147483647):conversation_id>/give-back")
@staff(*ROLES)
def give_back(conversation_id: int) -> Any:
    """The person is done; the bot answers again."""
    chat.give_back(conversation_id)
    return redirect(url_for("desk.inbox"))
