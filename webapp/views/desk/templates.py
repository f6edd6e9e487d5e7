"""``/desk/templates``: 常用回复, one's own and the office's."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.domain.workflow import Status
from webapp.errors import MinpingError
from webapp.models import ReplyTemplate
from webapp.queries import desk, reply_templates
from webapp.security import staff
from webapp.services import reply_templates as service
from webapp.services.reply_templates import TemplateDraft
from webapp.views.desk import bp


def _typed(template: ReplyTemplate) -> dict[str, str]:
    return {
        "title": template.title, "body": template.body, "status": template.status,
        "category_code": template.category.code if template.category else "",
        "shared": "1" if template.shared else "", "id": str(template.id),
    }  # fmt: skip


def _page(typed: dict[str, str], errors: dict[str, str], status: int = 200) -> Any:
    page = render_template(
        "desk/templates.html", typed=typed, errors=errors, may_share=service.may_share(current_user),
        templates=[(t, service.may_change(t, current_user)) for t in reply_templates.templates_of(current_user)],
        placeholders=[(name, _(text)) for name, text in service.PLACEHOLDERS.items()],
        categories=[*desk.top_categories(), *desk.category_choices()],
        statuses=[(s.value, _(s.label)) for s in Status],
    )  # fmt: skip
    return page, status


@bp.get("/templates")
@staff(Permission.KEEP_TEMPLATES)
def templates() -> Any:
    """All that this person can use; ``edit`` opens one in the form."""
    number = request.args.get("edit", type=int)
    return _page(_typed(service.find(min(number, 2**31 - 1), current_user)) if number else {}, {})


@bp.post("/templates")
@staff(Permission.KEEP_TEMPLATES)
def save_template() -> Any:
    """Add or change one."""
    form = request.form
    draft = TemplateDraft(
        form.get("title", ""), form.get("body", ""), form.get("category_code", ""), form.get("status", ""),
        form.get("shared") == "1",
    )  # fmt: skip
    number = form.get("id", type=int)
    try:
        service.save(draft, current_user, min(number, 2**31 - 1) if number else None)
    except MinpingError as problem:
        return _page(form.to_dict(), {problem.field or "": problem.message}, problem.status)
    flash(_("已保存。"), "success")
    return redirect(url_for("desk.templates"))


@bp.post("/templates/<int(max=2147483647):template_id>/remove")
@staff(Permission.KEEP_TEMPLATES)
def remove_template(template_id: int) -> Response:
    """Delete one."""
    service.remove(template_id, current_user)
    flash(_("已删除。"), "success")
    return redirect(url_for("desk.templates"))
