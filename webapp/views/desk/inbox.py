"""``/desk/inbox``: conversations that wait for a person."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation
from webapp.queries import conversations as queries
from webapp.security import staff
from webapp.services import bot_silence, chat, contacts, wechat_delivery
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.filters import masked, moment

REASONS = {
    "asked": N_("居民要求人工"), "lost": N_("智能助手没听懂"), "bot_unavailable": N_("智能助手没有回应"),
    "bot_slow": N_("智能助手没有回应"), "bot_catching_up": N_("智能助手没有回应"),
    "bot_error": N_("智能助手出错"), "no_number": N_("查不到编号"), "service_not_found": N_("找不到服务事项"),
    "self_harm": N_("可能有生命危险，请立即处理"), "taken_over": N_("工作人员已接入，居民在等回复"),
}  # fmt: skip

# Reasons that end by themselves when the bot answers after all.
BOT_SILENT = frozenset({bot_silence.UNAVAILABLE, bot_silence.SLOW, bot_silence.CATCHING_UP})

CARDS = {
    "stars": N_("（五星评价卡）"), "tags": N_("（评价标签）"), "tracking": N_("（编号和查询码卡）"),
    "ask_location": N_("（“发送我的位置”按钮）"), "service": N_("（服务详情）"), "handover": N_("（已转人工）"),
}  # fmt: skip
_SECRET = re.compile(r"(查询码[：:\s]*)[0-9A-Z]{6}")


@bp.context_processor
def reasons() -> dict[str, Any]:
    """Why a conversation waits, in words."""
    return {"reason_text": lambda key: _(REASONS[key]) if key in REASONS else "", "danger": queries.DANGER}


@bp.get("/inbox")
@staff(Permission.ANSWER_CHATS)
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
            typed=typed, error=error, clear=clear, words_of=words_of, photo_of=photo_of, map_of=map_of,
            state=_state(conversation),
        ),
        status,
    )  # fmt: skip


@bp.get("/inbox/<int(max=2147483647):conversation_id>")
@staff(Permission.ANSWER_CHATS)
def conversation(conversation_id: int) -> Any:
    """One conversation; the look is recorded."""
    found = _conversation(conversation_id)
    contacts.viewed_conversation(found, Actor.of(current_user))
    return _render(found)


@bp.get("/inbox/<int(max=2147483647):conversation_id>/messages")
@staff(Permission.ANSWER_CHATS)
def new_messages(conversation_id: int) -> Response:
    """Messages after ``after``, for the page's live refresh."""
    talk = _conversation(conversation_id)
    found = queries.messages(talk.id, after=min(request.args.get("after", 0, type=int), 2**31))
    return jsonify(messages=[_bubble(m) for m in found], **_state(talk))


def words_of(message: ChatMessage, clear: bool = False) -> str:
    """What a bubble says, personal data hidden unless ``clear``; cards and buttons of the bot by their titles."""
    payload = message.payload
    if payload.get("photo"):
        return _("[图片]")
    if here := payload.get("position"):
        return (
            _("[位置] %(place)s", place=message.text if clear else masked(message.text)) + "\n" + where(here)
        )
    titles = "　".join(f"[{button.get('title', '')}]" for button in payload.get("buttons") or [])
    card = CARDS.get(str((payload.get("custom") or {}).get("type")), N_("（卡片）"))
    text = "\n".join(part for part in (message.text, titles) if part) or _(card)
    # What opens a case is nobody's business here either.
    return text if clear else _SECRET.sub(r"\1******", masked(text))


def photo_of(message: ChatMessage) -> dict[str, Any] | None:
    """A bubble's photo: address, width and height in pixels."""
    payload = message.payload
    if not payload.get("photo"):
        return None
    url = url_for("system.photo", sha256=payload["photo"])
    return {"url": url, "width": payload["width"], "height": payload["height"]}


def map_of(message: ChatMessage) -> str:
    """Address of the small map of a bubble's position; '' without one."""
    here = message.payload.get("position")
    if not here or not here["area"]:
        return ""
    return url_for("chat.small_map", latitude=here["latitude"], longitude=here["longitude"])


def where(position: dict[str, Any]) -> str:
    """The area of a position, as districts, streets and communities are called, and its degrees."""
    area = position["area"] or _("不在本市范围")
    return f"{area}（{position['latitude']:.5f}, {position['longitude']:.5f}）"


def _bubble(message: ChatMessage) -> dict[str, Any]:
    return {
        "id": message.id, "author": message.author, "text": words_of(message),
        "at": moment(message.created_at), "photo": photo_of(message), "map": map_of(message),
    }  # fmt: skip


def _state(conversation: Conversation) -> dict[str, Any]:
    """Who answers, in words, and which of the two buttons makes sense."""
    taken = queries.is_taken_over(conversation)
    if taken:
        words = _("人工服务中：智能助手不会回答。")
    elif conversation.handler == "person":
        words = _("居民在等人工，智能助手不再回答。请接入，或直接回复。")
    elif conversation.needs_human and conversation.reason in BOT_SILENT:
        words = _("居民的话智能助手没有回答；它恢复后会自己接着答，这里就不再提示。您也可以直接回复。")
    else:
        words = _("智能助手在回答。您随时可以接入；您一回复，就转为人工。")
    if conversation.channel == "wechat" and (kept := wechat_delivery.waiting(conversation.id)):
        words += _(
            "有 %(count)s 条还没送到对方微信：能发时马上发出，超出微信限制的等对方下次说话时一起送达。",
            count=len(kept),
        )
    badge = REASONS.get(conversation.reason, "") if conversation.needs_human else ""
    return {
        "badge": _(badge) if badge else "",
        "urgent": conversation.reason == queries.DANGER,
        "taken": taken,
        "words": words,
        "may_give_back": conversation.handler == "person" or conversation.needs_human,
    }


@bp.post("/inbox/<int(max=2147483647):conversation_id>/words")
@staff(Permission.UNMASK_CHAT)
def clear_words(conversation_id: int) -> Any:
    """The conversation once with phone numbers and names in it; the look is recorded first."""
    found = _conversation(conversation_id)
    contacts.unmask_conversation(found, Actor.of(current_user))
    return _render(found, clear=True)


@bp.post("/inbox/<int(max=2147483647):conversation_id>/reply")
@staff(Permission.ANSWER_CHATS)
def reply(conversation_id: int) -> Any:
    """Answer as a person; from then on the bot is silent until the conversation is given back."""
    text = request.form.get("text", "")
    try:
        chat.reply_as_person(conversation_id, text, Actor.of(current_user))
    except InvalidInput as problem:
        return _render(_conversation(conversation_id), text, problem.message, 422)
    return redirect(url_for("desk.conversation", conversation_id=conversation_id))


@bp.post("/inbox/<int(max=2147483647):conversation_id>/take-over")
@staff(Permission.ANSWER_CHATS)
def take_over(conversation_id: int) -> Any:
    """A person takes over without waiting to be asked; the resident sees it at once."""
    chat.take_over(conversation_id)
    return redirect(url_for("desk.conversation", conversation_id=conversation_id))


@bp.post("/inbox/<int(max=2147483647):conversation_id>/typing")
@staff(Permission.ANSWER_CHATS)
def typing(conversation_id: int) -> Any:
    """An answer is being written."""
    chat.person_types(conversation_id)
    return "", 204


@bp.post("/inbox/<int(max=2147483647):conversation_id>/give-back")
@staff(Permission.ANSWER_CHATS)
def give_back(conversation_id: int) -> Any:
    """The person is done; the bot answers again."""
    chat.give_back(conversation_id)
    return redirect(url_for("desk.inbox"))
