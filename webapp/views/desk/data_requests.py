"""``/desk/data-requests``: residents who want their data deleted or put right, each with a clock."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from webapp import crypto
from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.errors import MinpingError, NotFound
from webapp.extensions import db
from webapp.models import DataRequest, utcnow
from webapp.queries import rights as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import rights
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.filters import masked

KIND_TEXTS = {"erasure": N_("删除个人信息"), "correction": N_("更正内容")}
OUTCOME_TEXTS = {"": N_("待决定"), "granted": N_("已同意"), "refused": N_("未同意")}


def _words(asked: DataRequest) -> str:
    try:
        return masked(crypto.decrypt(asked.words))
    except LookupError:
        return ""


def _page(errors: dict[int, str], typed: dict[str, Any], status: int = 200) -> tuple[str, int]:
    show_all = request.args.get("all") == "1"
    page = page_number(request.args.get("page"))
    items, total = queries.data_requests(Role(current_user.role), current_user.department_id, show_all, page)
    return (
        render_template(
            "desk/data_requests.html", items=items, total=total, page=page, page_size=queries.PAGE_SIZE, errors=errors,
            typed=typed, show_all=show_all, now=utcnow(), kind_text=lambda kind: _(KIND_TEXTS[kind]),
            outcome_text=lambda outcome: _(OUTCOME_TEXTS[outcome]), words_of=_words,
        ),
        status,
    )  # fmt: skip


@bp.get("/data-requests")
@staff(Permission.DECIDE_DATA_REQUEST)
def data_requests() -> Any:
    """What waits for a decision, most pressing first."""
    return _page({}, {})


@bp.post("/data-requests/<int(max=2147483647):asked_id>")
@staff(Permission.DECIDE_DATA_REQUEST)
def decide_data_request(asked_id: int) -> Any:
    """Grant or refuse one."""
    asked = queries.data_request(asked_id, Role(current_user.role), current_user.department_id)
    if asked is None:
        raise NotFound(_("没有找到这份申请。"))
    form = request.form
    try:
        rights.decide(asked, form.get("outcome") == "granted", form.get("reason", ""), Actor.of(current_user))
    except MinpingError as problem:
        db.session.rollback()
        return _page({asked_id: problem.message}, form.to_dict(), problem.status)
    except StaleDataError:
        db.session.rollback()
        return _page({asked_id: _("这份申请刚被别人决定过，请刷新页面。")}, form.to_dict(), 409)
    done = _("已删除这件诉求的个人信息，并告诉居民。")
    if not asked.executed_at:
        done = _("决定已记录。留了联系方式的居民会收到消息，凭编号和查询码也能看到。")
    flash(done, "success")
    return redirect(url_for("desk.data_requests"))
