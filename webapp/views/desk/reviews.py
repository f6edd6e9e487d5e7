"""``/desk/reviews``: bad reviews and their rectification, and replies."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.deadlines import RectificationStep
from webapp.domain.rating import RATING_LABELS, Rating
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput, MinpingError
from webapp.queries import desk as desk_queries
from webapp.queries import desk_reviews as queries
from webapp.queries.desk_reviews import ReviewFilter
from webapp.security import DEPARTMENT_ROLES, staff
from webapp.services import reviews as service
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.desk.presenting import sees_departments


def _page(typed: dict[str, str] | None = None, error: str = "", status: int = 200) -> Any:
    wanted = ReviewFilter.from_query(request.args)
    items, total = queries.reviews(current_user, wanted)
    return (
        render_template(
            "desk/reviews.html", wanted=wanted, items=items, total=total, page_size=queries.PAGE_SIZE,
            tabs=[("bad", _("待整改差评")), ("overdue", _("整改超期")), ("unanswered", _("待回复")), ("all", _("全部评价"))],
            labels={int(level): _(label) for level, label in RATING_LABELS.items()},
            levels=[(int(level), _(RATING_LABELS[level])) for level in Rating],
            services=queries.service_choices(current_user), typed=typed or {}, error=error,
            departments=desk_queries.department_choices() if sees_departments() else [],
            may_act=current_user.role in DEPARTMENT_ROLES,
            query=f"?{request.query_string.decode()}" if request.query_string else "",
        ),
        status,
    )  # fmt: skip


@bp.get("/reviews")
@staff(*DEPARTMENT_ROLES, Role.REVIEWER, Role.DISPATCHER, Role.OFFICIAL, Role.AUDITOR)
def reviews() -> Any:
    """Reviews of the own department's services (all for those without a department)."""
    return _page()


@bp.post("/reviews/<review_id>")
@staff(*DEPARTMENT_ROLES)
def act_on_review(review_id: str) -> Any | Response:
    """Reply, verify, or record what was put right."""
    form, actor = request.form, Actor.of(current_user)
    try:
        match form.get("action"):
            case "reply":
                service.reply_to_review(review_id, form.get("text", ""), actor)
            case "verify":
                service.rectify(review_id, RectificationStep.VERIFY, actor)
            case "rectify":
                service.rectify(review_id, RectificationStep.RECTIFY, actor, form.get("text", ""))
            case _other:
                raise InvalidInput(_("没有这一步操作，请从页面上选择。"))
    except MinpingError as problem:
        return _page({**form.to_dict(), "review_id": review_id}, problem.message, problem.status)
    flash(_("已保存。"), "success")
    return redirect(_back())


def _back() -> str:
    """The list as it was, filters included."""
    query = request.query_string.decode()
    return url_for("desk.reviews") + (f"?{query}" if query else "")
