"""``/admin/policy``: the weights and limits of the score, versioned and in the audit trail."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.scores import PARTS
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import Setting
from webapp.queries import policy as queries
from webapp.security import staff
from webapp.services import administration as service
from webapp.views.admin import bp


def _values() -> dict[str, Any]:
    stored = db.session.get(Setting, queries.SETTING)
    current = queries.policy_from(stored.value if stored else {})
    return {
        "version": current.score.version, "window_days": current.window_days,
        "target": "" if current.score.target is None else current.score.target,
        "min_n_eff": current.score.min_n_eff, "use_text": "1" if current.score.use_text else "",
        **{f"weight_{part}": current.score.weights[part] for part in PARTS},
    }  # fmt: skip


def _parsed(form: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "version": form.get("version", "").strip()[:40] or "1",
        "window_days": int(form.get("window_days", "")),
        "min_n_eff": float(form.get("min_n_eff", "")),
        "use_text": form.get("use_text") == "1",
        "weights": {part: float(form.get(f"weight_{part}", "")) for part in PARTS},
    }
    if form.get("target", "").strip():
        value["target"] = float(form["target"])
    return value


@bp.route("/policy", methods=["GET", "POST"])
@staff(Role.ADMIN)
def policy() -> Any:
    """Show and change the scoring policy."""
    values: Any = _values()
    error = ""
    if request.method == "POST":
        try:
            value = _parsed(request.form)
            queries.policy_from(value)
        except ValueError:
            values, error = (
                request.form,
                _("请检查：权重不能为负且不能全为零，期限为 30、90、180 或 360 天，其余为数字。"),
            )
        else:
            service.save_setting(queries.SETTING, value, current_user.id)
            flash(_("评分办法已保存，新的分数从下一次计算起采用。"), "success")
            return redirect(url_for("admin.policy"))
    page = render_template(
        "admin/policy.html",
        values=values,
        error=error,
        parts=PARTS,
        windows=[(days, str(days)) for days in queries.WINDOWS],
    )
    return page, 422 if error else 200
