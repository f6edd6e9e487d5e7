"""Bubbles that a person on WeChat has not had yet: sent by customer-service message, within its quota.

``WechatFollower.delivered_message_id`` is the watermark. Whoever moves it does so in one of two ways: :func:`deliver`
holds the person's lease (``sending_until``), sends, then moves it, so that a crash in between sends again; a passive
reply moves it with :func:`take`, which yields to the holder of the lease.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, select, update

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.wechat.client import Busy, NoRight, Refused, WindowClosed
from webapp.models import ChatMessage, OutboxMessage, WechatFollower, utcnow
from webapp.services import outbox, wechat_account
from webapp.services.wechat_text import Piece, pieces

logger = structlog.get_logger("wechat")
# A person may be written to for 48 hours after their last word, five times (developers.weixin.qq.com, sendCustomMessage).
WINDOW = timedelta(hours=48)
QUOTA = 5
# Longer than one message may take; renewed with each.
LEASE_S = 60
WAIT_S = 10


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom to send to, as the row in ``wechat_followers`` was."""

    id: int
    openid: str
    subscribed: bool
    last_seen_at: datetime


def later(conversation_id: int) -> OutboxMessage:
    """Queue what this person has not had, in the current transaction; ``outbox.try_now`` after the commit."""
    return outbox.enqueue("wechat", conversation_id=conversation_id)


def waiting(conversation_id: int) -> list[ChatMessage]:
    """Bubbles to this person that have not reached them, oldest first."""
    statement = (
        select(ChatMessage)
        .join(WechatFollower, WechatFollower.conversation_id == ChatMessage.conversation_id)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.author != "resident")
        .where(ChatMessage.id > WechatFollower.delivered_message_id)
        .order_by(ChatMessage.id)
    )
    # What they were told another way (template, text message) stays in the conversation and is not said again.
    return [m for m in db.session.scalars(statement) if not m.payload.get("told")]


def take(conversation_id: int, first: int, upto: int) -> bool:
    """Move the watermark from before bubble ``first`` to ``upto`` for a passive reply, in the caller's transaction.

    False when somebody is sending to this person right now, or has already: say nothing then, and queue with
    :func:`later` what may still wait.
    """
    statement = (
        update(WechatFollower)
        .where(WechatFollower.conversation_id == conversation_id)
        .where(WechatFollower.delivered_message_id < first, _free())
        .values(delivered_message_id=upto)
    )
    return bool(db.session.connection().execute(statement).rowcount)


def deliver(conversation_id: int) -> bool:
    """Send what has not reached this person; True when nothing waits any more.

    False: no right, window or quota; it waits for their next message. Call it without uncommitted changes; ends the
    session's transaction. Raises ``Busy`` (try again later) and ``Refused``.
    """
    db.session.rollback()
    if not _take_lease(conversation_id):
        return True
    try:
        person = _person(conversation_id)
        while messages := waiting(conversation_id):
            told = pieces(messages)
            db.session.rollback()
            for piece in told:
                _send(person, piece.text)
                _mark(conversation_id, messages, piece)
            # Bubbles without words, too.
            _set(conversation_id, delivered_message_id=messages[-1].id)
    except (WindowClosed, NoRight) as reason:
        logger.info("wechat message kept", reason=str(reason), conversation=conversation_id)
        return False
    finally:
        db.session.rollback()
        _set(conversation_id, sending_until=None)
    return True


def _free() -> ColumnElement[bool]:
    return WechatFollower.sending_until.is_(None) | (WechatFollower.sending_until < utcnow())


def _take_lease(conversation_id: int) -> bool:
    """Become the only one who sends to this person; False when there is nothing to send. Raises ``Busy``."""
    for _attempt in range(int(WAIT_S * 10)):
        if not waiting(conversation_id):
            return False
        db.session.rollback()
        statement = (
            update(WechatFollower)
            .where(WechatFollower.conversation_id == conversation_id, _free())
            .values(sending_until=utcnow() + timedelta(seconds=LEASE_S))
        )
        with db.engine.begin() as connection:
            if connection.execute(statement).rowcount:
                return True
        time.sleep(0.1)
    raise Busy(None, "somebody else is sending")


def _person(conversation_id: int) -> _Person:
    columns = (WechatFollower.openid, WechatFollower.subscribed, WechatFollower.last_seen_at)
    statement = select(WechatFollower.id, *columns).where(WechatFollower.conversation_id == conversation_id)
    with db.engine.connect() as connection:
        row = connection.execute(statement).one()
    return _Person(row.id, crypto.decrypt(row.openid) or "", row.subscribed, row.last_seen_at)


def _mark(conversation_id: int, messages: Sequence[ChatMessage], piece: Piece) -> None:
    """``piece`` has reached the person: move the watermark, and note how much of the next bubble they have."""
    _set(conversation_id, delivered_message_id=piece.upto)
    if piece.begun:
        message = next(m for m in messages if m.id > piece.upto)
        message.payload = {**message.payload, "begun": piece.begun}
        db.session.commit()


def _send(person: _Person, text: str) -> None:
    """One customer-service message, counted before it goes."""
    if not person.subscribed or not _count(person.id):
        raise WindowClosed(None, "no quota or window")
    body = {"touser": person.openid, "msgtype": "text", "text": {"content": text}}
    try:
        wechat_account.call("message/custom/send", body)
    except WindowClosed:
        # WeChat counts more strictly (three in a minute after a click or scan): nothing more until their next word.
        _recount(person, QUOTA)
        raise
    except Busy as error:
        if not error.maybe_done:
            _recount(person, WechatFollower.sent_since - 1)
        raise
    except (NoRight, Refused):
        _recount(person, WechatFollower.sent_since - 1)
        raise


def _count(person_id: int) -> bool:
    """Take one message of the quota; False when there is none left or the 48 hours are over."""
    now = utcnow()
    statement = (
        update(WechatFollower)
        .where(WechatFollower.id == person_id, WechatFollower.sent_since < QUOTA)
        .where(WechatFollower.last_seen_at > now - WINDOW)
        .values(sent_since=WechatFollower.sent_since + 1, sending_until=now + timedelta(seconds=LEASE_S))
    )
    with db.engine.begin() as connection:
        return bool(connection.execute(statement).rowcount)


def _recount(person: _Person, count: int | ColumnElement[int]) -> None:
    """Correct the count, unless the person has spoken since and it began anew."""
    statement = (
        update(WechatFollower)
        .where(WechatFollower.id == person.id, WechatFollower.last_seen_at == person.last_seen_at)
        .where(WechatFollower.sent_since > 0)
        .values(sent_since=count)
    )
    with db.engine.begin() as connection:
        connection.execute(statement)


def _set(conversation_id: int, **values: Any) -> None:
    statement = update(WechatFollower).where(WechatFollower.conversation_id == conversation_id)
    with db.engine.begin() as connection:
        connection.execute(statement.values(values))
