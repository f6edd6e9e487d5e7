"""``/admin/audit``: the trail, for administrators and auditors."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.models import AuditEntry
from webapp.queries import administration as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import audit as service
from webapp.views.admin import bp

ACTIONS = {
    "login": N_("登录"), "login.failed": N_("登录失败"), "user.password": N_("修改密码"), "user.save": N_("保存账号"),
    "contact.unmask": N_("查看联系方式"), "chat.unmask": N_("查看对话原文"), "request.take_down": N_("代为登记"),
    "review.reply": N_("回复评价"), "rectification.verify": N_("核实差评"), "rectification.rectify": N_("登记整改"),
    "review.set_aside": N_("暂不计分"), "review.restore": N_("恢复计分"), "service.save": N_("保存服务事项"),
    "department.save": N_("保存单位"), "category.save": N_("保存分类"), "area.save": N_("保存区划"),
    "rule.save": N_("保存派单规则"), "rule.delete": N_("删除派单规则"), "setting.save": N_("修改设置"),
    "insight.export": N_("导出数据"), "audit.verify": N_("校验审计"),
    "city.found": N_("建立城市"), "model.retrain": N_("重新训练语言模型"), "model.rollback": N_("切换语言模型版本"),
}  # fmt: skip


def action_text(action: str) -> str:
    """An action in words; its own name where nobody has given it one yet."""
    return _(ACTIONS[action]) if action in ACTIONS else action


def details_text(entry: AuditEntry) -> list[str]:
    """The details of an entry as ``name: value``, long lists with their length first."""
    return [
        f"{key}: ({len(value)}) {', '.join(map(str, value))}"
        if isinstance(value, list)
        else f"{key}: {value}"
        for key, value in entry.details.items()
    ]


@bp.get("/audit")
@staff(Role.ADMIN, Role.AUDITOR)
def audit() -> str:
    """The trail, newest first, with filters in the address."""
    values: dict[str, Any] = {
        name: request.args.get(name, "").strip()[:60] for name in queries.AuditFilter.__slots__
    }
    page = page_number(request.args.get("page"))
    rows, total = queries.page_of(queries.audit_entries(queries.AuditFilter(**values)), page)
    checked = queries.last_check()
    names = {row.user_id for row in (*rows, checked) if row is not None and row.user_id}
    return render_template(
        "admin/audit.html", rows=rows, total=total, page=page, page_size=queries.PAGE_SIZE, values=values,
        names=queries.user_names(names), action_text=action_text, details_text=details_text, checked=checked,
        actions=[(action, action_text(action)) for action in queries.audit_actions()],
    )  # fmt: skip


@bp.post("/audit/verify")
@staff(Role.ADMIN, Role.AUDITOR)
def verify_audit() -> Response:
    """Recompute every hash of the trail."""
    broken = service.verify(current_user.id)
    if broken is None:
        flash(_("审计记录完整，哈希链没有断裂。"), "success")
    elif broken == 0:
        flash(_("审计记录末尾缺了内容，请立即调查。"), "error")
    else:
        flash(_("审计记录从第 %(entry)s 条起对不上，请立即调查。", entry=broken), "error")
    return redirect(url_for("admin.audit"))
