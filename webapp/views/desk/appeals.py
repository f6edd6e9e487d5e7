"""``/desk/appeals``: a reviewer of another department decides whether a contested review counts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS
from webapp.domain.rectification import Ground
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput, MinpingError
from webapp.extensions import db
from webapp.models import utcnow
from webapp.queries import appeals as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import appeals as service
from webapp.services.actor import Actor
from webapp.views.desk import bp

DECISIONS = {"grant": True, "refuse": False}


def _page(typed: dict[str, str] | None = None, error: str = "", status: int = 200) -> Any:
    view = "decided" if request.args.get("view") == "decided" else "waiting"
    page = page_number(request.args.get("page"))
    items, total = queries.appeals(view == "decided", page)
    actor = Actor.of(current_user)
    return (
        render_template(
            "desk/appeals.html", view=view, items=items, total=total, page=page, page_size=queries.PAGE_SIZE,
            tabs=[("waiting", _("待审核")), ("decided", _("已审核"))], now=utcnow(),
            labels={int(level): _(label) for level, label in RATING_LABELS.items()},
            ground_text=lambda key: _(Ground(key).label), may_judge=lambda review: service.is_judge(review, actor),
            judges=current_user.role == Role.REVIEWER, typed=typed or {}, error=error,
        ),
        status,
    )  # fmt: skip


@bp.get("/appeals")
@staff(Permission.SEE_APPEALS)
def appeals() -> Any:
    """Appeals by their deadline."""
    return _page()


@bp.post("/appeals/<review_id>")
@staff(Permission.JUDGE_APPEAL)
def decide_appeal(review_id: str) -> Any:
    """Grant or refuse, with the reason."""
    form = request.form
    try:
        granted = DECISIONS.get(form.get("decision", ""))
        if granted is None:
            raise InvalidInput(_("请选择成立或驳回。"))
        version = form.get("version", type=int)
        service.decide(review_id, granted, form.get("text", ""), Actor.of(current_user), version)
    except MinpingError as problem:
        db.session.rollback()
        return _page({**form.to_dict(), "review_id": review_id}, problem.message, problem.status)
    except StaleDataError:
        db.session.rollback()
        message = _("这件申诉刚被别人处理过，请看最新情况。")
        return _page({**form.to_dict(), "review_id": review_id}, message, 409)
    flash(_("申诉成立，这条评价已搁置。") if granted else _("申诉已驳回，单位须继续整改。"), "success")
    return redirect(url_for("desk.appeals"))
