"""Sign in, sign out; one's own password, second factor and sessions."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("account", __name__, url_prefix="/account")

from webapp.views.account import notifications, own, signing_in, sso, totp  # noqa: E402,F401 - attach the routes
