"""Who may call what, and the headers that every answer carries.

Every view is either marked ``@public`` or ``@staff(roles…)``; an unmarked one is refused (default deny), and a test
walks the URL map so that this is noticed before a user does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import current_user

from webapp.crypto import keyed_hash
from webapp.domain.workflow import Role
from webapp.extensions import db, login_manager
from webapp.models import User

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = frozenset({"public"})
IDENTITY_COOKIE = "mp_id"
DEPARTMENT_ROLES = (Role.CLERK, Role.HEAD)
DESK_ROLES = (*DEPARTMENT_ROLES, Role.DISPATCHER, Role.HOTLINE_AGENT, Role.REVIEWER, Role.GRID_WORKER)
INSIGHT_ROLES = (Role.OFFICIAL, Role.HEAD, Role.DISPATCHER, Role.AUDITOR, Role.ADMIN)


def public(view: View) -> View:
    """Mark a view (function, class or blueprint-level) as open to everybody."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def staff(*roles: Role) -> Callable[[View], View]:
    """Mark a view as open to signed-in staff of these roles."""

    def mark(view: View) -> View:
        view.access = frozenset(role.value for role in roles)  # type: ignore[attr-defined]
        return view

    return mark


def access_of(endpoint: str) -> frozenset[str] | None:
    """The access mark of an endpoint: ``{"public"}``, role names, or None when nobody marked it."""
    view = current_app.view_functions[endpoint]
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    marked = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    # flask-smorest's own two documents (openapi.json) are functions of the library, which cannot be decorated.
    return PUBLIC if marked is None and endpoint.startswith("api-docs.") else marked


def _enforce() -> Any:
    if request.endpoint is None:
        return None
    access = access_of(request.endpoint)
    if access is None:
        abort(403)
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if request.path.startswith("/api/"):
            abort(401)
        return redirect(url_for("account.login", next=request.full_path.rstrip("?")))
    if current_user.role not in access:
        abort(403)
    return None


@login_manager.user_loader
def load_user(session_id: str) -> User | None:
    """The user of a session; None when the account is off or its sessions were ended."""
    user_id, _, epoch = session_id.partition(".")
    user = db.session.get(User, int(user_id)) if user_id.isdigit() else None
    return user if user and user.active and str(user.session_epoch) == epoch else None


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
    app.jinja_env.globals["csp_nonce"] = csp_nonce
