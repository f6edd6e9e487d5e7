"""Staff accounts: sign-in with argon2, lockout, creation."""

from __future__ import annotations

from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.permissions import SEPARATE
from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import Area, AuditEntry, Department, User, utcnow
from webapp.services import audit, second_factor, sessions

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


def check_password(username: str, password: str) -> User:
    """The user, when name and password fit. Commits a failure; a success is :func:`signed_in`'s to note.

    Raises ``Forbidden`` with one message for every cause but the lock.
    """
    user = db.session.scalar(select(User).where(User.username == username.strip()))
    if user is not None:
        refuse_locked(user)
    correct = _matches(user.password_hash if user else _DUMMY, password)
    if user is None or not correct or not user.active:
        if user is not None:
            _failed(user, "password")
        raise Forbidden(_("用户名或密码不对，请重新输入。"))
    return user


def check_code(user_id: int, code: str) -> tuple[User, str]:
    """The user and which kind of code it was, when the second factor's code fits. Commits either way.

    Wrong codes count like wrong passwords, and only a whole sign-in forgets them. Raises ``Forbidden``.
    """
    user = db.session.get_one(User, user_id)
    refuse_locked(user)
    kind = second_factor.take(user.id, code)
    if not kind or not user.active:
        db.session.rollback()
        _failed(user, "code")
        raise Forbidden(_("验证码不对、已过期或已用过，请等应用显示下一个再输入。"))
    db.session.commit()
    return user, kind


def refuse_locked(user: User) -> None:
    """Raises ``Forbidden`` while too many wrong tries keep the account shut."""
    if user.locked_until and user.locked_until > utcnow():
        raise Forbidden(_("尝试次数太多，账号已暂时锁定，请 15 分钟后再试。"))


def _failed(user: User, what: str) -> None:
    user.failed_logins += 1
    if user.failed_logins >= LOCK_AFTER:
        user.locked_until, user.failed_logins = utcnow() + LOCK_FOR, 0
    audit.record("login.failed", f"user:{user.id}", user.id, what=what)
    db.session.commit()


def signed_in(user: User, method: str, address: str, user_agent: str) -> str:
    """Note a whole sign-in and begin its session; returns the token for the cookie. Commits.

    ``method``: password, sso, and with the second factor password+totp, sso+recovery and so on.
    """
    user.failed_logins, user.last_login_at = 0, utcnow()
    token = sessions.begin(user.id, method.partition("+")[0], address, user_agent)
    audit.record("login", f"user:{user.id}", user.id, method=method)
    db.session.commit()
    return token


def change_password(user_id: int, old: str, new: str, again: str, session_id: int | None = None) -> User:
    """Change one's own password and end the sessions but this one. Commits. Raises ``InvalidInput`` naming the field."""
    user = db.session.get_one(User, user_id)
    if not _matches(user.password_hash, old):
        raise InvalidInput(_("原密码不对。"), "old")
    if new != again:
        raise InvalidInput(_("两次输入的新密码不一样。"), "again")
    user.password_hash = hash_password(new, "new")
    sessions.end_all(user.id, session_id)
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
    department_id, area_id = _place(role, department_code, area_code)
    _keep_apart(user, role)
    before = {} if user is None else _standing(user)
    if user is None:
        if not password:
            raise InvalidInput(_("请为新账号设置密码。"), "password")
        user = User(password_hash=hash_password(password))
        db.session.add(user)
    elif password:
        user.password_hash = hash_password(password)
        user.failed_logins, user.locked_until = 0, None
    if user.id and (not active or password):
        sessions.end_all(user.id)
    user.username, user.name, user.role, user.active = username.strip(), name.strip(), role.value, active
    user.department_id, user.area_id = department_id, area_id
    db.session.flush()
    audit.record(
        "user.save", f"user:{user.id}", by, role=role.value, active=active, department=department_code or "",
        new_password=bool(password),
    )  # fmt: skip
    if before and (
        moved := {k: [v, _standing(user)[k]] for k, v in before.items() if v != _standing(user)[k]}
    ):
        audit.record("user.role", f"user:{user.id}", by, **moved)
    db.session.commit()
    return user


def _standing(user: User) -> dict[str, object]:
    """What an account's rights follow from."""
    return {"role": user.role, "department": user.department_id, "area": user.area_id}


def _keep_apart(user: User | None, role: Role) -> None:
    """Administration and audit never come together in one account, not even one after the other.

    Raises ``InvalidInput``.
    """
    if user is None or role not in SEPARATE:
        return
    trail = select(AuditEntry.details).where(
        AuditEntry.subject == f"user:{user.id}", AuditEntry.action.in_(("user.save", "user.role"))
    )
    once = {user.role}
    for details in db.session.scalars(trail):
        # One role as saved, or from which to which.
        once.update(details["role"] if isinstance(details.get("role"), list) else [details.get("role", "")])
    if once & (SEPARATE - {role}):
        raise InvalidInput(_("系统管理员和审计员不能是同一个账号，请另开一个账号。"), "role")


def _place(role: Role, department_code: str | None, area_code: str | None) -> tuple[int | None, int | None]:
    """Ids of the department and the area. Raises ``InvalidInput`` where the role's reach needs one and it lacks.

    An official without an area is one of the whole city, and says so: a reach without an area is none.
    """
    department_id, area_id = _id(Department, department_code), _id(Area, area_code)
    if role in (Role.CLERK, Role.HEAD) and department_id is None:
        raise InvalidInput(_("经办人和单位负责人必须属于一个单位。"), "department_code")
    city = db.session.scalar(select(Area.id).where(Area.level == 1))
    if role is Role.GRID_WORKER and area_id in (None, city):
        raise InvalidInput(_("网格员必须有自己的网格或社区。"), "area_code")
    return department_id, city if role is Role.OFFICIAL and area_id is None else area_id


def _id(model: type[Department] | type[Area], code: str | None) -> int | None:
    return db.session.scalar(select(model.id).where(model.code == code)) if code else None
