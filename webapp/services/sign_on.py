"""Single sign-on: who of ours the person is whom the organisation's provider vouches for."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.workflow import Role
from webapp.errors import Forbidden
from webapp.extensions import db
from webapp.gateways import oidc
from webapp.gateways.oidc import Client, Started
from webapp.models import User
from webapp.services import accounts, audit

logger = structlog.get_logger("sign_on")


def is_configured() -> bool:
    """Whether there is a provider to sign in with."""
    return bool(current_app.config["OIDC_ISSUER"])


def _client(redirect_uri: str) -> Client:
    config = current_app.config
    return Client(
        config["OIDC_ISSUER"], config["OIDC_CLIENT_ID"], config["OIDC_CLIENT_SECRET"], config["OIDC_SCOPES"],
        redirect_uri,
    )  # fmt: skip


def start(redirect_uri: str) -> Started:
    """Where to send the browser. Raises ``Forbidden`` when the provider does not answer."""
    try:
        return oidc.start(_client(redirect_uri))
    except oidc.OidcError as error:
        logger.warning("sso start", problem=str(error))
        raise Forbidden(_("单点登录现在连不上，请用密码登录，或稍后再试。")) from error


def finish(redirect_uri: str, started: Started, state: str, code: str) -> User:
    """The account of whoever comes back. Commits a first binding or a new account.

    Raises ``Forbidden`` when what comes back cannot be believed, or is nobody of ours.
    """
    try:
        claims = oidc.finish(_client(redirect_uri), started, state, code)
    except oidc.OidcError as error:
        logger.warning("sso refused", problem=str(error))
        raise Forbidden(_("单点登录没有成功，请重新登录。")) from error
    user = _user_of(claims)
    if user is None or not user.active:
        # The subject is a name at the provider, no secret; that somebody tried is worth knowing.
        logger.warning("sso without account", subject=str(claims["sub"])[:80])
        raise Forbidden(_("您的单点登录账号还没有对应的工作人员账号，请联系管理员。"))
    accounts.refuse_locked(user)
    return user


def _user_of(claims: dict[str, Any]) -> User | None:
    """By the subject that was bound before, else by the configured claim as user name, which binds the subject.

    Once bound, an account stays that subject's: a user name that the provider gives to somebody else later opens
    nothing. An administrator can untie it.
    """
    subject = str(claims["sub"])[:255]
    bound = db.session.scalar(select(User).where(User.sso_subject == subject))
    if bound is not None:
        return bound
    named = str(claims.get(current_app.config["OIDC_CLAIM"]) or "").strip()
    user = db.session.scalar(select(User).where(User.username == named)) if named else None
    if user is None:
        user = _created(named, str(claims.get("name") or named))
    if user is None or user.sso_subject is not None:
        return None
    if user.active:
        user.sso_subject = subject
        db.session.flush()
        audit.record("user.sso", f"user:{user.id}", user.id, bound=True)
        db.session.commit()
    return user


def _created(username: str, name: str) -> User | None:
    """A new account where the city has decided so (``OIDC_CREATE_ROLE``); its password is nobody's."""
    role = current_app.config["OIDC_CREATE_ROLE"]
    if not role or not username or len(username) > 60 or username.split() != [username]:
        return None
    return accounts.save_user(
        None, username=username, name=name[:60], role=Role(role), department_code=None, area_code=None,
        password=secrets.token_urlsafe(32), active=True, by=None,
    )  # fmt: skip


def untie(user: User, by: int) -> None:
    """Forget whom the provider's account belongs to, say when it changed hands. Commits."""
    user.sso_subject = None
    audit.record("user.sso", f"user:{user.id}", by, bound=False)
    db.session.commit()
