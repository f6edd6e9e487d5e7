"""The WeChat official account, inbound: each delivery is handled once, and answered in time whatever the bot does.

A delivery's key and the resident's bubble are stored in one transaction before anything else looks at the words; WeChat's
repetitions of it find the key and get the same answer. The bot is asked beside the request
(:mod:`webapp.services.wechat_answering`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.wechat.envelope import Incoming
from webapp.models import WechatDelivery, WechatFollower, utcnow
from webapp.services import chat, wechat_answering, wechat_hearing, wechat_replies
from webapp.services.wechat_answering import Task

logger = structlog.get_logger("wechat")
MESSAGES = frozenset({"text", "voice", "image", "location", "link", "video", "shortvideo", "file"})
EVENTS = frozenset({"subscribe", "scan", "click"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a delivery is answered with: a text ('' for silence) and when it came in (Unix seconds)."""

    text: str
    received_at: int


def handle(message: Incoming, deadline: float) -> Answer:
    """Take in one delivery and answer it before ``deadline`` (``time.monotonic()``). Commits.

    Silence for a person who took over, for what needs no answer, and for what we do not know.
    """
    if message.event == "unsubscribe":
        _left(message.openid)
    if (message.event not in EVENTS) if message.kind == "event" else (message.kind not in MESSAGES):
        return Answer("", 0)
    delivery, task = _taken(_follower(message.openid), message)
    delivery_id, received_at = delivery.id, int(delivery.received_at.timestamp())
    ready = wechat_answering.begin(delivery_id, task) if task is not None else None
    return Answer(wechat_replies.reply_by(delivery_id, deadline, ready), received_at)


def _left(openid: str) -> None:
    index = crypto.keyed_hash("wechat", openid)
    statement = update(WechatFollower).where(WechatFollower.openid_index == index)
    db.session.execute(statement.values(subscribed=False))
    db.session.commit()


def _follower(openid: str) -> WechatFollower:
    """Who this is, with a conversation; new when they come for the first time. Commits when it is new."""
    index = crypto.keyed_hash("wechat", openid)
    statement = select(WechatFollower).where(WechatFollower.openid_index == index)
    follower = db.session.scalar(statement)
    if follower is not None:
        return follower
    conversation = chat.conversation_of(f"wx:{index[:40]}", "wechat", index)
    sealed = crypto.encrypt(openid)
    follower = WechatFollower(conversation=conversation, openid=sealed, openid_index=index)
    db.session.add(follower)
    try:
        db.session.commit()
    except IntegrityError:
        # Two first messages at once: the other one was faster.
        db.session.rollback()
        return db.session.scalars(statement).one()
    return follower


def _taken(follower: WechatFollower, message: Incoming) -> tuple[WechatDelivery, Task | None]:
    """The delivery, and what is to be done for it; no task when another delivery of the same is at it already."""
    key = key_of(message, follower.openid_index)
    statement = select(WechatDelivery).where(WechatDelivery.key == key)
    known = db.session.scalar(statement)
    if known is not None:
        return known, None
    heard = wechat_hearing.hear(message, follower)
    delivery = WechatDelivery(key=key, follower=follower, message=heard.bubble, received_at=utcnow())
    follower.subscribed, follower.last_seen_at, follower.sent_since = True, utcnow(), 0
    db.session.add(delivery)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return db.session.scalars(statement).one(), None
    logger.info("wechat delivery", delivery=delivery.id, kind=message.event or message.kind)
    return delivery, heard.task


def key_of(message: Incoming, person: str) -> str:
    """What is the same in all deliveries of one message or event.

    MsgId for messages, FromUserName and CreateTime for events, as WeChat recommends. The person belongs to both: no
    one may ever be given an answer meant for another.
    """
    number = message.get("MsgId")
    if message.kind != "event" and number:
        what = number if number.isdigit() and len(number) <= 20 else _hashed(number)
        return f"msg:{what}:{person[:32]}"
    what = message.event or f"{message.kind}:{_hashed(message.get('Content') or message.get('MediaId'))}"
    parts = ["event", person[:32], message.get("CreateTime")[:20], what[:60]]
    if key := message.get("EventKey"):
        parts.append(_hashed(key))
    return ":".join(parts)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
