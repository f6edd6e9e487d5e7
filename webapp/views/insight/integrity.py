"""Votes that are set aside: how many, why, one by one, and back again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS, Rating
from webapp.errors import InvalidInput, NotFound
from webapp.queries import voices
from webapp.queries.units import catalogue
from webapp.security import has, staff
from webapp.services import integrity
from webapp.services.actor import Actor
from webapp.views.insight import bp
from webapp.views.insight.filters import filters, within
from webapp.views.insight.page import show
from webapp.views.insight.services import aside_table, own, reason_label


def _page(error: str = "", typed: dict[str, str] | None = None) -> Any:
    chosen, known = filters(), catalogue()
    code = request.args.get("service", "")
    unit = known.service(code) if code else None
    if code and unit is None:
        raise NotFound(_("没有找到这个服务事项。"))
    if unit is not None:
        own(unit.department)
        wanted = [unit.id]
    else:
        wanted = [
            u.id for u in known.services.values() if u.id > 0 and chosen.bounds.has_department(u.department)
        ]
    table = aside_table(voices.set_aside(chosen.window, wanted), within(chosen))
    return show(
        "insight/set_aside.html", "set-aside", chosen, [table], unit=unit, may_restore=has(Permission.RESTORE_VOTE),
        votes=voices.set_aside_votes(unit.id) if unit else [], reason_label=reason_label,
        labels={int(level): _(RATING_LABELS[level]) for level in Rating}, error=error, typed=typed or {},
    )  # fmt: skip


@bp.get("/set-aside")
@staff(Permission.SEE_UNIT)
def set_aside() -> Any:
    """Counts by service and reason; with ``?service=`` the votes themselves."""
    return _page()


@bp.post("/set-aside/<review_id>/restore")
@staff(Permission.RESTORE_VOTE)
def restore(review_id: str) -> Response | tuple[Any, int]:
    """Count a vote again, with a reason."""
    try:
        review = integrity.restore(review_id, request.form.get("note", ""), Actor.of(current_user))
    except InvalidInput as problem:
        return _page(problem.message, {"review_id": review_id}), 422
    flash(_("已恢复计入评价。"), "success")
    return redirect(url_for("insight.set_aside", service=review.service.service_code))
