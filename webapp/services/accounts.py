"""Staff accounts: sign-in with argon2, lockout, creation."""

from __future__ import annotations

from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import Area, Department, User, utcnow
from webapp.services import audit

LOCK_AFTER = 8
LOCK_FOR = timedelta(minutes=15)
MIN_PASSWORD = 10
_hasher = PasswordHasher()
# Verified when the user name is unknown, so that the answer takes as long as for a known one.
_DUMMY = _hasher.hash("no such account")


def hash_password(password: str, field: str = "password") -> str:
    """Argon2id hash. Raises ``InvalidInput`` when the password is too short."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(_("密码至少 %(length)s 位。", length=MIN_PASSWORD), field)
    return _hasher.hash(password)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def sign_in(username: str, password: str) -> User:
    """The user, when name and password fit. Commits the outcome.

    Raises ``Forbidden`` with one message for every cause but the lock.
    """
    user = db.session.scalar(select(User).where(User.username == username.strip()))
    if user is not None and user.locked_until and user.locked_until > utcnow():
        raise Forbidden(_("尝试次数太多，账号已暂时锁定，请 15 分钟后再试。"))
    correct = _matches(user.password_hash if user else _DUMMY, password)
    if user is None or not correct or not user.active:
        if user is not None:
            user.failed_logins += 1
            if user.failed_logins >= LOCK_AFTER:
                user.locked_until, user.failed_logins = utcnow() + LOCK_FOR, 0
            audit.record("login.failed", f"user:{user.id}", user.id)
            db.session.commit()
        raise Forbidden(_("用户名或密码不对，请重新输入。"))
    user.failed_logins, user.last_login_at = 0, utcnow()
    audit.record("login", f"user:{user.id}", user.id)
    db.session.commit()
    return user


def change_password(user_id: int, old: str, new: str, again: str) -> User:
    """Change one's own password and end the other sessions. Commits. Raises ``InvalidInput`` naming the field."""
    user = db.session.get_one(User, user_id)
    if not _matches(user.password_hash, old):
        raise InvalidInput(_("原密码不对。"), "old")
    if new != again:
        raise InvalidInput(_("两次输入的新密码不一样。"), "again")
    user.password_hash = hash_password(new, "new")
    user.session_epoch += 1
    audit.record("user.password", f"user:{user.id}", user.id)
    db.session.commit()
    return user


def save_user(
    user: User | None, *, username: str, name: str, role: Role, department_code: str | None,
    area_code: str | None, password: str | None, active: bool, by: int | None,
) -> User:  # fmt: skip
    """Create (``user`` None) or change an account. Commits.

    A new password also lifts a lock. Administrators cannot take their own rights away, so that one always remains.
    Raises ``Conflict`` for a taken user name, ``InvalidInput`` naming the field.
    """
    if not username.strip() or username.split() != [username.strip()] or len(username) > 60:
        raise InvalidInput(_("用户名不能为空、不能有空格，最多 60 个字符。"), "username")
    if not name.strip() or len(name) > 60:
        raise InvalidInput(_("请填写姓名，最多 60 个字。"), "name")
    if user is not None and user.id == by and not active:
        raise InvalidInput(_("不能停用自己的账号。"), "active")
    if user is not None and user.id == by and role.value != user.role:
        raise InvalidInput(_("不能改自己的岗位，请由另一位管理员来改。"), "role")
    taken = db.session.scalar(select(User.id).where(User.username == username.strip()))
    if taken is not None and (user is None or taken != user.id):
        raise Conflict(_("这个用户名已被使用，请换一个。"), "username")
    if role in (Role.CLERK, Role.HEAD) and not department_code:
        raise InvalidInput(_("经办人和单位负责人必须属于一个单位。"), "department_code")
    if user is None:
        if not password:
            raise InvalidInput(_("请为新账号设置密码。"), "password")
        user = User(password_hash=hash_password(password))
        db.session.add(user)
    elif password:
        user.password_hash = hash_password(password)
        user.failed_logins, user.locked_until = 0, None
    if user.id and (not active or password):
        # Ends the sessions that are open elsewhere.
        user.session_epoch += 1
    user.username, user.name, user.role, user.active = username.strip(), name.strip(), role.value, active
    user.department_id = _id(Department, department_code)
    user.area_id = _id(Area, area_code)
    db.session.flush()
    audit.record(
        "user.save", f"user:{user.id}", by, role=role.value, active=active, department=department_code or "",
        new_password=bool(password),
    )  # fmt: skip
    db.session.commit()
    return user


def _id(model: type[Department] | type[Area], code: str | None) -> int | None:
    return db.session.scalar(select(model.id).where(model.code == code)) if code else None
