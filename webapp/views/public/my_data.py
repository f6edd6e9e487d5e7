"""我的信息: what is stored about one's request, by number and secret; put right, withdraw, download, ask for deletion."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.errors import InvalidInput, MinpingError, NotFound
from webapp.models import ServiceRequest
from webapp.queries import public as queries
from webapp.security import keep_private, public
from webapp.services import retention, rights
from webapp.views.public import bp
from webapp.views.public.limits import opening_cases, submissions
from webapp.views.public.opened import DATA_KEY

KIND_TEXTS = {"erasure": N_("删除个人信息"), "correction": N_("更正内容")}
OUTCOME_TEXTS = {"": N_("正在处理"), "granted": N_("已同意"), "refused": N_("未同意")}


def _mine(number: str) -> ServiceRequest:
    """The request, if this session opened it with its secret. Raises ``NotFound``."""
    keep_private()
    number = number.strip().upper()
    found = queries.request_by_number(number) if number in session.get(DATA_KEY, []) else None
    if found is None:
        raise NotFound(_("请先输入编号和查询码，再查看这件诉求。"))
    return found


@bp.get("/my-data")
@public
def my_data() -> str:
    """Ask for number and secret."""
    return render_template("public/my_data.html", number=request.args.get("number", "")[:20], errors={})


@bp.post("/my-data")
@opening_cases
@public
def my_data_open() -> Any:
    """Open what is stored."""
    number = request.form.get("number", "")
    try:
        found = rights.open_data(number, request.form.get("secret", ""))
    except NotFound as error:
        page = render_template("public/my_data.html", number=number, errors={"number": error.message})
        return page, 422
    kept = [n for n in session.get(DATA_KEY, []) if n != found.service_request_id]
    session[DATA_KEY] = [found.service_request_id, *kept][:5]
    return redirect(url_for("public.my_data_page", number=found.service_request_id))


def _page(
    found: ServiceRequest, errors: dict[str, str], typed: dict[str, str], status: int = 200
) -> tuple[str, int]:
    data = rights.stored(found)
    page = render_template(
        "public/my_data_page.html", case=found, data=data, asked=rights.requests_about(found), errors=errors,
        typed=typed, kind_text=lambda kind: _(KIND_TEXTS[kind]), outcome_text=lambda key: _(OUTCOME_TEXTS[key]),
        kept=retention.days(), max_words=rights.MAX_WORDS,
    )  # fmt: skip
    return page, status


@bp.get("/my-data/<number>")
@public
def my_data_page(number: str) -> Any:
    """Everything that is stored, and what can be done about it."""
    try:
        return _page(_mine(number), {}, {})
    except NotFound:
        return redirect(url_for("public.my_data", number=number[:20]))


@bp.get("/my-data/<number>/download")
@public
def my_data_download(number: str) -> Response:
    """The same as JSON."""
    found = _mine(number)
    text = json.dumps(rights.stored(found), ensure_ascii=False, indent=2)
    answer = Response(text + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.service_request_id}.json"'
    return answer


@bp.post("/my-data/<number>/<any(contact, unpublish, ask):action>")
@submissions
@public
def my_data_change(number: str, action: str) -> Any:
    """Correct the contact, withdraw from the public pages, or ask for deletion or correction."""
    found, form = _mine(number), request.form
    try:
        if action == "contact":
            rights.correct_contact(found, form.get("contact_name", ""), form.get("contact_phone", ""))
            flash(_("联系方式已更新。"), "success")
        elif action == "unpublish":
            rights.withdraw_publication(found)
            flash(_("已撤回公开，公开页面上不再显示这件诉求。"), "success")
        else:
            asked = rights.ask(found, form.get("kind", ""), form.get("words", ""))
            flash(
                _(
                    "申请已收到，%(day)s 前给您答复：结果在这一页查看，留了联系方式的还会收到消息。",
                    day=asked.due_at.strftime("%Y-%m-%d"),
                ),
                "success",
            )
    except MinpingError as problem:
        field = problem.field if isinstance(problem, InvalidInput) and problem.field else action
        return _page(found, {field: problem.message}, form.to_dict(), problem.status)
    return redirect(url_for("public.my_data_page", number=found.service_request_id))
