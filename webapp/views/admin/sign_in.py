"""``/admin/users/<id>/…``: helping somebody who cannot sign in: second factor lost, single sign-on changed hands."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.errors import Conflict, NotFound
from webapp.extensions import db
from webapp.models import User
from webapp.security import staff
from webapp.services import second_factor, sign_on
from webapp.views.admin import bp


def _user(user_id: int) -> User:
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound(_("没有这个账号。"))
    return found


@bp.post("/users/<int(max=2147483647):user_id>/second-factor/reset")
@staff(Permission.ADMINISTER)
def reset_second_factor(user_id: int) -> Response:
    """The phone is lost: sign in with the password alone, until it is set up again."""
    user = _user(user_id)
    try:
        second_factor.reset(user, current_user.id)
    except Conflict as problem:
        flash(problem.message, "error")
    else:
        flash(_("已重置 %(name)s 的动态验证码，其所有登录已退出。", name=user.username), "success")
    return redirect(url_for("admin.user", user_id=user.id))


@bp.post("/users/<int(max=2147483647):user_id>/sso/untie")
@staff(Permission.ADMINISTER)
def untie_sso(user_id: int) -> Response:
    """The next sign-in from the provider binds anew."""
    user = _user(user_id)
    sign_on.untie(user, current_user.id)
    flash(_("已解除 %(name)s 的单点登录绑定。", name=user.username), "success")
    return redirect(url_for("admin.user", user_id=user.id))
