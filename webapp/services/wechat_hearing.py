"""What a person on WeChat said or did, put as a bubble and as something for the bot, or answered with words of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.gateways.wechat.envelope import Incoming
from webapp.models import ChatMessage, Conversation, Service, WechatDelivery, WechatFollower, utcnow
from webapp.services import chat, chat_media, wechat_delivery, wechat_menu, wechat_text
from webapp.services.wechat_answering import Task

# What WeChat sends as the words of something that it cannot hand on (stickers, red packets, calls).
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
_RATE = "我要评价{name}"
# With a person in the conversation, silence longer than this makes people wonder whether anybody is there.
QUIET = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Heard:
    """The resident's bubble, if there is one, and what is to be done next."""

    bubble: ChatMessage | None = None
    task: Task = field(default_factory=Task)


def hear(message: Incoming, follower: WechatFollower) -> Heard:
    """Record what ``message`` says, in the caller's transaction, and say what answers it."""
    conversation = follower.conversation
    readers: dict[str, Callable[[], Heard]] = {
        "text": lambda: _words(message.get("Content"), follower),
        "voice": lambda: _voice(message.get("Recognition"), follower),
        "image": lambda: Heard(task=Task(media_id=message.get("MediaId"), picture=message.get("PicUrl"))),
        "location": lambda: _position(message, conversation),
        "subscribe": lambda: _scanned(follower, _scene(message.get("EventKey")), new=True),
        "scan": lambda: _scanned(follower, message.get("EventKey"), new=False),
        "click": lambda: _tapped(follower, message.get("EventKey")),
    }
    reader = readers.get(message.event or message.kind)
    return reader() if reader else _other(message, conversation)


def _words(text: str, follower: WechatFollower) -> Heard:
    conversation = follower.conversation
    if not text or text == UNSUPPORTED:
        bubble = chat.record(conversation, _("［不能显示的消息］"))
        return _say(conversation, bubble, _("这种消息我看不到，请打字或用语音告诉我。"))
    if conversation.handler == "person":
        return _for_person(conversation, text)
    if (wechat_text.asks_to_see(text) or wechat_text.is_number(text)) and _is_late(follower):
        # A number cannot be meant for a list that nobody has seen yet.
        return Heard(chat.record(conversation, text), Task(wait=True))
    several = wechat_text.takes_several(_last_answers(conversation))
    picked = wechat_text.chosen(conversation.offered, text, several)
    if picked is None and conversation.offered and wechat_text.is_number(text):
        return _offer_again(conversation, text)
    said = chat.for_bot(conversation, picked or text)[: chat.MAX_MESSAGE]
    return Heard(chat.record(conversation, chat.shown(conversation, picked or text)), Task(said=said))


def _for_person(conversation: Conversation, text: str, tapped: bool = False) -> Heard:
    """Words for the person who took over: who taps, or speaks after a long silence, is told that they were heard."""
    last = next(iter(_last_answers(conversation)), None)
    bubble = chat.record(conversation, text)
    if not tapped and last is not None and last.created_at > utcnow() - QUIET:
        return Heard(bubble)
    phone = current_app.config["HOTLINE_PHONE"]
    return _say(conversation, bubble, _("收到，工作人员会在这里回复您。着急请打 %(phone)s。", phone=phone))


def _offer_again(conversation: Conversation, text: str) -> Heard:
    """A number that is not on the list: the bot could only guess what it means."""
    bubble = chat.record(conversation, text)
    again = _bubble(conversation, _("没有这个数字，请看看是哪一个，也可以直接打字说。"))
    again.payload = _buttons(conversation)
    return Heard(bubble)


def _is_late(follower: WechatFollower) -> bool:
    """Whether an answer is still being made for this person, or was made and has not reached them."""
    unanswered = select(WechatDelivery.id).where(
        WechatDelivery.follower_id == follower.id, WechatDelivery.answered_at.is_(None)
    )
    waiting = bool(wechat_delivery.waiting(follower.conversation_id))
    return waiting or db.session.scalar(unanswered.limit(1)) is not None


def _last_answers(conversation: Conversation) -> list[ChatMessage]:
    statement = select(ChatMessage).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.author != "resident"
    )
    return list(db.session.scalars(statement.order_by(ChatMessage.id.desc()).limit(2)))


