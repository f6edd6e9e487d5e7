"""Calls of WeChat in the account's name: one token for all processes, renewed once however many find it ended.

What is written here has connections and short transactions of its own, whatever the caller's session is doing. On SQLite
the caller must therefore not hold unflushed or uncommitted writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from flask import current_app
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.wechat import client
from webapp.gateways.wechat.client import Busy, NoRight, TokenRejected
from webapp.models import WechatToken, utcnow

logger = structlog.get_logger("wechat")
T = TypeVar("T")
# Fetch a new token this long before the old one ends (WeChat keeps both alive in these five minutes).
EARLY_S = 300
# A renewal takes one call; whoever does it and dies lets the next one try after this long.
RENEWAL_S = 15
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_configured() -> bool:
    """Whether the account can be spoken for at all: without id and secret it only answers what it is asked."""
    return bool(current_app.config["WECHAT_APP_ID"] and current_app.config["WECHAT_APP_SECRET"])


def call(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST to WeChat with the account's token. Raises ``WechatError``."""
    return _with_token(lambda value: client.call(path, value, body))


def media(media_id: str, limit: int = 10 * 1024 * 1024) -> bytes:
    """A picture that somebody sent, at most ``limit`` bytes. Raises ``WechatError``."""
    return _with_token(lambda value: client.download(value, media_id, limit))


def _with_token(ask: Callable[[str], T]) -> T:
    """``ask`` WeChat with the token; one that has ended is renewed, once."""
    value = token()
    try:
        return ask(value)
    except TokenRejected:
        value = _renewed(value)
    try:
        return ask(value)
    except TokenRejected as error:
        raise Busy(error.code) from None


def token() -> str:
    """The access token, fetched when there is none or it soon ends. Raises ``Busy``, ``NoRight``."""
    if not is_configured():
        raise NoRight(None, "no app id or secret")
    return _stored(rejected=None) or _renewed(rejected=None)


def _stored(rejected: str | None) -> str | None:
    """The token in the table if it is still good and not the one that WeChat has ``rejected``."""
    statement = select(WechatToken.token, WechatToken.expires_at).where(WechatToken.app_id == _app_id())
    with db.engine.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or row.expires_at <= utcnow():
        return None
    try:
        value = crypto.decrypt(row.token)
    except LookupError:
        # Another key wrote it; a new one can always be had.
        return None
    return None if value == rejected else value


def _renewed(rejected: str | None) -> str:
    """A new token, fetched by one process while the others wait for it."""
    # Twice as long as a renewal may take: the second half is for taking over from one that died.
    for _attempt in range(2 * RENEWAL_S * 10):
        if value := _stored(rejected):
            return value
        if _begin_renewal():
            return _fetch(rejected)
        time.sleep(0.1)
    raise Busy(None, "token is being renewed")


def _begin_renewal() -> bool:
    now = utcnow()
    free = WechatToken.renewing_until.is_(None) | (WechatToken.renewing_until < now)
    until = now + timedelta(seconds=RENEWAL_S)
    mine = update(WechatToken).where(WechatToken.app_id == _app_id(), free).values(renewing_until=until)
    with db.engine.begin() as connection:
        if connection.execute(mine).rowcount:
            return True
    first = insert(WechatToken).values(app_id=_app_id(), token="", expires_at=_NEVER, renewing_until=until)
    try:
        with db.engine.begin() as connection:
            connection.execute(first)
    except IntegrityError:
        return False
    return True


def _fetch(rejected: str | None) -> str:
    values: dict[str, Any] = {"renewing_until": None}
    try:
        # The one before us may have stored it between our look and our turn.
        if value := _stored(rejected):
            return value
        value, seconds = client.fetch_token(force=rejected is not None)
        # A token may be shorter-lived than the margin.
        good_for = seconds - min(EARLY_S, seconds // 10)
        values |= {"token": crypto.encrypt(value), "expires_at": utcnow() + timedelta(seconds=good_for)}
        if rejected is not None:
            logger.warning("wechat rejected its token, renewed", seconds=seconds)
        return value
    finally:
        with db.engine.begin() as connection:
            connection.execute(update(WechatToken).where(WechatToken.app_id == _app_id()).values(values))


def _app_id() -> str:
    return str(current_app.config["WECHAT_APP_ID"])
