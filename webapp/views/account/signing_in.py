"""``/account/login``, ``/account/code``, ``/account/logout``."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.errors import Forbidden
from webapp.extensions import limiter
from webapp.security import public, staff
from webapp.services import accounts, sessions, sign_on
from webapp.views.account import bp
from webapp.views.account.entering import enter, half_way, landing, pass_on


def login_page(username: str = "", error: str = "", status: int = 200) -> Any:
    """The form, and the way to the single sign-on where there is one."""
    return (
        render_template("account/login.html", username=username, error=error, sso=sign_on.is_configured()),
        status,
    )


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@public
def login() -> Any:
    """Sign in with user name and password."""
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(landing(request.args.get("next")))
        return login_page()
    username = request.form.get("username", "")
    try:
        user = accounts.check_password(username, request.form.get("password", ""))
    except Forbidden as problem:
        return login_page(username, problem.message, 403)
    return redirect(pass_on(user, "password", request.args.get("next")))


@bp.route("/code", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@public
def code() -> Any:
    """The second factor: a one-time code, or a recovery code."""
    came = half_way()
    if came is None:
        return redirect(url_for("account.login", next=request.args.get("next")))
    error = ""
    if request.method == "POST":
        try:
            user, kind = accounts.check_code(came["user"], request.form.get("code", ""))
        except Forbidden as problem:
            error = problem.message
        else:
            enter(user, f"{came['method']}+{kind}")
            return redirect(landing(request.args.get("next")))
    return render_template("account/code.html", error=error), 403 if error else 200


@bp.post("/logout")
@staff(Permission.OWN_ACCOUNT)
def logout() -> Response:
    """End this session."""
    sessions.close(g.staff_session)
    logout_user()
    session.clear()
    return redirect(url_for("account.login"))


@bp.context_processor
def sso_name() -> dict[str, Any]:
    """What the single sign-on is called here."""
    return {"sso_name": current_app.config["OIDC_NAME"] or _("单点登录")}
