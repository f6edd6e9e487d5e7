"""Answering a WeChat delivery: the bot is asked, or a photo fetched, in a thread beside the request."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.gateways.wechat import pictures
from webapp.gateways.wechat.client import WechatError
from webapp.models import ChatMessage, Conversation, WechatDelivery, utcnow
from webapp.services import bot_turns, chat, chat_media, wechat_account, wechat_replies

logger = structlog.get_logger("wechat")
# Tasks of this process that are being done or wait for a thread; beyond that the sweep answers.
_backlog = threading.BoundedSemaphore(64)
FORGOTTEN_AFTER = timedelta(seconds=60)
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for a delivery; nothing at all when its answer is among the bubbles already."""

    said: str = ""
    # The service whose rating ``said`` begins: chosen if the bot should ask which one is meant.
    service_code: str = ""
    media_id: str = ""
    picture: str = ""
    # Only wait for the answer to what was said before.
    wait: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether no thread is needed."""
        return self == Task()


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    # Made on the first use, hence after the fork.
    return ThreadPoolExecutor(size, thread_name_prefix="wechat")


def begin(delivery_id: int, task: Task) -> threading.Event | None:
    """Do ``task`` in a thread; the event says that the delivery has its reply. None when it has one already."""
    if task.is_nothing:
        wechat_replies.settle(delivery_id)
        return None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if not _backlog.acquire(blocking=False):
        logger.warning("wechat backlog is full", delivery=delivery_id)
        wechat_replies.promise(delivery_id)
        return None
    ready = threading.Event()
    _pool(current_app.config["CHAT_CONCURRENCY"]).submit(_work, app, delivery_id, task, ready)
    return ready


def _work(app: Flask, delivery_id: int, task: Task, ready: threading.Event) -> None:
    with app.app_context():
        try:
            _do(delivery_id, task)
            wechat_replies.settle(delivery_id, ready)
        except Exception as error:
            _failed(delivery_id, error)
        finally:
            ready.set()
            db.session.remove()
            _backlog.release()


def _do(delivery_id: int, task: Task) -> None:
    delivery = db.session.get_one(WechatDelivery, delivery_id)
    if delivery.answered_at is not None:
        return  # it waited so long for a thread that the sweep was faster
    conversation = delivery.follower.conversation
    if task.wait:
        _wait_for_others(delivery)
    elif task.media_id or task.picture:
        _take_photo(delivery, task)
    else:
        chat.answer(conversation, task.said)
        pick = f'/inform{{"service_code": "{task.service_code}"}}'
        if task.service_code and pick in conversation.offered:
            # Two services have the same name; the code in the hand says which one.
            chat.answer(conversation, pick)


def _wait_for_others(delivery: WechatDelivery) -> None:
    others = select(WechatDelivery.id).where(
        WechatDelivery.follower_id == delivery.follower_id, WechatDelivery.id < delivery.id,
        WechatDelivery.answered_at.is_(None), WechatDelivery.received_at > utcnow() - FORGOTTEN_AFTER,
    )  # fmt: skip
    end = time.monotonic() + current_app.config["CHAT_TIMEOUT_S"]
    while time.monotonic() < end and db.session.scalar(others.limit(1)) is not None:
        db.session.rollback()
        time.sleep(wechat_replies.POLL_S)


def _take_photo(delivery: WechatDelivery, task: Task) -> None:
    conversation = delivery.follower.conversation
    try:
        photo = BytesIO(_picture(task))
        delivery.message = chat_media.record_photo(conversation, photo)
    except (WechatError, pictures.Lost, MinpingError) as error:
        logger.warning("wechat photo lost", delivery=delivery.id, error=type(error).__name__)
        db.session.rollback()
        db.session.refresh(conversation)
        delivery.message = chat.record(conversation, _("［照片，没有收到］"))
        said = error.message if isinstance(error, MinpingError) else ""
        _say(conversation, said or _("这张照片没有收到，请再发一次，或者用文字告诉我。"))
        return
    db.session.commit()
    chat.answer(conversation, chat_media.PHOTO_SENT)


def _picture(task: Task) -> bytes:
    """The picture by its media id, or from its address where the account may not fetch media."""
    if task.media_id and wechat_account.is_configured():
        try:
            return wechat_account.media(task.media_id)
        except WechatError:
            if not task.picture:
                raise
    return pictures.fetch(task.picture)


def _say(conversation: Conversation, text: str) -> None:
    """A bubble of ours. Commits."""
    message = ChatMessage(
        conversation=conversation, author="system", text=text, payload={}, created_at=utcnow()
    )
    conversation.last_message_at = message.created_at
    db.session.add(message)
    db.session.commit()


def _failed(delivery_id: int, error: Exception) -> None:
    """An inner error: the log knows what, the person learns that their words are kept, staff see them."""
    error_id = uuid.uuid4().hex[:8]
    logger.error("wechat answer failed", error_id=error_id, delivery=delivery_id, exc_info=error)
    try:
        db.session.rollback()
        conversation = db.session.get_one(WechatDelivery, delivery_id).follower.conversation
        conversation.needs_human, conversation.reason = True, "wechat_error"
        _say(
            conversation,
            _(
                "刚才没能办成，是我们的问题。您的话已经留下，工作人员会看到；急事请打 %(phone)s。（编号 %(id)s）",
                phone=current_app.config["HOTLINE_PHONE"], id=error_id,
            ),
        )  # fmt: skip
        wechat_replies.settle(delivery_id)
    except Exception as second:
        # The sweep finds it unanswered.
        logger.error("wechat apology failed", error_id=error_id, delivery=delivery_id, exc_info=second)


def answer_forgotten() -> int:
    """Apologise for deliveries whose process ended before they were answered; how many. Removes old ones. Commits."""
    open_ones = select(WechatDelivery.id).where(
        WechatDelivery.answered_at.is_(None), WechatDelivery.received_at < utcnow() - FORGOTTEN_AFTER
    )
    forgotten = db.session.scalars(open_ones.order_by(WechatDelivery.id)).all()
    for delivery_id in forgotten:
        if _take_over(delivery_id):
            wechat_replies.settle(delivery_id)
    old = WechatDelivery.received_at < utcnow() - KEPT_FOR
    db.session.execute(delete(WechatDelivery).where(WechatDelivery.answered_at.is_not(None), old))
    db.session.commit()
    return len(forgotten)


def _take_over(delivery_id: int) -> bool:
    """Answer in the bot's place, unless it answered and only its thread was cut off; False if somebody else is at it."""
    mine = update(WechatDelivery).where(
        WechatDelivery.id == delivery_id, WechatDelivery.answered_at.is_(None)
    )
    if not db.session.connection().execute(mine.values(answered_at=utcnow())).rowcount:
        db.session.rollback()
        return False
    # Nobody is waiting for a reply any more; what is said now has to be sent.
    wechat_replies.write(delivery_id, "")
    delivery = db.session.get_one(WechatDelivery, delivery_id, populate_existing=True)
    conversation = delivery.follower.conversation
    if delivery.message_id is None:
        _say(conversation, _("刚才那条没有收好，请再发一次。"))
    elif conversation.handler == "bot" and not _is_answered(delivery):
        bot_turns.apologise(conversation)
    db.session.commit()
    return True


def _is_answered(delivery: WechatDelivery) -> bool:
    following = select(ChatMessage.author).where(
        ChatMessage.conversation_id == delivery.follower.conversation_id,
        ChatMessage.id > delivery.message_id,
    )
    author = db.session.scalar(following.order_by(ChatMessage.id).limit(1))
    return author is not None and author != "resident"
