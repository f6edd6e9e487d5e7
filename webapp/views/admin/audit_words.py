"""The audit trail in words: what was done, to what, and the details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.models import AuditEntry

ACTIONS = {
    "login": N_("登录"), "login.failed": N_("登录失败"), "session.end": N_("退出其他登录"), "user.password": N_("修改密码"),
    "user.save": N_("保存账号"), "user.role": N_("改岗位或归属"), "user.sso": N_("单点登录绑定"),
    "totp.on": N_("开启动态验证码"), "totp.off": N_("关闭动态验证码"), "totp.codes": N_("换恢复码"),
    "totp.reset": N_("重置动态验证码"), "case.view": N_("打开诉求"), "contact.unmask": N_("查看联系方式"),
    "chat.view": N_("打开对话"), "chat.unmask": N_("查看对话原文"), "request.take_down": N_("代为登记"),
    "review.reply": N_("回复评价"), "rectification.verify": N_("核实差评"), "rectification.rectify": N_("登记整改"),
    "appeal.file": N_("单位申诉"), "appeal.grant": N_("申诉成立"), "appeal.refuse": N_("申诉驳回"),
    "request.print": N_("打印诉求"), "request.protect": N_("对被投诉单位保密"), "request.unprotect": N_("解除保密"),
    "contact.lookup": N_("按号码查来电人"), "case.file": N_("上传附件"), "case.file_removed": N_("删除附件"),
    "data.open": N_("居民查看本人信息"), "data.contact": N_("居民更正联系方式"), "data.unpublish": N_("居民撤回公开"),
    "data.ask_erasure": N_("居民申请删除"), "data.ask_correction": N_("居民申请更正"),
    "data.granted": N_("同意个人信息申请"), "data.refused": N_("不同意个人信息申请"),
    "keys.rotate": N_("更换加密密钥"), "retention.run": N_("到期清理"), "reply_template.save": N_("保存常用回复"),
    "reply_template.remove": N_("删除常用回复"), "sample.draw": N_("抽取回访样本"), "sample.call": N_("登记回访电话"),
    "review.set_aside": N_("暂不计分"), "review.restore": N_("恢复计分"), "service.save": N_("保存服务事项"),
    "department.save": N_("保存单位"), "category.save": N_("保存分类"), "area.save": N_("保存区划"),
    "rule.save": N_("保存派单规则"), "rule.delete": N_("删除派单规则"), "setting.save": N_("修改设置"),
    "monthly.adopt": N_("定每月一题"), "monthly.task": N_("每月一题派任务"), "monthly.note": N_("每月一题写进展"),
    "monthly.end": N_("每月一题结束"), "insight.export": N_("导出数据"), "audit.export": N_("导出审计"),
    "audit.verify": N_("校验审计"), "open_data.publish": N_("公布开放数据"), "open_data.replace": N_("更正开放数据"),
    "city.found": N_("建立城市"), "model.retrain": N_("重新训练语言模型"), "model.rollback": N_("切换语言模型版本"),
}  # fmt: skip
DETAILS = {
    "role": N_("岗位"), "active": N_("启用"), "department": N_("单位"), "area": N_("区划"), "new_password": N_("设了新密码"),
    "method": N_("方式"), "what": N_("错在"), "count": N_("数量"), "bound": N_("已绑定"), "channel": N_("渠道"),
    "format": N_("格式"), "table": N_("表"), "query": N_("条件"), "reason": N_("理由"), "reviews": N_("评价"),
    "note": N_("说明"), "first_broken": N_("从第几条断开"), "name": N_("名称"), "before": N_("之前"), "after": N_("之后"),
    "hidden": N_("不公布的数"), "changed": N_("变动的数"), "slight": N_("其中变动不足 5 的"),
    "rows": N_("条数"), "trained_on": N_("学习样本"), "held_out": N_("检验样本"), "in_service": N_("投入使用"),
}  # fmt: skip
METHODS = {
    "password": N_("密码"), "sso": N_("单点登录"), "totp": N_("验证码"), "recovery": N_("恢复码"), "code": N_("验证码"),
}  # fmt: skip
SUBJECTS = {
    "user": N_("账号 %(name)s"), "service": N_("服务事项 %(name)s"), "conversation": N_("对话 %(name)s"),
}  # fmt: skip


def action_text(action: str) -> str:
    """An action in words; its own name where nobody has given it one yet."""
    return _(ACTIONS[action]) if action in ACTIONS else action


def _methods(value: str) -> str:
    return " + ".join(_(METHODS.get(part, part)) for part in value.split("+"))


def _reason(value: str) -> str:
    return _(REASON_LABELS[Reason(value)]) if value in tuple(Reason) else value


def _role(value: str) -> str:
    return _(Role(value).label) if value in tuple(Role) else value


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers stand for: accounts, departments and areas by id."""

    users: Mapping[int, str]
    departments: Mapping[int, str]
    areas: Mapping[int, str]

    def user(self, user_id: int | None) -> str:
        """Who did it; the system where nobody did."""
        return self.users.get(user_id, f"#{user_id}") if user_id else _("系统")

    def subject(self, subject: str) -> str:
        """What it was done to."""
        kind, _colon, key = subject.partition(":")
        if kind == "user" and key.isdigit():
            key = self.users.get(int(key), key)
        return _(SUBJECTS[kind], name=key) if kind in SUBJECTS and key else subject

    def details(self, entry: AuditEntry) -> list[str]:
        """The details as ``name: value``, long lists with their length first."""
        return [
            _(
                "%(name)s：%(value)s",
                name=_(DETAILS[key]) if key in DETAILS else key,
                value=self._value(entry, key, value),
            )
            for key, value in entry.details.items()
            if value not in ("", None)
        ]

    def _value(self, entry: AuditEntry, key: str, value: Any) -> str:
        if entry.action == "user.role" and isinstance(value, list):
            return " → ".join(self._moved(key, part) for part in value)
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(value, list):
            return f"({len(value)}) {', '.join(map(str, value))}"
        known: dict[str, Callable[[str], str]] = {
            "role": _role, "method": _methods, "what": _methods, "reason": _reason,
        }  # fmt: skip
        return known[key](value) if key in known and isinstance(value, str) else str(value)

    def _moved(self, key: str, value: Any) -> str:
        if key == "role":
            return _role(str(value))
        places = self.departments if key == "department" else self.areas
        return places.get(value, "—")
