"""Sign in, sign out, change one's own password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from webapp.domain.workflow import Role
from webapp.errors import Forbidden, InvalidInput
from webapp.extensions import limiter
from webapp.security import public, staff
from webapp.services import accounts

bp = Blueprint("account", __name__, url_prefix="/account")

LANDING = {
    Role.OFFICIAL: "insight.overview", Role.ADMIN: "admin.home", Role.AUDITOR: "admin.audit",
}  # fmt: skip


def _landing(target: str | None) -> str:
    """Where to go after signing in: the page asked for if it is ours, else the role's own first page."""
    parts = urlsplit(target or "")
    # A path of this site only: no scheme, no host, and no "//host" or "/\host" that a browser would take for one.
    if target and target.startswith("/") and not parts.netloc and not target.startswith(("//", "/\\")):
        return target
    return url_for(LANDING.get(Role(current_user.role), "desk.queue"))


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@public
def login() -> str | Response | tuple[str, int]:
    """Sign in with user name and password."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(_landing(request.args.get("next")))
        return render_template("account/login.html", username="", error="")
    username = request.form.get("username", "")
    try:
        user = accounts.sign_in(username, request.form.get("password", ""))
    except Forbidden as problem:
        return render_template("account/login.html", username=username, error=problem.message), 403
    # A session begun before signing in must not be carried over (session fixation).
    session.clear()
    login_user(user)
    return redirect(_landing(request.args.get("next")))


@bp.post("/logout")
@staff(*Role)
def logout() -> Response:
    """End this session."""
    logout_user()
    session.clear()
    return redirect(url_for("account.login"))


@bp.route("/password", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
@staff(*Role)
def password() -> str | Response | tuple[str, int]:
    """Change one's own password; other sessions end."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        form = request.form
        try:
            user = accounts.change_password(
                current_user.id, form.get("old", ""), form.get("new", ""), form.get("again", "")
            )
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            login_user(user)
            flash(_("密码已修改，其他设备上的登录已退出。"), "success")
            return redirect(url_for("account.password"))
    return render_template("account/password.html", errors=errors), 422 if errors else 200
