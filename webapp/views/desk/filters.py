"""``/desk/filters``: saved filters of the queue."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.errors import InvalidInput
from webapp.security import staff
from webapp.services import saved_filters
from webapp.views.desk import bp


def _back(query: str) -> Response:
    return redirect(f"{url_for('desk.queue')}?{query or 'view='}")


@bp.post("/filters")
@staff(Permission.LIST_CASES)
def save_filter() -> Response:
    """Keep the queue as it is shown under a name."""
    form = request.form
    try:
        saved_filters.save(
            current_user, form.get("name", ""), form, form.get("shared") == "1", form.get("is_default") == "1"
        )
    except InvalidInput as problem:
        flash(problem.message, "error")
    else:
        flash(_("筛选“%(name)s”已保存。", name=form["name"].strip()), "success")
    return _back(saved_filters.query_of(form))


@bp.post("/filters/<int(max=2147483647):filter_id>/<any(start, unset, remove):what>")
@staff(Permission.LIST_CASES)
def change_filter(filter_id: int, what: str) -> Response:
    """Start with a filter, no longer so, or delete it."""
    if what == "remove":
        saved_filters.remove(current_user, filter_id)
        flash(_("筛选已删除。"), "success")
    else:
        saved_filters.start_with(current_user, filter_id, what == "start")
        flash(_("打开“诉求办理”时从这里开始。") if what == "start" else _("已恢复默认的列表。"), "success")
    return _back("view=")
