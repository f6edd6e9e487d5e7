"""``/account/notifications``: what a member of staff was told, and what they want to be told."""

from __future__ import annotations

from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.errors import InvalidInput, NotFound
from webapp.queries import notifications as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import notifications as service
from webapp.views.account import bp


@bp.get("/notifications")
@staff(Permission.OWN_ACCOUNT)
def notifications() -> str:
    """The list, newest first."""
    page = page_number(request.args.get("page"))
    items, total = queries.newest(current_user.id, page)
    return render_template(
        "account/notifications.html", items=items, total=total, page=page, page_size=queries.PAGE_SIZE,
        kind_text=lambda kind: _(service.KINDS.get(kind, kind)),
    )  # fmt: skip


@bp.get("/notifications/<int(max=2147483647):notification_id>")
@staff(Permission.OWN_ACCOUNT)
def open_notification(notification_id: int) -> Response:
    """Go to what it is about; it is read then."""
    found = queries.one(current_user.id, notification_id)
    if found is None:
        raise NotFound(_("没有找到这条提醒。"))
    service.mark_read(current_user.id, found.id)
    # Only paths of this site are stored.
    return redirect(found.url or url_for("account.notifications"))


@bp.post("/notifications/read")
@staff(Permission.OWN_ACCOUNT)
def read_notifications() -> Response:
    """All of them are read."""
    service.mark_read(current_user.id)
    return redirect(url_for("account.notifications"))


@bp.route("/notifications/settings", methods=["GET", "POST"])
@staff(Permission.OWN_ACCOUNT)
def notification_settings() -> Any:
    """What to be told, and whether by e-mail."""
    errors: dict[str, str] = {}
    values = service.settings_of(current_user.id)
    if request.method == "POST":
        wanted = set(request.form.getlist("kinds"))
        values = {
            "muted": [kind for kind in service.KINDS if kind not in wanted],
            "email": request.form.get("email", ""),
            "digest": request.form.get("digest") == "1",
        }
        try:
            service.save_settings(current_user.id, **values)
        except InvalidInput as problem:
            errors = {problem.field or "": problem.message}
        else:
            flash(_("提醒设置已保存。"), "success")
            return redirect(url_for("account.notification_settings"))
    page = render_template(
        "account/notification_settings.html", values=values, errors=errors,
        kinds=[(kind, _(text)) for kind, text in service.KINDS.items()],
        wanted=[kind for kind in service.KINDS if kind not in values["muted"]],
    )  # fmt: skip
    return (page, 422) if errors else page


def init_app(app: Flask) -> None:
    """Give staff's pages the number of unread notifications."""
    app.jinja_env.globals["unread_notifications"] = lambda: queries.unread_count(current_user.id)
