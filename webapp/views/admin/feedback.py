"""``/admin/feedback``: the city's days and shares for follow-ups, samples, bad reviews and appeals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain import rectification, sampling
from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.queries import feedback_policy as queries
from webapp.security import staff
from webapp.services import administration as service
from webapp.views.admin import bp

# Field → what it says on the page, in the order on the page.
MENDING = {
    "verify": N_("核实差评（工作日）"), "reply": N_("整改并回复（工作日）"), "silence_days": N_("整改后等评价人答复（天）"),
    "appeal": N_("单位可以申诉（收到差评后，工作日）"), "decide": N_("审核申诉（工作日）"),
    "after_refusal": N_("申诉驳回后至少留给整改（工作日）"), "correction_hours": N_("评价人更正（小时）"),
}  # fmt: skip
ASKING = {
    "link_days": N_("回访链接有效（天）"), "correction_hours": N_("回访更正（小时）"),
    "sample_days": N_("抽样：最近多少天办结的"), "sample_percent": N_("抽样：每个单位百分之几"),
    "sample_minimum": N_("抽样：每个单位至少几件"), "call_attempts": N_("电话无人接听几次后不再打"),
}  # fmt: skip
GROUPS = (
    (queries.RECTIFICATION, N_("差评整改和申诉"), MENDING, rectification.LIMITS),
    (queries.FOLLOW_UP, N_("回访和抽样"), ASKING, sampling.LIMITS),
)


def _values() -> dict[str, int]:
    policies = {
        queries.RECTIFICATION: asdict(queries.rectification_policy()),
        queries.FOLLOW_UP: asdict(queries.follow_up_policy()),
    }
    return {f"{group}.{key}": value for group, policy in policies.items() for key, value in policy.items()}


def _parsed() -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """The settings' values by group, and what is wrong with which field."""
    found: dict[str, dict[str, int]] = {}
    errors: dict[str, str] = {}
    for group, _title, fields, limits in GROUPS:
        found[group] = {}
        for key in fields:
            text, (low, high) = request.form.get(f"{group}.{key}", "").strip(), limits[key]
            if text.isdecimal() and len(text) < 5 and low <= int(text) <= high:
                found[group][key] = int(text)
            else:
                errors[f"{group}.{key}"] = _("请填写 %(low)s 到 %(high)s 之间的数。", low=low, high=high)
    return found, errors


@bp.route("/feedback", methods=["GET", "POST"])
@staff(Permission.ADMINISTER)
def feedback() -> Any:
    """Show and change the rules; deadlines that run already stay as they were set."""
    values: Any = _values()
    errors: dict[str, str] = {}
    if request.method == "POST":
        found, errors = _parsed()
        if not errors:
            for group, value in found.items():
                service.save_setting(group, value, current_user.id)
            flash(_("规则已保存，从现在起收到的差评和发出的链接采用新规则。"), "success")
            return redirect(url_for("admin.feedback"))
        values = request.form
    groups = [
        (
            _(title),
            [(f"{group}.{key}", _(text), limits[key]) for key, text in fields.items()],
        )
        for group, title, fields, limits in GROUPS
    ]
    page = render_template("admin/feedback.html", values=values, errors=errors, groups=groups)
    return page, 422 if errors else 200
