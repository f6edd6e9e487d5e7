"""Vocabulary of the workflow: statuses, actions, roles and events, with their Chinese names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_


class Status(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    PAUSED = "paused"
    OBJECTED = "objected"
    RESOLVED = "resolved"
    FOLLOWED_UP = "followed_up"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def label(self) -> str:
        return STATUS_LABELS[self]


class Action(StrEnum):
    """What somebody does with a request."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    OBJECT = "object"
    GRANT_OBJECTION = "grant_objection"
    REFUSE_OBJECTION = "refuse_objection"
    TRANSFER = "transfer"
    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    CALL_IN = "call_in"
    REPORT_JOINT = "report_joint"
    CALL_OFF = "call_off"
    REPLY = "reply"
    RESOLVE = "resolve"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"
    CLOSE = "close"
    MERGE = "merge"
    UNMERGE = "unmerge"
    MARK_OUT_OF_SCOPE = "mark_out_of_scope"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    CORRECT_CATEGORY = "correct_category"
    CORRECT_TYPE = "correct_type"
    CORRECT_URGENCY = "correct_urgency"
    CORRECT_AREA = "correct_area"
    REFER_MEDIATION = "refer_mediation"
    END_MEDIATION = "end_mediation"
    SUPPLEMENT = "supplement"
    ADD_NOTE = "add_note"
    VERIFY = "verify"

    @property
    def label(self) -> str:
        return ACTION_LABELS[self]


class Role(StrEnum):
    """Who acts. ``SYSTEM`` is a sweep or an automatic step; auditor and admin never handle cases."""

    RESIDENT = "resident"
    HOTLINE_AGENT = "hotline_agent"
    GRID_WORKER = "grid_worker"
    CLERK = "clerk"
    HEAD = "head"
    DISPATCHER = "dispatcher"
    REVIEWER = "reviewer"
    OFFICIAL = "official"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


class EventType(StrEnum):
    """What is written to a request's history."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    OBJECTED = "objected"
    OBJECTION_GRANTED = "objection_granted"
    OBJECTION_REFUSED = "objection_refused"
    TRANSFERRED = "transferred"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    CALLED_IN = "called_in"
    JOINT_REPORTED = "joint_reported"
    CALLED_OFF = "called_off"
    REPLIED = "replied"
    RESOLVED = "resolved"
    FOLLOWED_UP = "followed_up"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    UNMERGED = "unmerged"
    OUT_OF_SCOPE = "out_of_scope"
    SUPERVISED = "supervised"
    ESCALATED = "escalated"
    CATEGORY_CORRECTED = "category_corrected"
    TYPE_CORRECTED = "type_corrected"
    URGENCY_CORRECTED = "urgency_corrected"
    AREA_CORRECTED = "area_corrected"
    MEDIATION_REFERRED = "mediation_referred"
    MEDIATION_ENDED = "mediation_ended"
    SUPPLEMENTED = "supplemented"
    NOTE_ADDED = "note_added"
    VERIFIED = "verified"

    @property
    def label(self) -> str:
        return EVENT_LABELS[self]


class Solved(StrEnum):
    """The resident's word in a follow-up."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"

    @property
    def label(self) -> str:
        return SOLVED_LABELS[self]


class Verdict(StrEnum):
    """What a grid worker saw at the place after a department had answered: evidence, never the resident's word."""

    FIXED = "fixed"
    PARTLY = "partly"
    NOT_FIXED = "not_fixed"

    @property
    def label(self) -> str:
        return VERDICT_LABELS[self]


STATUS_LABELS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.RECEIVED: N_("已收到"),
        Status.ASSIGNED: N_("已派单"),
        Status.ACCEPTED: N_("办理中"),
        Status.PAUSED: N_("等待群众补充"),
        Status.OBJECTED: N_("申请退单"),
        Status.RESOLVED: N_("已答复，待回访"),
        Status.FOLLOWED_UP: N_("已回访"),
        Status.REOPENED: N_("重新办理"),
        Status.CLOSED: N_("已结案"),
        Status.MERGED: N_("已并案"),
        Status.OUT_OF_SCOPE: N_("不属受理范围"),
    }
)

ACTION_LABELS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.ASSIGN: N_("派单"),
        Action.ACCEPT: N_("签收"),
        Action.OBJECT: N_("退单"),
        Action.GRANT_OBJECTION: N_("同意退单"),
        Action.REFUSE_OBJECTION: N_("驳回退单"),
        Action.TRANSFER: N_("转办"),
        Action.EXTEND: N_("延期"),
        Action.PAUSE: N_("暂停计时"),
        Action.RESUME: N_("恢复计时"),
        Action.CALL_IN: N_("召集协办"),
        Action.REPORT_JOINT: N_("反馈协办"),
        Action.CALL_OFF: N_("撤销协办"),
        Action.REPLY: N_("回复群众"),
        Action.RESOLVE: N_("办结"),
        Action.FOLLOW_UP: N_("回访"),
        Action.REOPEN: N_("重办"),
        Action.CLOSE: N_("结案"),
        Action.MERGE: N_("并案"),
        Action.UNMERGE: N_("撤销并案"),
        Action.MARK_OUT_OF_SCOPE: N_("不予受理并指引"),
        Action.SUPERVISE: N_("督办"),
        Action.ESCALATE: N_("超期提级"),
        Action.CORRECT_CATEGORY: N_("更正分类"),
        Action.CORRECT_TYPE: N_("更正类型"),
        Action.CORRECT_URGENCY: N_("调整紧急程度"),
        Action.CORRECT_AREA: N_("更正区域"),
        Action.REFER_MEDIATION: N_("转介调解"),
        Action.END_MEDIATION: N_("登记调解结果"),
        Action.SUPPLEMENT: N_("补充说明"),
        Action.ADD_NOTE: N_("内部备注"),
        Action.VERIFY: N_("现场核实"),
    }
)

