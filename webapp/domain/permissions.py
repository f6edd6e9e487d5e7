"""Who may do what, and how far: one table, from which routes, lists and single objects are guarded. Default deny.

A permission names roles, and for each role its reach: the own department, the own area with all below it, or
everything. Routes carry one permission each (``@staff(Permission.…)``), lists are narrowed by the same reach
(:mod:`webapp.queries.reach`), and single objects are checked with :func:`covers`. What is not in the table is refused.

Which step of a case a role may take in which status is the business of :mod:`webapp.domain.workflow`; this table says
whether the role handles cases at all, and whose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from webapp.domain.workflow_words import Role

STAFF_ROLES: Final = tuple(role for role in Role if role not in (Role.RESIDENT, Role.SYSTEM))


class Reach(StrEnum):
    """How far a permission goes."""

    DEPARTMENT = "department"
    """what the own department answers for"""
    DEPARTMENT_EVER = "department_ever"
    """the same, and what it once answered for: reading on, not acting"""
    AREA = "area"
    """what lies in the own area or below it: grid, street, district or the whole city"""
    ALL = "all"
    """everything, or a thing that belongs to nobody in particular"""


class Permission(StrEnum):
    """What can be allowed."""

    PUBLIC = "public"
    OWN_ACCOUNT = "own_account"
    # 诉求
    LIST_CASES = "list_cases"
    SEE_CASE = "see_case"
    HANDLE_CASE = "handle_case"
    FOLLOW_UP = "follow_up"
    UNMASK_CONTACT = "unmask_contact"
    TAKE_DOWN = "take_down"
    EDIT_CASE = "edit_case"
    LOOK_UP_CALLER = "look_up_caller"
    PROTECT_CASE = "protect_case"
    USE_GRID = "use_grid"
    KEEP_TEMPLATES = "keep_templates"
    SEE_JOINT_TASKS = "see_joint_tasks"
    SEE_OBJECTIONS = "see_objections"
    SEE_ESCALATED = "see_escalated"
    SEE_MEDIATIONS = "see_mediations"
    REFER_MEDIATION = "refer_mediation"
    SEE_CALL_LIST = "see_call_list"
    DRAW_SAMPLE = "draw_sample"
    CALL_SAMPLE = "call_sample"
    DECIDE_DATA_REQUEST = "decide_data_request"
    # 评价
    SEE_REVIEWS = "see_reviews"
    ANSWER_REVIEW = "answer_review"
    SEE_APPEALS = "see_appeals"
    JUDGE_APPEAL = "judge_appeal"
    # 对话
    ANSWER_CHATS = "answer_chats"
    UNMASK_CHAT = "unmask_chat"
    # 评价结果
    SEE_CITY = "see_city"
    SEE_UNIT = "see_unit"
    SEE_OWN_UNIT = "see_own_unit"
    RESTORE_VOTE = "restore_vote"
    SEE_MONTHLY = "see_monthly"
    LEAD_MONTHLY = "lead_monthly"
    WORK_ON_MONTHLY = "work_on_monthly"
    # 系统管理
    ADMINISTER = "administer"
    SEE_RULES = "see_rules"
    SEE_MODELS = "see_models"
    # 审计
    READ_AUDIT = "read_audit"
    VERIFY_AUDIT = "verify_audit"
    EXPORT_AUDIT = "export_audit"
    WATCH_STAFF = "watch_staff"


def _all(*roles: Role) -> dict[Role, Reach]:
    return dict.fromkeys(roles, Reach.ALL)


_OFFICE: Final = dict.fromkeys((Role.CLERK, Role.HEAD), Reach.DEPARTMENT)
_HOTLINE: Final = _all(Role.DISPATCHER, Role.HOTLINE_AGENT)
_GRID: Final = {Role.GRID_WORKER: Reach.AREA}
_OFFICIAL: Final = {Role.OFFICIAL: Reach.AREA}
_CASEWORK: Final = _OFFICE | _GRID | _HOTLINE | _all(Role.REVIEWER)

TABLE: Final[Mapping[Permission, Mapping[Role, Reach]]] = MappingProxyType({
    Permission.PUBLIC: _all(*Role),
    Permission.OWN_ACCOUNT: _all(*STAFF_ROLES),
    Permission.LIST_CASES: _CASEWORK | _OFFICIAL,
    # Administrators run the machine and read nobody's case; auditors read and change nothing.
    Permission.SEE_CASE: _CASEWORK | _OFFICIAL | _all(Role.AUDITOR)
    | dict.fromkeys((Role.CLERK, Role.HEAD), Reach.DEPARTMENT_EVER),
    # Residents act on the case that their number and secret opened, sweeps on what is due.
    Permission.HANDLE_CASE: _CASEWORK | _OFFICIAL | _all(Role.RESIDENT, Role.SYSTEM),
    Permission.FOLLOW_UP: _all(Role.REVIEWER, Role.HOTLINE_AGENT),
    # Officials supervise; whom to call is not theirs to know.
    Permission.UNMASK_CONTACT: _CASEWORK,
    Permission.TAKE_DOWN: _all(Role.CLERK, Role.HEAD, Role.HOTLINE_AGENT, Role.DISPATCHER, Role.GRID_WORKER),
    # Files and bulk steps; what each step needs is checked case by case.
    Permission.EDIT_CASE: _CASEWORK,
    Permission.LOOK_UP_CALLER: _HOTLINE | _all(Role.REVIEWER),
    # That a complaint is about an office's own conduct, and so hidden from it.
    Permission.PROTECT_CASE: _HOTLINE | _all(Role.REVIEWER),
    Permission.USE_GRID: _GRID,
    Permission.KEEP_TEMPLATES: _CASEWORK | _all(Role.ADMIN),
    Permission.SEE_JOINT_TASKS: _OFFICE,
    Permission.SEE_OBJECTIONS: _HOTLINE | _OFFICIAL | _all(Role.AUDITOR),
    Permission.SEE_ESCALATED: {Role.HEAD: Reach.DEPARTMENT} | _OFFICIAL,
    Permission.SEE_MEDIATIONS: _OFFICE | _HOTLINE | _OFFICIAL | _all(Role.AUDITOR),
    Permission.REFER_MEDIATION: _OFFICE | _HOTLINE,
    Permission.SEE_CALL_LIST: _OFFICIAL | _all(Role.REVIEWER, Role.HOTLINE_AGENT, Role.DISPATCHER, Role.AUDITOR),
    Permission.DRAW_SAMPLE: _all(Role.REVIEWER, Role.DISPATCHER),
    Permission.CALL_SAMPLE: _all(Role.REVIEWER, Role.HOTLINE_AGENT),
    Permission.DECIDE_DATA_REQUEST: _all(Role.ADMIN, Role.DISPATCHER),
    Permission.SEE_REVIEWS: _OFFICE | _OFFICIAL | _all(Role.REVIEWER, Role.DISPATCHER, Role.AUDITOR),
    Permission.ANSWER_REVIEW: _OFFICE,
    Permission.SEE_APPEALS: _OFFICIAL | _all(Role.REVIEWER, Role.DISPATCHER, Role.AUDITOR),
    # Whoever judges a department's appeal belongs to none (checked once more for the single appeal).
    Permission.JUDGE_APPEAL: _all(Role.REVIEWER),
    # Chats are about everything and everybody: departments get the requests that come of them.
    Permission.ANSWER_CHATS: _HOTLINE,
    Permission.UNMASK_CHAT: _HOTLINE,
    Permission.SEE_CITY: _OFFICIAL | _all(Role.DISPATCHER, Role.AUDITOR, Role.ADMIN),
    Permission.SEE_UNIT: _OFFICE | _OFFICIAL | _all(Role.DISPATCHER, Role.AUDITOR, Role.ADMIN),
    Permission.SEE_OWN_UNIT: _OFFICE,
    Permission.RESTORE_VOTE: _all(Role.ADMIN),
    # 每月一题 is public; its staff page shows forms to those who lead it and to whom it gave a task.
    Permission.SEE_MONTHLY: _all(Role.CLERK, Role.HEAD, Role.OFFICIAL, Role.DISPATCHER, Role.AUDITOR, Role.ADMIN),
    Permission.LEAD_MONTHLY: _OFFICIAL,
    Permission.WORK_ON_MONTHLY: _OFFICE | _OFFICIAL,
    Permission.ADMINISTER: _all(Role.ADMIN),
    Permission.SEE_RULES: _all(Role.ADMIN, Role.DISPATCHER),
    Permission.SEE_MODELS: _all(Role.ADMIN, Role.AUDITOR),
    Permission.READ_AUDIT: _all(Role.ADMIN, Role.AUDITOR),
    Permission.VERIFY_AUDIT: _all(Role.ADMIN, Role.AUDITOR),
    # Who looks at residents' data unusually often is for those who look at nothing else.
    Permission.EXPORT_AUDIT: _all(Role.AUDITOR),
    Permission.WATCH_STAFF: _all(Role.AUDITOR),
})  # fmt: skip

# One person must not both run the system and audit it, not even one after the other under one account.
SEPARATE: Final = frozenset({Role.ADMIN, Role.AUDITOR})


class Holder(Protocol):
    """Whoever acts: an account, or the actor of a service."""

    @property
    def role(self) -> str: ...
    @property
    def department_id(self) -> int | None: ...
    @property
    def area_id(self) -> int | None: ...


def reach_of(role: str, permission: Permission) -> Reach | None:
    """How far ``role`` may go; None when it has not got the permission (or is no role)."""
    return TABLE[permission].get(Role(role)) if role in tuple(Role) else None


def allows(role: str, permission: Permission) -> bool:
    """Whether the role has the permission at all."""
    return reach_of(role, permission) is not None


def roles_of(permission: Permission) -> frozenset[Role]:
    """The roles that have the permission."""
    return frozenset(TABLE[permission])


def covers(
    holder: Holder, permission: Permission, department_id: int | None, area_path: str, former: Collection[int] = ()
) -> bool:  # fmt: skip
    """Whether the permission reaches this one thing.

    ``department_id`` answers for the thing, ``former`` departments once did; ``area_path`` ("1/4/17/") is where it
    lies. Somebody whose reach is a department or an area and who has none reaches nothing.
    """
    reach = reach_of(holder.role, permission)
    if reach is Reach.AREA:
        return holder.area_id is not None and f"/{holder.area_id}/" in f"/{area_path}"
    if reach in (Reach.DEPARTMENT, Reach.DEPARTMENT_EVER):
        mine = holder.department_id
        once = former if reach is Reach.DEPARTMENT_EVER else ()
        return mine is not None and (mine == department_id or mine in once)
    return reach is Reach.ALL
