"""``/admin/audit``: the trail, for administrators and auditors."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.workflow import Role
from webapp.queries import administration as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import audit as service
from webapp.views.admin import bp


@bp.get("/audit")
@staff(Role.ADMIN, Role.AUDITOR)
def audit() -> str:
    """The trail, newest first, searchable by action and subject."""
    words = request.args.get("words", "").strip()[:60]
    page = page_number(request.args.get("page"))
    rows, total = queries.page_of(queries.audit_entries(words), page)
    return render_template(
        "admin/audit.html", rows=rows, total=total, page=page, page_size=queries.PAGE_SIZE, words=words,
        names=queries.user_names({row.user_id for row in rows if row.user_id}),
    )  # fmt: skip


@bp.post("/audit/verify")
@staff(Role.ADMIN, Role.AUDITOR)
def verify_audit() -> Response:
    """Recompute every hash of the trail."""
    broken = service.first_broken()
    if broken is None:
        flash(_("审计记录完整，哈希链没有断裂。"), "success")
    else:
        flash(_("审计记录从第 %(entry)s 条起对不上，请立即调查。", entry=broken), "error")
    return redirect(url_for("admin.audit"))
