"""The reply to a WeChat delivery: written once, by whoever is first, and the same for all its repetitions.

``WechatDelivery.reply`` holds it. The bot's thread writes what it has to say; a request whose time is up writes a promise
instead, and the answer then goes out by customer-service message, or with the next reply.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from webapp.extensions import db
from webapp.models import ChatMessage, WechatDelivery, utcnow
from webapp.services import notify, wechat_account, wechat_delivery, wechat_text

POLL_S = 0.1
# A passive reply should be on the screen before what continues it.
HEAD_START_S = 0.5


@lru_cache(maxsize=4)
def _room(size: int) -> threading.BoundedSemaphore:
    # So many requests of this process may wait for an answer; the rest promise one, and the pages stay quick.
    return threading.BoundedSemaphore(size)


def reply_by(delivery_id: int, deadline: float, ready: threading.Event | None = None) -> str:
    """The reply of a delivery: as soon as it is there, or a promise at ``deadline``. Commits when it promises.

    With ``ready`` it is the first delivery of its message, and promises at once where too many wait already. A repetition
    always waits: it comes when the first has its reply, or at the same moment, and must not decide for it.
    """
    with _place_to_wait(needed=ready is not None) as may_wait:
        while (reply := _written(delivery_id)) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not may_wait:
                return promise(delivery_id)
            if ready is None:
                time.sleep(min(POLL_S, left))
            elif ready.wait(left):
                ready = None
    return reply


@contextmanager
def _place_to_wait(needed: bool) -> Iterator[bool]:
    # Twice as many as the bot is asked at a time: those behind them would hardly be answered in time.
    room = _room(2 * current_app.config["CHAT_CONCURRENCY"])
    taken = needed and room.acquire(blocking=False)
    try:
        yield taken or not needed
    finally:
        if taken:
            room.release()


def _written(delivery_id: int) -> str | None:
    reply = db.session.scalar(select(WechatDelivery.reply).where(WechatDelivery.id == delivery_id))
    # Gives the connection back, and the next look sees what others have written meanwhile.
    db.session.rollback()
    return reply


def promise(delivery_id: int) -> str:
    """Write that an answer follows, unless there is one already; the reply. Commits."""
    if wechat_account.is_configured():
        text = _("收到了，正在处理，马上回复您。")
    else:
        text = _("收到了，正在处理。请稍等一会儿，回复“好”看结果。")
    write(delivery_id, text)
    db.session.commit()
    return _written(delivery_id) or ""


def write(delivery_id: int, reply: str) -> bool:
    """Write the reply in the caller's transaction; False when there is one."""
    statement = update(WechatDelivery).where(WechatDelivery.id == delivery_id, WechatDelivery.reply.is_(None))
    return bool(db.session.connection().execute(statement.values(reply=reply)).rowcount)


def settle(delivery_id: int, ready: threading.Event | None = None) -> None:
    """Reply with what waits for the person, as far as one text holds it; the rest goes out by itself. Commits."""
    delivery = db.session.get_one(WechatDelivery, delivery_id)
    conversation_id = delivery.follower.conversation_id
    left_over = _give(delivery_id, conversation_id)
    done = update(WechatDelivery).where(
        WechatDelivery.id == delivery_id, WechatDelivery.answered_at.is_(None)
    )
    db.session.execute(done.values(answered_at=utcnow()))
    can_send = left_over and wechat_account.is_configured()
    queued = wechat_delivery.later(conversation_id) if can_send else None
    db.session.commit()
    if ready is not None:
        ready.set()
    if queued is not None:
        time.sleep(HEAD_START_S if ready is not None else 0)
        notify.try_soon(queued)


def _give(delivery_id: int, conversation_id: int) -> bool:
    """Write the reply unless there is one, in the caller's transaction; whether something still has to be sent."""
    for _attempt in range(20):
        messages = wechat_delivery.waiting(conversation_id)
        if not messages:
            write(delivery_id, "")
            return False
        made = wechat_text.pieces(messages) or [wechat_text.Piece("", messages[-1].id)]
        if wechat_delivery.take(conversation_id, messages[0].id, made[0].upto):
            if not write(delivery_id, made[0].text):
                db.session.rollback()
                return True
            if made[0].begun:
                _note_begun(messages, made[0])
            return len(made) > 1
        # Somebody is sending to this person at this moment: look again at what is left.
        db.session.rollback()
        time.sleep(POLL_S)
    write(delivery_id, "")
    return True


def _note_begun(messages: list[ChatMessage], piece: wechat_text.Piece) -> None:
    begun = next(message for message in messages if message.id > piece.upto)
    begun.payload = {**begun.payload, "begun": piece.begun}
