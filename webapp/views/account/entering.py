"""The steps that every way of signing in shares: half-way until the second factor, then a session of one's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import request, session, url_for
from flask_login import current_user, login_user

from webapp.domain.workflow import Role
from webapp.models import User, utcnow
from webapp.queries import second_factor
from webapp.security import SESSION_KEY
from webapp.services import accounts

LANDING = {
    Role.OFFICIAL: "insight.overview", Role.ADMIN: "admin.home", Role.AUDITOR: "admin.audit",
    Role.GRID_WORKER: "grid.home",
}  # fmt: skip
HALF_WAY = "half_way"
# A password that was typed is worth this long without the code.
HALF_WAY_S = 300


def is_ours(target: str | None) -> bool:
    """Whether a target is a path of this site: no scheme, no host, no "//host" that a browser would take for one."""
    return bool(
        target
        and target.startswith("/")
        and not urlsplit(target).netloc
        and not target.startswith(("//", "/\\"))
    )


def landing(target: str | None) -> str:
    """Where to go after signing in: the page asked for if it is ours, else the role's own first page."""
    if target and is_ours(target):
        return target
    return url_for(LANDING.get(Role(current_user.role), "desk.queue"))


def pass_on(user: User, method: str, target: str | None) -> str:
    """After the first factor: straight in, or to the page that asks for the code; returns the address."""
    # A session begun before signing in must not be carried over (session fixation).
    session.clear()
    if not second_factor.is_on(user.id):
        enter(user, method)
        return landing(target)
    session[HALF_WAY] = {"user": user.id, "method": method, "at": utcnow().timestamp()}
    return url_for("account.code", next=target if is_ours(target) else None)


def half_way() -> dict[str, Any] | None:
    """Who has passed the first factor a moment ago: user, method, at; None when nobody did, or too long ago."""
    found: dict[str, Any] | None = session.get(HALF_WAY)
    return found if found and utcnow().timestamp() - found["at"] < HALF_WAY_S else None


def enter(user: User, method: str) -> None:
    """Begin the session."""
    session.clear()
    token = accounts.signed_in(user, method, request.remote_addr or "", request.user_agent.string)
    session[SESSION_KEY] = token
    login_user(user)
