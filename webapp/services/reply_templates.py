"""常用回复: templates of one's own and of the department, and their words for a case."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from sqlalchemy import select

from nlp.mask import mask_personal_data
from webapp.domain import reply_templates as domain
from webapp.domain.text import N_
from webapp.domain.workflow import Role, Status
from webapp.errors import Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Category, ReplyTemplate, ServiceRequest, User, utcnow
from webapp.services import audit

MAX_BODY = 2000
# Who looks after the words that everybody of the office uses.
KEEPERS = frozenset({Role.HEAD, Role.DISPATCHER, Role.ADMIN})
# Name in the braces → what it stands for. The names are Chinese in every language: they are part of stored templates.
PLACEHOLDERS = {
    "编号": N_("诉求编号"), "承办单位": N_("承办单位的名称"), "单位电话": N_("承办单位的电话"), "期限": N_("办理期限"),
    "分类": N_("诉求分类"), "区域": N_("所在区域"), "事由": N_("诉求的第一句话"), "今天": N_("今天的日期"),
}  # fmt: skip


def listed() -> str:
    """All placeholders as they are written."""
    return "、".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What the form says; ``category_code`` and ``status`` may be empty: for any."""

    title: str
    body: str
    category_code: str = ""
    status: str = ""
    shared: bool = False


def values_of(request: ServiceRequest) -> dict[str, str]:
    """What the placeholders stand for in this case; the resident reads it, so nothing hidden is among it."""
    return {
        "编号": request.service_request_id,
        "承办单位": request.department.name,
        "单位电话": request.department.phone or _("（未登记）"),
        "期限": format_datetime(request.due_at, "yyyy-MM-dd HH:mm"),
        "分类": request.category.name if request.category else _("未定"),
        "区域": request.area.name,
        "事由": mask_personal_data(request.subject),
        "今天": format_date(utcnow(), "yyyy-MM-dd"),
    }


def filled(body: str, request: ServiceRequest) -> str:
    """A template's words for this case.

    Raises ``InvalidInput`` where braces would be left over: a resident must not read them.
    """
    words = domain.fill(body, values_of(request))
    if domain.unknown_placeholders(body, PLACEHOLDERS) or domain.has_stray_braces(body):
        raise InvalidInput(_("还有没填的占位符，请改好后再提交：%(names)s", names=_left(words)), "note")
    return words


def _left(words: str) -> str:
    return "、".join(f"{{{{{name}}}}}" for name in domain.placeholders(words)) or "{{ }}"


def _checked(draft: TemplateDraft) -> tuple[str, str]:
    title, body = draft.title.strip(), draft.body.strip()
    if not title or len(title) > 60:
        raise InvalidInput(_("请写标题，不超过 60 字。"), "title")
    if not body or len(body) > MAX_BODY:
        raise InvalidInput(_("请写回复内容，不超过 %(limit)s 字。", limit=MAX_BODY), "body")
    if unknown := domain.unknown_placeholders(body, PLACEHOLDERS):
        raise InvalidInput(
            _("不认识的占位符：%(names)s。可以用的有：%(known)s", names="、".join(unknown), known=listed()),
            "body",
        )
    if domain.has_stray_braces(body):
        raise InvalidInput(_("有一处花括号没有成对，请检查占位符。"), "body")
    if draft.status and draft.status not in tuple(Status):
        raise InvalidInput(_("请从列表中选择状态。"), "status")
    return title, body


def _category_id(code: str) -> int | None:
    if not code:
        return None
    found = db.session.scalar(select(Category.id).where(Category.code == code))
    if found is None:
        raise InvalidInput(_("请选择正确的分类。"), "category_code")
    return found


def may_share(user: User) -> bool:
    """Whether this person looks after the shared templates of their office."""
    return Role(user.role) in KEEPERS


def may_change(template: ReplyTemplate, user: User) -> bool:
    """One's own, and as their keeper the shared ones of the own office."""
    if template.shared:
        return may_share(user) and template.department_id == user.department_id
    return template.author_id == user.id


def find(template_id: int, user: User) -> ReplyTemplate:
    """A template that this person may change. Raises ``NotFound`` otherwise."""
    template = db.session.get(ReplyTemplate, template_id)
    if template is None or not may_change(template, user):
        raise NotFound(_("没有找到这条常用回复。"))
    return template


def save(draft: TemplateDraft, user: User, template_id: int | None = None) -> ReplyTemplate:
    """Add a template, or change one. Commits.

    Raises ``InvalidInput`` naming the field, ``Forbidden`` for sharing without being a keeper, ``NotFound``.
    """
    template = find(template_id, user) if template_id is not None else None
    title, body = _checked(draft)
    if draft.shared and not may_share(user):
        raise Forbidden(_("全单位共用的常用回复由负责人维护；可以存为自己的。"))
    if template is None:
        template = ReplyTemplate(author_id=user.id, department_id=user.department_id)
        db.session.add(template)
    template.title, template.body, template.status = title, body, draft.status
    template.category_id, template.shared = _category_id(draft.category_code), draft.shared
    db.session.flush()
    if draft.shared:
        audit.record("reply_template.save", str(template.id), user.id, title=title)
    db.session.commit()
    return template


def remove(template_id: int, user: User) -> None:
    """Delete a template. Commits. Raises ``NotFound``."""
    template = find(template_id, user)
    if template.shared:
        audit.record("reply_template.remove", str(template.id), user.id, title=template.title)
    db.session.delete(template)
    db.session.commit()
