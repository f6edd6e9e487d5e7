"""Identities, chats and followers past their time.

An identity is a keyed hash of a random cookie, and links all that a browser ever did. Where one use is still to be
counted once (a vote on a matter, a support of a request) it is replaced by a hash that knows the same browser at this
very use and nowhere else; where nothing is counted by it, it is deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Table, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from webapp import crypto
from webapp.extensions import db
from webapp.models import (
    Attachment,
    ChatMessage,
    Conversation,
    Notification,
    OutboxMessage,
    Review,
    Support,
    WechatDelivery,
    WechatFollower,
    utcnow,
)
from webapp.services import integrity, retention_words

BATCH = 200
RETIRED = "r:"


def retired_supporter(support: Support) -> str:
    """The supporter as this request alone knows them."""
    return crypto.retired(f"support:{support.request_id}", support.identity)


def retired_voter(service_id: int, use_key: str, identity: str) -> str:
    """The voter as this use of the service alone knows them."""
    return crypto.retired(f"vote:{service_id}:{use_key}", identity)


def open_supports(
    request_id: int | ColumnElement[int] | InstrumentedAttribute[int],
) -> Select[tuple[Support]]:
    """Supports of a request whose identity still links to others."""
    return select(Support).where(Support.request_id == request_id, Support.identity.not_like(f"{RETIRED}%"))


def reviews(cutoff: datetime, dry_run: bool) -> int:
    """Retire the identities of reviews older than ``cutoff`` (and than the checks on brushing look back). Commits."""
    oldest = min(cutoff, utcnow() - integrity.LOOKBACK - timedelta(days=1))
    table: Table = Review.__table__  # type: ignore[assignment]
    count, last = 0, 0
    while True:
        rows = db.session.execute(
            select(Review.id, Review.service_id, Review.use_key, Review.identity)
            .where(Review.id > last, Review.created_at < oldest, Review.identity.not_like(f"{RETIRED}%"))
            .order_by(Review.id).limit(BATCH)
        ).all()  # fmt: skip
        if not rows:
            return count
        last, count = rows[-1][0], count + len(rows)
        if dry_run:
            continue
        for number, service_id, use_key, identity in rows:
            retired = retired_voter(service_id, use_key, identity)
            db.session.connection().execute(
                update(table).where(table.c.id == number).values(identity=retired)
            )
        db.session.commit()


def chats(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    """Delete conversations whose last word is older; one of a follower on WeChat stays, without its words. Commits."""
    follower = select(WechatFollower.id).where(WechatFollower.conversation_id == Conversation.id).exists()
    said = select(ChatMessage.id).where(ChatMessage.conversation_id == Conversation.id).exists()
    due = (
        select(Conversation.id)
        .where(Conversation.last_message_at < cutoff, Conversation.needs_human.is_(False), or_(said, ~follower))
        .order_by(Conversation.id)
    )  # fmt: skip
    ids = db.session.scalars(due).all()
    for conversation_id in () if dry_run else ids:
        gone = _delete_messages(conversation_id)
        db.session.execute(
            delete(Conversation).where(Conversation.id == conversation_id, ~follower),
            execution_options={"synchronize_session": False},
        )
        db.session.commit()
        retention_words.delete_files(gone)
    return len(ids)


def _delete_messages(conversation_id: int) -> set[str]:
    """Delete a conversation's messages; returns the digests of photos that belong to no request."""
    ids = select(ChatMessage.id).where(ChatMessage.conversation_id == conversation_id)
    loose = select(Attachment.sha256).where(Attachment.message_id.in_(ids), Attachment.request_id.is_(None))
    gone = set(db.session.scalars(loose))
    free = {"synchronize_session": False}
    for statement in (
        delete(Attachment).where(Attachment.message_id.in_(ids), Attachment.request_id.is_(None)),
        update(Attachment).where(Attachment.message_id.in_(ids)).values(message_id=None),
        update(WechatDelivery).where(WechatDelivery.message_id.in_(ids)).values(message_id=None),
        delete(ChatMessage).where(ChatMessage.conversation_id == conversation_id),
    ):
        db.session.execute(statement, execution_options=free)
    return gone


def followers(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    """Delete who has not been seen on WeChat since ``cutoff``: the account's id, its deliveries and its chat. Commits."""
    ids = db.session.execute(
        select(WechatFollower.id, WechatFollower.conversation_id).where(WechatFollower.last_seen_at < cutoff)
    ).all()
    free = {"synchronize_session": False}
    for follower_id, conversation_id in () if dry_run else ids:
        gone = _delete_messages(conversation_id)
        for statement in (
            delete(WechatDelivery).where(WechatDelivery.follower_id == follower_id),
            delete(WechatFollower).where(WechatFollower.id == follower_id),
            delete(Conversation).where(Conversation.id == conversation_id),
        ):
            db.session.execute(statement, execution_options=free)
        db.session.commit()
        retention_words.delete_files(gone)
    return len(ids)


def notices(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    """Delete what was sent, told and answered long ago: outbox, staff's notifications, deliveries of WeChat. Commits."""
    count = 0
    for model, old in (
        (OutboxMessage, OutboxMessage.sent_at < cutoff),
        (Notification, Notification.created_at < cutoff),
        (WechatDelivery, WechatDelivery.answered_at < cutoff),
    ):
        if dry_run:
            count += len(db.session.scalars(select(model.id).where(old)).all())  # type: ignore[attr-defined]
            continue
        found = db.session.execute(delete(model).where(old), execution_options={"synchronize_session": False})
        count += found.rowcount  # type: ignore[attr-defined]
        db.session.commit()
    return count


def review_contacts(cutoff: datetime, dry_run: bool) -> int:
    """Phones left with reviews before ``cutoff``, for word of what was put right; returns how many. Commits."""
    table: Table = Review.__table__  # type: ignore[assignment]
    old = (table.c.contact_phone.is_not(None), table.c.created_at < cutoff)
    count = db.session.scalar(select(func.count()).select_from(table).where(*old)) or 0
    if not dry_run:
        db.session.connection().execute(update(table).where(*old).values(contact_phone=None))
        db.session.commit()
    return count
