"""Who may call what, and the headers that every answer carries.

Every view is either marked ``@public`` or ``@staff(Permission.…)``, one line of the table in
:mod:`webapp.domain.permissions`; an unmarked one is refused (default deny), and a test walks the URL map so that this
is noticed before a user does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_login import current_user

from webapp.crypto import keyed_hash
from webapp.domain.permissions import Permission, allows
from webapp.extensions import db, login_manager
from webapp.models import User
from webapp.queries import second_factor
from webapp.services import sessions

View = TypeVar("View", bound=Callable[..., Any])
IDENTITY_COOKIE = "mp_id"
SESSION_KEY = "sid"


def public(view: View) -> View:
    """Mark a view (function, class or blueprint-level) as open to everybody."""
    view.access = Permission.PUBLIC  # type: ignore[attr-defined]
    return view


def staff(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to signed-in staff whose role has the permission."""

    def mark(view: View) -> View:
        view.access = Permission(permission)  # type: ignore[attr-defined]
        return view

    return mark


def access_of(endpoint: str) -> Permission | None:
    """The permission that an endpoint asks for; None when nobody marked it."""
    view = current_app.view_functions[endpoint]
    if endpoint == "static" or endpoint.endswith(".static"):
        return Permission.PUBLIC
    marked = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    # flask-smorest's own two documents (openapi.json) are functions of the library, which cannot be decorated.
    return Permission.PUBLIC if marked is None and endpoint.startswith("api-docs.") else marked


def has(permission: Permission) -> bool:
    """Whether whoever asks has the permission."""
    return permission is Permission.PUBLIC or (
        current_user.is_authenticated and allows(current_user.role, permission)
    )


def may_open(endpoint: str) -> bool:
    """Whether whoever asks may open this endpoint: for links, which must not promise what is refused."""
    access = access_of(endpoint) if endpoint in current_app.view_functions else None
    return access is not None and has(access)


def _enforce() -> Any:
    if request.endpoint is None:
        return None
    access = access_of(request.endpoint)
    if access is None:
        abort(403)
    if access is Permission.PUBLIC:
        return None
    if not current_user.is_authenticated:
        if request.path.startswith("/api/"):
            abort(401)
        return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
    if access is not Permission.OWN_ACCOUNT and _must_set_up_a_second_factor():
        return redirect(url_for("account.second_factor"))
    if not has(access):
        abort(403)
    return None


def _must_set_up_a_second_factor() -> bool:
    """Whether this member of staff may do nothing but that: their role must have one, and they have none."""
    required = current_user.role in current_app.config["REQUIRE_TOTP_ROLES"]
    return required and not second_factor.is_on(current_user.id)


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    """The user of a session; None when the account is off, or the session was ended or left alone too long."""
    user = db.session.get(User, int(user_id)) if user_id.isdigit() else None
    if user is None or not user.active:
        return None
    found = sessions.find(session.get(SESSION_KEY), user.id)
    if found is None:
        return None
    sessions.seen(found)
    g.staff_session = found
    return user


def visitor_identity() -> str:
    """A resident's identity on this browser: keyed hash of a random cookie, set on the first need."""
    token = request.cookies.get(IDENTITY_COOKIE) or g.get("new_identity")
    if not token or len(token) > 64:
        token = g.new_identity = secrets.token_urlsafe(24)
    return keyed_hash("visitor", token)


def csp_nonce() -> str:
    """The nonce of this answer, for the few inline scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def keep_private() -> None:
    """Let no browser or proxy keep this answer: it shows what only this visitor may see, perhaps on a shared computer."""
    g.private = True


def _headers(response: Response) -> Response:
    if new := g.get("new_identity"):
        response.set_cookie(
            IDENTITY_COOKIE, new, max_age=2 * 365 * 86400, httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip
    nonce = csp_nonce()
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if current_user.is_authenticated or g.get("private"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def init_app(app: Flask) -> None:
    """Install default deny and the headers."""
    app.before_request(_enforce)
    app.after_request(_headers)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, may=may_open)
