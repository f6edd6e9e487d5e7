"""One-time codes as a second factor (TOTP, RFC 6238), and the codes that help when the phone is lost."""

from __future__ import annotations

import hmac
import secrets

import pyotp
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, update

from webapp import crypto
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import db
from webapp.models import RecoveryCode, SecondFactor, User, utcnow
from webapp.queries.second_factor import is_on
from webapp.services import audit, sessions

STEP_S = 30
# A clock that is off by one step either way is common, more is not.
STEPS_OFF = (0, -1, 1)
RECOVERY_CODES = 10
# No 0/O, 1/I/L: these are copied from paper.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def begin(user: User) -> None:
    """Make a new secret, to be confirmed with a first code. Commits. Raises ``Conflict`` when there is one in use."""
    if is_on(user.id):
        raise Conflict(_("动态验证码已经开启；要换手机，请先关闭再重新设置。"))
    found = db.session.get(SecondFactor, user.id) or SecondFactor(user_id=user.id)
    found.secret, found.created_at, found.last_step = crypto.encrypt(pyotp.random_base32()) or "", utcnow(), 0
    db.session.add(found)
    db.session.commit()


def pending_secret(user_id: int) -> str | None:
    """The secret (base32) that waits to be confirmed; None when there is none. A confirmed one is never shown."""
    found = db.session.get(SecondFactor, user_id)
    return crypto.decrypt(found.secret) if found and found.confirmed_at is None else None


def address(user: User, secret: str) -> str:
    """The ``otpauth:`` address that apps read from the QR code."""
    issuer = f"{current_app.config['CITY_NAME']}民评"
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)


def _step_of(secret: str, code: str) -> int | None:
    """The time step that the code belongs to, of those near now; None when it is no code."""
    now = int(utcnow().timestamp()) // STEP_S
    otp, given = pyotp.TOTP(secret), code.encode()
    fitting = [
        now + off for off in STEPS_OFF if hmac.compare_digest(otp.generate_otp(now + off).encode(), given)
    ]
    return max(fitting, default=None)


def _take_code(user_id: int, code: str) -> bool:
    """Use a one-time code, in the caller's transaction: each step at most once, also for two who come together."""
    found = db.session.get(SecondFactor, user_id)
    step = _step_of(crypto.decrypt(found.secret) or "", code) if found else None
    if step is None:
        return False
    taken = db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _take_recovery_code(user_id: int, code: str) -> bool:
    used = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        .where(RecoveryCode.code_hash == _hash(user_id, code))
        .values(used_at=utcnow())
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _hash(user_id: int, code: str) -> str:
    return crypto.keyed_hash("recovery-code", f"{user_id}:{code}")


def _plain(code: str) -> str:
    """What was typed without spaces and dashes, in capitals."""
    return "".join(c for c in code.upper() if c.isascii() and c.isalnum())


def take(user_id: int, code: str) -> str:
    """Use a one-time or recovery code, in the caller's transaction: "totp" or "recovery", and "" when it is neither."""
    typed = _plain(code)
    if typed.isdigit() and len(typed) == 6:
        return "totp" if _take_code(user_id, typed) else ""
    return "recovery" if typed and _take_recovery_code(user_id, typed) else ""


def _new_codes(user_id: int) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(_ALPHABET) for _n in range(10)) for _m in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(user_id, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def confirm(user: User, code: str, session_id: int | None) -> list[str]:
    """Turn the second factor on with a first code; returns the recovery codes, which are shown once. Commits.

    Other sessions end: they were begun without it. Raises ``InvalidInput`` when the code does not fit.
    """
    found = db.session.get(SecondFactor, user.id)
    if found is None or found.confirmed_at is not None or not _take_code(user.id, _plain(code)):
        db.session.rollback()
        raise InvalidInput(_("验证码不对或已过期，请输入应用里现在显示的 6 位数字。"), "code")
    found.confirmed_at = utcnow()
    codes = _new_codes(user.id)
    sessions.end_all(user.id, session_id)
    audit.record("totp.on", f"user:{user.id}", user.id)
    db.session.commit()
    return codes


def _own(user: User, code: str) -> None:
    if not take(user.id, code):
        db.session.rollback()
        raise InvalidInput(_("验证码不对、已过期或已用过，请等应用显示下一个再输入。"), "code")


def renew_codes(user: User, code: str) -> list[str]:
    """New recovery codes in place of the old ones. Commits. Raises ``InvalidInput`` when the code does not fit."""
    _own(user, code)
    codes = _new_codes(user.id)
    audit.record("totp.codes", f"user:{user.id}", user.id)
    db.session.commit()
    return codes


def turn_off(user: User, code: str) -> None:
    """Turn one's own second factor off. Commits. Raises ``InvalidInput`` when the code does not fit, and where the role
    must have one."""
    if user.role in current_app.config["REQUIRE_TOTP_ROLES"]:
        raise InvalidInput(_("您的岗位必须使用动态验证码，不能关闭。换手机请联系管理员重置。"), "code")
    _own(user, code)
    _remove(user.id)
    audit.record("totp.off", f"user:{user.id}", user.id)
    db.session.commit()


def reset(user: User, by: int | None) -> None:
    """Take the second factor off an account whose phone is lost; its sessions end. Commits.

    ``by`` None is the command on the machine. Raises ``Conflict`` for one's own account and when there is none.
    """
    if user.id == by:
        raise Conflict(_("不能重置自己的动态验证码，请由另一位管理员来办，或用恢复码登录。"))
    if db.session.get(SecondFactor, user.id) is None:
        raise Conflict(_("这个账号没有开启动态验证码。"))
    _remove(user.id)
    sessions.end_all(user.id)
    audit.record("totp.reset", f"user:{user.id}", by)
    db.session.commit()


def _remove(user_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
