"""``/admin/deadlines``: the city's clocks, each change in the audit trail and shown below the form."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.deadline_policy import LIMITS, OutOfRange, checked
from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.models import AuditEntry
from webapp.queries import administration as admin_queries
from webapp.queries import deadlines as queries
from webapp.security import staff
from webapp.services import administration as service
from webapp.views.admin import bp

# (heading, [(field, label)])
GROUPS = (
    (N_("特急"), (("emergency_hours", N_("几小时内办结")), ("emergency_warn_hours", N_("提前几小时提醒")))),
    (N_("紧急"), (("urgent_hours", N_("几小时内办结")), ("urgent_warn_hours", N_("提前几小时提醒")))),
    (N_("一般"), (("ordinary_workdays", N_("几个工作日内办结")), ("ordinary_warn_hours", N_("提前几小时提醒")))),
    (N_("复杂"), (("complex_workdays", N_("几个工作日内办结")), ("complex_warn_hours", N_("提前几小时提醒")))),
    (N_("暂停、延期和回访"), (
        ("max_pause_days", N_("每件最多暂停几天")), ("max_extension_workdays", N_("最多延期几个工作日")),
        ("silence_days", N_("答复后几天没有回音就结案")),
    )),
    (N_("提级、退单和协办"), (
        ("escalate_after_hours", N_("超期几小时提到分管领导")), ("objection_workdays", N_("退单在几个工作日内审核")),
        ("joint_workdays", N_("协办单位通常在几个工作日内反馈")),
    )),
)  # fmt: skip
SHOWN_CHANGES = 10


def _plain(number: Any) -> str:
    return f"{float(number):g}"


def changes(entries: list[AuditEntry]) -> list[dict[str, Any]]:
    """What each saving changed, in words: field, old and new value."""
    labels = {field: (group, label) for group, fields in GROUPS for field, label in fields}
    found = []
    for entry in entries:
        before = checked(entry.details.get("before") or {})
        after = checked(entry.details.get("after") or {})
        lines = [
            _("%(group)s · %(label)s：%(before)s → %(after)s", group=_(labels[field][0]), label=_(labels[field][1]),
              before=_plain(before[field]), after=_plain(after[field]))
            for field in LIMITS
            if before[field] != after[field]
        ]  # fmt: skip
        found.append({"at": entry.at, "user_id": entry.user_id, "lines": lines})
    return found


def _save() -> dict[str, str]:
    """Store the form; returns errors by field."""
    try:
        values = checked({field: request.form.get(field, "").strip() for field in LIMITS})
    except OutOfRange as problem:
        low, high = _plain(problem.least), _plain(problem.most)
        message = _("请填写 %(low)s 到 %(high)s 之间的数。", low=low, high=high)
        if problem.whole:
            message = _("请填写 %(low)s 到 %(high)s 之间的整数。", low=low, high=high)
        if problem.field.endswith("_warn_hours"):
            message += _("提醒要比期限短。")
        return {problem.field: message}
    service.save_setting(queries.SETTING, values, current_user.id)
    queries.forget()
    return {}


@bp.route("/deadlines", methods=["GET", "POST"])
@staff(Permission.ADMINISTER)
def deadlines() -> Any:
    """Show and change the clocks."""
    errors = _save() if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        flash(_("办理时限已保存，此后收到的诉求按新时限计算，已收到的不变。"), "success")
        return redirect(url_for("admin.deadlines"))
    values: Any = request.form
    if request.method == "GET":
        values = {field: _plain(number) for field, number in queries.stored_values().items()}
    wanted = admin_queries.AuditFilter(words=queries.SETTING, action="setting.save")
    entries, _total = admin_queries.page_of(admin_queries.audit_entries(wanted), 1)
    made = changes(list(entries[:SHOWN_CHANGES]))
    page = render_template(
        "admin/deadlines.html", values=values, errors=errors, groups=GROUPS, limits=LIMITS, changes=made, plain=_plain,
        names=admin_queries.user_names({change["user_id"] for change in made if change["user_id"]}),
    )  # fmt: skip
    return page, 422 if errors else 200
