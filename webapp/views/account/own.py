"""``/account/password`` and ``/account/sessions``: what everybody keeps in order about their own account."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.errors import InvalidInput
from webapp.extensions import limiter
from webapp.queries import sessions as queries
from webapp.security import staff
from webapp.services import accounts
from webapp.services import sessions as service
from webapp.views.account import bp
from webapp.views.account.browsers import in_words


@bp.route("/password", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
@staff(Permission.OWN_ACCOUNT)
def password() -> str | Response | tuple[str, int]:
    """Change one's own password; other sessions end."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        form = request.form
        try:
            accounts.change_password(
                current_user.id, form.get("old", ""), form.get("new", ""), form.get("again", ""), g.staff_session.id
            )  # fmt: skip
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            flash(_("密码已修改，其他设备上的登录已退出。"), "success")
            return redirect(url_for("account.password"))
    return render_template("account/password.html", errors=errors), 422 if errors else 200


@bp.get("/sessions", endpoint="sessions")
@staff(Permission.OWN_ACCOUNT)
def session_list() -> str:
    """Where one is signed in."""
    return render_template(
        "account/sessions.html", rows=queries.open_sessions(current_user.id), this_one=g.staff_session.id,
        browser=in_words,
    )  # fmt: skip


@bp.post("/sessions")
@staff(Permission.OWN_ACCOUNT)
def end_sessions() -> Response:
    """End one session, or all others."""
    chosen = request.form.get("session", type=int)
    if chosen is None:
        count = service.end_others(current_user.id, g.staff_session.id)
        flash(_("已退出其他 %(count)s 处登录。", count=count), "success")
    elif chosen == g.staff_session.id:
        flash(_("这是您现在的登录；要退出请点右上角的“退出”。"), "error")
    else:
        service.end_one(current_user.id, chosen)
        flash(_("已退出那一处登录。"), "success")
    return redirect(url_for("account.sessions"))