def _voice(recognised: str, follower: WechatFollower) -> Heard:
    if recognised:
        return _words(recognised, follower)
    bubble = chat.record(follower.conversation, _("［语音，没有听清］"))
    return _say(follower.conversation, bubble, _("这段语音没听清，请再说一遍，或者打字告诉我。"))


def _position(message: Incoming, conversation: Conversation) -> Heard:
    try:
        latitude, longitude = float(message.get("Location_X")), float(message.get("Location_Y"))
        bubble, said = chat_media.record_position(conversation, latitude, longitude, message.get("Label"))
    except (ValueError, InvalidInput):
        return _say(conversation, None, _("这个位置没收到，请重新发送，或者直接写地址。"))
    return Heard(bubble, Task(said=said))


def _other(message: Incoming, conversation: Conversation) -> Heard:
    if message.kind == "link":
        bubble = chat.record(conversation, f"{message.get('Title')} {message.get('Url')}".strip())
        return _say(conversation, bubble, _("链接我打不开。是什么事，请用几句话告诉我。"))
    if message.kind == "file":
        bubble = chat.record(conversation, _("［文件］"))
        return _say(conversation, bubble, _("文件我打不开。请拍照发来，或者用几句话告诉我。"))
    bubble = chat.record(conversation, _("［视频］"))
    return _say(conversation, bubble, _("视频我看不了。请发照片，或者用几句话告诉我是什么事、在哪里。"))


def _scene(key: str) -> str:
    """The scene of the code that led to following; '' without one."""
    return key.removeprefix("qrscene_") if key.startswith("qrscene_") else ""


def _scanned(follower: WechatFollower, scene: str, new: bool) -> Heard:
    """Following, with or without a code, or scanning one: a service's code begins its rating at once."""
    conversation = follower.conversation
    service = db.session.scalar(
        select(Service).where(Service.service_code == scene, Service.is_active.is_(True))
    )
    if service is None:
        lost = _("这个二维码对应的服务没有找到，可能已经调整。您想办什么，可以直接说。") if scene else ""
        return _begin(conversation, _greeting() if new else lost)
    follower.service_code = service.service_code
    if new:
        _bubble(conversation, _("您好，欢迎关注民评。") + _agreed())
    words = _RATE.format(name=service.name)
    if conversation.handler == "person":
        return _for_person(conversation, words, tapped=True)
    bubble = chat.record(conversation, words)
    return Heard(bubble, Task(said=words, service_code=service.service_code))


def _tapped(follower: WechatFollower, key: str) -> Heard:
    conversation = follower.conversation
    words = wechat_menu.words_of(key)
    if not words:
        return _begin(conversation, _("您想办什么？直接说，或者选一个。"))
    if conversation.handler == "person":
        return _for_person(conversation, words, tapped=True)
    return Heard(chat.record(conversation, words), Task(said=words))


def _greeting() -> str:
    return _("您好，我是民评小助手。遇到问题、想评价服务、想问怎么办事，打字、说语音都行。") + _agreed()


def _agreed() -> str:
    """What reporting something here means; WeChat has no page to show it on."""
    url = f"{current_app.config['PUBLIC_URL']}/privacy"
    return _("反映问题即表示同意隐私说明：%(url)s", url=url)


def _begin(conversation: Conversation, text: str) -> Heard:
    """Our own words with the numbered beginnings (no numbers while a person answers: nobody would read them)."""
    bubble = _bubble(conversation, text)
    if conversation.handler == "bot":
        conversation.offered = {payload: title for title, payload in wechat_menu.STARTERS}
        bubble.payload = _buttons(conversation)
    return Heard()


def _buttons(conversation: Conversation) -> dict[str, Any]:
    return {
        "buttons": [{"title": title, "payload": payload} for payload, title in conversation.offered.items()]
    }


def _say(conversation: Conversation, bubble: ChatMessage | None, text: str) -> Heard:
    """Our own words instead of the bot's; what it offered last stays offered."""
    _bubble(conversation, text)
    return Heard(bubble)


def _bubble(conversation: Conversation, text: str) -> ChatMessage:
    message = ChatMessage(
        conversation=conversation, author="system", text=text, payload={}, created_at=utcnow()
    )
    conversation.last_message_at = message.created_at
    db.session.add(message)
    return message
