"""``/account/sso``: to the organisation's single sign-on and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import abort, current_app, redirect, request, session, url_for
from werkzeug.wrappers import Response

from webapp.errors import Forbidden
from webapp.extensions import limiter
from webapp.gateways.oidc import Started
from webapp.security import public
from webapp.services import sign_on
from webapp.views.account import bp
from webapp.views.account.entering import pass_on
from webapp.views.account.signing_in import login_page

STARTED = "sso"


def _redirect_uri() -> str:
    # The address that the provider knows, whatever host name this request came by.
    return f"{current_app.config['PUBLIC_URL']}{url_for('account.sso_back')}"


@bp.get("/sso")
@limiter.limit("20 per minute")
@public
def sso() -> Any:
    """Off to the provider."""
    if not sign_on.is_configured():
        abort(404)
    try:
        started = sign_on.start(_redirect_uri())
    except Forbidden as problem:
        return login_page(error=problem.message, status=403)
    session[STARTED] = {**asdict(started), "next": request.args.get("next")}
    return redirect(started.url)


@bp.get("/sso/back")
@limiter.limit("20 per minute")
@public
def sso_back() -> Response | tuple[str, int]:
    """Back from the provider: believed once, in the browser that set out."""
    if not sign_on.is_configured():
        abort(404)
    kept = session.pop(STARTED, None) or {"url": "", "state": "", "nonce": "", "verifier": "", "next": None}
    target = kept.pop("next")
    try:
        user = sign_on.finish(
            _redirect_uri(), Started(**kept), request.args.get("state", ""), request.args.get("code", "")
        )
    except Forbidden as problem:
        page: tuple[str, int] = login_page(error=problem.message, status=403)
        return page
    return redirect(pass_on(user, "sso", target))
