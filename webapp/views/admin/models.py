"""``/admin/models``: versions of the city's language model with their figures, and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.security import staff
from webapp.services import learning
from webapp.views.admin import bp

HEADS = {
    "forum": N_("七类论坛分类"), "tree": N_("12345 分类"), "request_type": N_("诉求类型"), "urgency": N_("紧急程度"),
}  # fmt: skip
VERDICTS = {
    "better": N_("更好，已采用"), "not_worse": N_("不差，已采用"), "too_few_examples": N_("样本太少"),
    "too_few_held_out": N_("检验样本太少"), "worse_on_corrections": N_("更正样本上变差，未采用"),
    "worse_overall": N_("总体变差，未采用"), "loses_agreement": N_("原来对的变错，未采用"),
}  # fmt: skip


def _made_at(header: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(header.get("made_at", "")))
    except ValueError:
        return None


@bp.get("/models")
@staff(Permission.SEE_MODELS)
def models() -> str:
    """All versions, newest first."""
    return render_template(
        "admin/models.html", rows=learning.versions(), serving=learning.in_service(), made_at=_made_at,
        head_text=lambda head: _(HEADS.get(head, head)), verdict_text=lambda key: _(VERDICTS.get(key, key)),
    )  # fmt: skip


@bp.post("/models/serve")
@staff(Permission.ADMINISTER)
def serve_model() -> Response:
    """Put another version into service."""
    name = request.form.get("version", "")
    try:
        learning.roll_back(name, current_user.id)
    except InvalidInput as problem:
        db.session.rollback()
        flash(problem.message, "error")
    else:
        flash(_("已切换，各进程几秒内生效。"), "success")
    return redirect(url_for("admin.models"))
