"""``/desk/reviews``: bad reviews and what is done about them, and replies."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS, Rating
from webapp.domain.rectification import Ground, RectificationAction, RectificationStatus, allowed_steps
from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput, MinpingError
from webapp.extensions import db
from webapp.models import Rectification, utcnow
from webapp.queries import desk as desk_queries
from webapp.queries import desk_reviews as queries
from webapp.queries.desk_counts import REVIEWS
from webapp.queries.desk_reviews import ReviewFilter
from webapp.security import has, staff
from webapp.services import appeals, rectifications
from webapp.services import reviews as service
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.desk.presenting import CHANNELS, sees_departments

TABS = {
    "bad": N_("待整改差评"), "overdue": N_("整改超期"), "appealed": N_("申诉中"), "asked": N_("待居民回访"),
    "unsatisfied": N_("整改后仍不满意"), "unanswered": N_("待回复"), "all": N_("全部评价"),
}  # fmt: skip
TONES = {
    RectificationStatus.OPENED: "warn", RectificationStatus.VERIFIED: "warn", RectificationStatus.APPEALED: "info",
    RectificationStatus.APPEAL_REFUSED: "warn", RectificationStatus.RECTIFIED: "info",
    RectificationStatus.FOLLOWED_UP: "good", RectificationStatus.UNREACHED: "info",
    RectificationStatus.SET_ASIDE: "info", RectificationStatus.RESCINDED: "info",
}  # fmt: skip


def steps_of(mending: Rectification | None) -> set[str]:
    """What the signed-in member of staff may do about a bad review now."""
    if mending is None:
        return set()
    found = {a.value for a in allowed_steps(RectificationStatus(mending.status), Role(current_user.role))}
    return found if appeals.may_appeal(mending) else found - {RectificationAction.APPEAL}


def standing(mending: Rectification) -> dict[str, str]:
    """The badge of a rectification: its status, or the step that is overdue."""
    status = RectificationStatus(mending.status)
    if not rectifications.is_open(mending):
        return {"text": _(status.label), "tone": TONES[status]}
    now = utcnow()
    if mending.rectify_due_at < now:
        return {"text": _("整改超期"), "tone": "bad"}
    if mending.verified_at is None and mending.verify_due_at < now:
        return {"text": _("核实超期"), "tone": "bad"}
    return {"text": _(status.label), "tone": TONES[status]}


def _page(typed: dict[str, str] | None = None, error: str = "", status: int = 200) -> Any:
    wanted = ReviewFilter.from_query(request.args)
    items, total = queries.reviews(current_user, wanted)
    return (
        render_template(
            "desk/reviews.html", wanted=wanted, items=items, total=total, page_size=queries.PAGE_SIZE,
            tabs=[(view, _(text)) for view, text in TABS.items()],
            labels={int(level): _(label) for level, label in RATING_LABELS.items()},
            levels=[(int(level), _(RATING_LABELS[level])) for level in Rating],
            counts=[(key, _(text)) for key, text in REVIEWS.items()], channels=[(key, _(text)) for key, text in CHANNELS.items()],
            services=queries.service_choices(current_user), typed=typed or {}, error=error,
            departments=desk_queries.department_choices() if sees_departments() else [],
            may_act=has(Permission.ANSWER_REVIEW), steps_of=steps_of, standing=standing,
            grounds=[(ground.value, _(ground.label)) for ground in Ground],
            appeal_until=appeals.closes_at, ground_text=lambda key: _(Ground(key).label),
            query=f"?{request.query_string.decode()}" if request.query_string else "",
        ),
        status,
    )  # fmt: skip


@bp.get("/reviews")
@staff(Permission.SEE_REVIEWS)
def reviews() -> Any:
    """Reviews of the own department's services (all for those without a department)."""
    return _page()


@bp.post("/reviews/<review_id>")
@staff(Permission.ANSWER_REVIEW)
def act_on_review(review_id: str) -> Any | Response:
    """Reply, verify, record what was put right, or appeal."""
    try:
        _act(review_id, Actor.of(current_user))
    except MinpingError as problem:
        db.session.rollback()
        return _page({**request.form.to_dict(), "review_id": review_id}, problem.message, problem.status)
    except StaleDataError:
        db.session.rollback()
        message = _("这条差评刚被别人处理过，请看最新情况后再操作；您写的内容还在下面。")
        return _page({**request.form.to_dict(), "review_id": review_id}, message, 409)
    flash(_("已保存。"), "success")
    # What is done leaves the list: go on with the one behind it.
    goes_on = request.form.get("action") in ("rectify", "appeal")
    return redirect(_back(request.form.get("next", "") if goes_on else review_id))


def _act(review_id: str, actor: Actor) -> None:
    form = request.form
    text, version = form.get("text", ""), form.get("version", type=int)
    match form.get("action"):
        case "reply":
            service.reply_to_review(review_id, text, actor)
        case "verify":
            rectifications.verify(review_id, actor, version)
        case "rectify":
            also_reply = form.get("also_reply") == "1"
            rectifications.rectify(review_id, text, actor, version, also_reply=also_reply)
        case "appeal":
            appeals.appeal(review_id, form.get("ground", ""), text, actor, version)
        case _other:
            raise InvalidInput(_("没有这一步操作，请从页面上选择。"))


def _back(review_id: str) -> str:
    """The list as it was, filters included, at one review (at its beginning for what is no number)."""
    query = request.query_string.decode()
    place = f"#{review_id}" if review_id.isalnum() and review_id.isascii() else ""
    return url_for("desk.reviews") + (f"?{query}" if query else "") + place