ROLE_LABELS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.RESIDENT: N_("居民"),
        Role.HOTLINE_AGENT: N_("热线话务员"),
        Role.GRID_WORKER: N_("网格员"),
        Role.CLERK: N_("经办人"),
        Role.HEAD: N_("单位负责人"),
        Role.DISPATCHER: N_("派单员"),
        Role.REVIEWER: N_("回访员"),
        Role.OFFICIAL: N_("分管领导"),
        Role.AUDITOR: N_("审计员"),
        Role.ADMIN: N_("系统管理员"),
        Role.SYSTEM: N_("系统"),
    }
)

EVENT_LABELS: Final[Mapping[EventType, str]] = MappingProxyType(
    {
        EventType.RECEIVED: N_("收到诉求"),
        EventType.ASSIGNED: N_("派至承办单位"),
        EventType.ACCEPTED: N_("承办单位签收"),
        EventType.OBJECTED: N_("承办单位申请退单"),
        EventType.OBJECTION_GRANTED: N_("同意退单，另行派单"),
        EventType.OBJECTION_REFUSED: N_("驳回退单"),
        EventType.TRANSFERRED: N_("转办"),
        EventType.EXTENDED: N_("延长办理期限"),
        EventType.PAUSED: N_("暂停计时，等待群众补充"),
        EventType.RESUMED: N_("恢复计时"),
        EventType.CALLED_IN: N_("召集协办单位"),
        EventType.JOINT_REPORTED: N_("协办单位反馈"),
        EventType.CALLED_OFF: N_("撤销协办"),
        EventType.REPLIED: N_("回复"),
        EventType.RESOLVED: N_("承办单位答复办结"),
        EventType.FOLLOWED_UP: N_("回访群众"),
        EventType.REOPENED: N_("重新办理"),
        EventType.CLOSED: N_("结案"),
        EventType.MERGED: N_("并入同类诉求"),
        EventType.UNMERGED: N_("撤销并案"),
        EventType.OUT_OF_SCOPE: N_("不属受理范围，已告知去向"),
        EventType.SUPERVISED: N_("督办"),
        EventType.ESCALATED: N_("超期提级"),
        EventType.CATEGORY_CORRECTED: N_("更正分类"),
        EventType.TYPE_CORRECTED: N_("更正类型"),
        EventType.URGENCY_CORRECTED: N_("调整紧急程度"),
        EventType.AREA_CORRECTED: N_("更正区域"),
        EventType.MEDIATION_REFERRED: N_("转介调解"),
        EventType.MEDIATION_ENDED: N_("调解结束"),
        EventType.SUPPLEMENTED: N_("群众补充说明"),
        EventType.NOTE_ADDED: N_("内部备注"),
        EventType.VERIFIED: N_("网格员现场核实"),
    }
)

SOLVED_LABELS: Final[Mapping[Solved, str]] = MappingProxyType(
    {Solved.YES: N_("已解决"), Solved.PARTLY: N_("部分解决"), Solved.NO: N_("未解决")}
)

VERDICT_LABELS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FIXED: N_("已经解决"),
        Verdict.PARTLY: N_("只解决了一部分"),
        Verdict.NOT_FIXED: N_("没有解决"),
    }
)

EVENT_OF_ACTION: Final[Mapping[Action, EventType]] = MappingProxyType(
    {
        Action.ASSIGN: EventType.ASSIGNED,
        Action.ACCEPT: EventType.ACCEPTED,
        Action.OBJECT: EventType.OBJECTED,
        Action.GRANT_OBJECTION: EventType.OBJECTION_GRANTED,
        Action.REFUSE_OBJECTION: EventType.OBJECTION_REFUSED,
        Action.TRANSFER: EventType.TRANSFERRED,
        Action.EXTEND: EventType.EXTENDED,
        Action.PAUSE: EventType.PAUSED,
        Action.RESUME: EventType.RESUMED,
        Action.CALL_IN: EventType.CALLED_IN,
        Action.REPORT_JOINT: EventType.JOINT_REPORTED,
        Action.CALL_OFF: EventType.CALLED_OFF,
        Action.REPLY: EventType.REPLIED,
        Action.RESOLVE: EventType.RESOLVED,
        Action.FOLLOW_UP: EventType.FOLLOWED_UP,
        Action.REOPEN: EventType.REOPENED,
        Action.CLOSE: EventType.CLOSED,
        Action.MERGE: EventType.MERGED,
        Action.UNMERGE: EventType.UNMERGED,
        Action.MARK_OUT_OF_SCOPE: EventType.OUT_OF_SCOPE,
        Action.SUPERVISE: EventType.SUPERVISED,
        Action.ESCALATE: EventType.ESCALATED,
        Action.CORRECT_CATEGORY: EventType.CATEGORY_CORRECTED,
        Action.CORRECT_TYPE: EventType.TYPE_CORRECTED,
        Action.CORRECT_URGENCY: EventType.URGENCY_CORRECTED,
        Action.CORRECT_AREA: EventType.AREA_CORRECTED,
        Action.REFER_MEDIATION: EventType.MEDIATION_REFERRED,
        Action.END_MEDIATION: EventType.MEDIATION_ENDED,
        Action.SUPPLEMENT: EventType.SUPPLEMENTED,
        Action.ADD_NOTE: EventType.NOTE_ADDED,
        Action.VERIFY: EventType.VERIFIED,
    }
)
