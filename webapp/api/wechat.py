"""``/wechat``: where WeChat's servers verify the account and deliver what its followers say and do.

What they are answered is a text reply, ``success``, or an empty refusal: anything else they show to the person as "this
account is out of order".
"""

from __future__ import annotations

import secrets
import time
import uuid
from functools import lru_cache

import structlog
from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.extensions import db
from webapp.gateways.wechat import envelope, signature
from webapp.gateways.wechat.cipher import BadKey, MessageCipher, Undecipherable
from webapp.gateways.wechat.envelope import BadEnvelope, Incoming
from webapp.security import public
from webapp.services import wechat
from webapp.services.wechat import Answer

bp = Blueprint("wechat", __name__, url_prefix="/wechat")
logger = structlog.get_logger("wechat")
LIMIT = 64 * 1024
MODES = ("plain", "compatible", "safe")


class Refused(Exception):
    """Not from WeChat's servers, or nothing that can be read. ``status`` is all that the sender learns."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@lru_cache(maxsize=4)
def _cipher_of(key: str, app_id: str) -> MessageCipher | None:
    return MessageCipher(key, app_id) if key else None


def _cipher() -> MessageCipher | None:
    return _cipher_of(current_app.config["WECHAT_AES_KEY"], current_app.config["WECHAT_APP_ID"])


def _mode() -> str:
    config = current_app.config
    return str(config["WECHAT_MODE"] or ("compatible" if config["WECHAT_AES_KEY"] else "plain"))


def check_settings(app: Flask) -> None:
    """Raise ``RuntimeError`` for settings that cannot work, at the start and not at the first message."""
    with app.app_context():
        try:
            cipher = _cipher()
        except BadKey as error:
            raise RuntimeError(
                "WECHAT_AES_KEY must be the EncodingAESKey of WeChat's console: 43 characters, A-Z a-z 0-9"
            ) from error
        if _mode() not in MODES:
            raise RuntimeError(f"WECHAT_MODE must be one of {', '.join(MODES)}")
        if _mode() != "plain" and cipher is None:
            raise RuntimeError(f"WECHAT_MODE={_mode()} needs WECHAT_AES_KEY")


@bp.get("", strict_slashes=False)
@public
def verify() -> Response:
    """WeChat's console asks whether this address knows the token."""
    try:
        _check_signature()
    except Refused as refused:
        return _refuse(refused)
    return Response(request.args.get("echostr", ""), mimetype="text/plain")


@bp.post("", strict_slashes=False)
@public
def deliver() -> Response:
    """One message or event, perhaps not for the first time."""
    arrived = time.monotonic()
    try:
        message, app_id = _opened(_body())
    except Refused as refused:
        return _refuse(refused)
    with force_locale("zh_CN"):
        answer = _answer(message, arrived + current_app.config["WECHAT_ANSWER_S"])
    if not answer.text:
        return Response("success", mimetype="text/plain")
    reply = envelope.text_reply(message.openid, message.account, answer.text, answer.received_at)
    return Response(reply if app_id is None else _seal(reply, app_id), mimetype="application/xml")


def _answer(message: Incoming, deadline: float) -> Answer:
    try:
        return wechat.handle(message, deadline)
    except Exception as error:
        error_id = uuid.uuid4().hex[:8]
        logger.error("wechat delivery failed", error_id=error_id, kind=message.kind, exc_info=error)
        db.session.rollback()
        text = _(
            "系统出了点问题，刚才这条可能没有收到。请过一会儿再发一次，急事请打 %(phone)s。（编号 %(id)s）",
            phone=current_app.config["HOTLINE_PHONE"], id=error_id,
        )  # fmt: skip
        return Answer("" if message.kind == "event" else text, int(time.time()))


def _refuse(refused: Refused) -> Response:
    if refused.status != 404:
        logger.warning("wechat delivery refused", status=refused.status, reason=refused.reason)
    return Response(status=refused.status, mimetype="text/plain")


def _check_signature() -> None:
    token = current_app.config["WECHAT_TOKEN"]
    if not token:
        raise Refused(404, "no token")
    args = request.args
    parts = token, args.get("timestamp", ""), args.get("nonce", "")
    if not signature.matches(args.get("signature", ""), *parts):
        raise Refused(403, "signature")


def _body() -> bytes:
    if not current_app.config["WECHAT_TOKEN"]:
        raise Refused(404, "no token")
    request.max_content_length = LIMIT
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise Refused(413, "too large") from error
    # In safe mode the other signature, which covers the body too, is checked as well; that one alone is enough.
    if "signature" in request.args or "msg_signature" not in request.args:
        _check_signature()
    timestamp = request.args.get("timestamp", "")
    age = abs(time.time() - int(timestamp)) if timestamp.isascii() and timestamp.isdigit() else float("inf")
    if age > current_app.config["WECHAT_WINDOW_S"]:
        # Somebody sends again what they overheard. Repetitions of WeChat's own come within seconds.
        raise Refused(403, "timestamp")
    return body


def _opened(body: bytes) -> tuple[Incoming, str | None]:
    """The message, and for which app it was sealed (None: it was not). Of a plain and a sealed part the sealed one counts."""
    mode, cipher, app_id = _mode(), _cipher(), None
    try:
        fields = envelope.read_fields(body)
        if mode != "plain" and cipher is not None and "Encrypt" in fields:
            fields, app_id = _unsealed(cipher, fields["Encrypt"])
        elif mode == "safe" or "signature" not in request.args:
            raise Refused(403, "not sealed")
        return envelope.incoming(fields), app_id
    except (BadEnvelope, Undecipherable) as error:
        raise Refused(400, f"{type(error).__name__}: {error}") from error


def _unsealed(cipher: MessageCipher, ciphertext: str) -> tuple[dict[str, str], str]:
    args = request.args
    parts = current_app.config["WECHAT_TOKEN"], args.get("timestamp", ""), args.get("nonce", ""), ciphertext
    if not signature.matches(args.get("msg_signature", ""), *parts):
        raise Refused(403, "msg_signature")
    message, app_id = cipher.unseal(ciphertext)
    return envelope.read_fields(message), app_id


def _seal(reply: str, app_id: str) -> str:
    cipher = _cipher()
    assert cipher is not None  # noqa: S101 - what was sealed was opened with it
    ciphertext, timestamp, nonce = (
        cipher.encrypt(reply.encode(), app_id),
        str(int(time.time())),
        secrets.token_hex(8),
    )
    signed = signature.sign(current_app.config["WECHAT_TOKEN"], timestamp, nonce, ciphertext)
    return envelope.sealed_reply(ciphertext, signed, timestamp, nonce)
