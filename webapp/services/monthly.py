"""每月一题: take a topic on, give departments tasks, note progress, and end it; each step in public, with who did it in
the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from nlp.mask import mask_personal_data
from webapp.domain.monthly import TopicStatus
from webapp.domain.permissions import Permission, covers
from webapp.domain.texts import writable
from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import (
    Area,
    Category,
    Department,
    MonthlyNote,
    MonthlyTask,
    MonthlyTopic,
    Topic,
    User,
    utcnow,
)
from webapp.services import audit, notifications
from webapp.services.actor import Actor

TITLE, REASON, TASK, NOTE = 60, 1000, 200, 2000


@dataclass(frozen=True, slots=True)
class Draft:
    """What is taken on: ``month`` any day of it; a category's code or a hot topic's id where it came from data."""

    month: date | None
    title: str
    reason: str
    category: str = ""
    hot_topic: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def _words(text: str, most: int, empty: str, name: str) -> str:
    """Typed words, fit for a public page: masked, not empty, not too long. Raises ``InvalidInput``."""
    words = mask_personal_data(writable(text)).strip()
    if not words:
        raise InvalidInput(empty, name)
    if len(words) > most:
        raise InvalidInput(_("太长了，最多 %(most)s 字。", most=most), name)
    return words


def adopt(draft: Draft, actor: Actor) -> MonthlyTopic:
    """Take a topic on for the actor's area. Commits.

    Raises ``Forbidden`` without an area, ``InvalidInput`` naming the field, ``NotFound`` for an unknown origin,
    ``Conflict`` where the month has a topic already.
    """
    area = db.session.get(Area, actor.area_id) if actor.area_id is not None else None
    if area is None:
        raise Forbidden(_("您的账号还没有所属区划或单位，请联系管理员。"))
    title = _words(draft.title, TITLE, _("请写题目。"), "title")
    reason = _words(draft.reason, REASON, _("请写明为什么办这件事，居民会看到。"), "reason")
    if draft.month is None:
        raise InvalidInput(_("请选择月份。"), "month")
    month = draft.month.replace(day=1)
    taken = select(MonthlyTopic.id).where(MonthlyTopic.month == month, MonthlyTopic.area_id == area.id)
    if db.session.scalar(taken) is not None:
        raise Conflict(_("%(month)s 已经定了题目，一个月只办一题。", month=f"{month:%Y-%m}"), "month")
    category = _category(draft.category)
    topic = MonthlyTopic(
        month=month, area_id=area.id, title=title, reason=reason, category_id=category.id if category else None,
        hot_topic_id=_hot_topic(draft.hot_topic), evidence=dict(draft.evidence), adopted_at=utcnow(),
        adopted_by_id=actor.user_id,
    )  # fmt: skip
    db.session.add(topic)
    try:
        db.session.flush()
    except IntegrityError:
        # Two officials in the same second.
        db.session.rollback()
        raise Conflict(
            _("%(month)s 已经定了题目，一个月只办一题。", month=f"{month:%Y-%m}"), "month"
        ) from None
    audit.record("monthly.adopt", f"monthly:{topic.id}", actor.user_id, name=title)
    db.session.commit()
    return topic


def _category(code: str) -> Category | None:
    if not code:
        return None
    found = db.session.scalar(select(Category).where(Category.code == code))
    if found is None:
        raise NotFound(_("没有找到这个分类。"))
    return found


def _hot_topic(topic_id: int | None) -> int | None:
    if topic_id is None:
        return None
    if db.session.get(Topic, topic_id) is None:
        raise NotFound(_("这个热点已经更新，请回到热点页重新选择。"))
    return topic_id


def find(topic_id: int) -> MonthlyTopic:
    """The topic. Raises ``NotFound``."""
    topic = db.session.get(MonthlyTopic, topic_id)
    if topic is None:
        raise NotFound(_("没有找到这个题目。"))
    return topic


def leads(topic: MonthlyTopic, actor: Actor) -> bool:
    """Whether the actor may give tasks and end it: an official of its area or of one above."""
    return covers(actor, Permission.LEAD_MONTHLY, None, topic.area.path)


def works_on(task: MonthlyTask, actor: Actor) -> bool:
    """Whether the actor may note progress of a task: its department, and whoever leads the topic."""
    own = actor.role in (Role.CLERK, Role.HEAD) and actor.department_id == task.department_id
    return own or leads(task.topic, actor)


def _led(topic_id: int, actor: Actor) -> MonthlyTopic:
    topic = find(topic_id)
    if not leads(topic, actor):
        raise Forbidden(_("这个题目不归您负责。"))
    return _running(topic)


def _running(topic: MonthlyTopic) -> MonthlyTopic:
    if topic.status != TopicStatus.RUNNING:
        raise Conflict(_("这个题目已经结束。"))
    return topic


def add_task(topic_id: int, department: str, task: str, due: date | None, actor: Actor) -> MonthlyTask:
    """Give a department (by code) a task and tell its head. Commits.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (ended), ``InvalidInput`` naming ``department``, ``task``, ``due``.
    """
    topic = _led(topic_id, actor)
    home = db.session.scalar(
        select(Department).where(Department.code == department, Department.is_active.is_(True))
    )
    if home is None:
        raise InvalidInput(_("请选择承办单位。"), "department")
    words = _words(task, TASK, _("请写明要做什么。"), "task")
    if due is None or due < local(utcnow()).date():
        raise InvalidInput(_("请选择今天或以后的完成日期。"), "due")
    row = MonthlyTask(topic_id=topic.id, department_id=home.id, task=words, due_day=due, created_at=utcnow())
    db.session.add(row)
    db.session.flush()
    audit.record("monthly.task", f"monthly:{topic.id}", actor.user_id, department=home.code)
    heads = select(User).where(
        User.department_id == home.id, User.role == Role.HEAD.value, User.active.is_(True)
    )
    for head in db.session.scalars(heads):
        notifications.notify_user(
            head.id, "monthly", _("每月一题「%(title)s」给本单位派了任务", title=topic.title),
            f"/insight/monthly/{topic.id}", f"monthly-task:{row.id}",
        )  # fmt: skip
    db.session.commit()
    return row


def note(
    topic_id: int, task_id: int, text: str, done: bool, actor: Actor, version: int | None = None
) -> MonthlyNote:
    """Note the progress of a task, or that it is done. Commits.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (ended, done, or changed meanwhile), ``InvalidInput`` on ``text``.
    """
    task = db.session.get(MonthlyTask, task_id)
    if task is None or task.topic_id != topic_id:
        raise NotFound(_("没有找到这项任务。"))
    if not works_on(task, actor):
        raise Forbidden(_("这项任务由其他单位承办，您不能操作。"))
    _running(task.topic)
    if task.done_at is not None or (version is not None and version != task.version):
        raise Conflict(_("这项任务刚被别人更新过，请看最新进展后再操作。"))
    words = _words(text, NOTE, _("请写明进展，居民会看到。"), "text")
    now = utcnow()
    if done:
        task.done_at = now
    row = MonthlyNote(
        topic_id=topic_id,
        task_id=task.id,
        department_id=task.department_id,
        user_id=actor.user_id,
        at=now,
        text=words,
    )
    db.session.add(row)
    audit.record("monthly.note", f"monthly:{topic_id}", actor.user_id, department=task.department.code)
    db.session.commit()
    return row


def end(topic_id: int, dropped: bool, result: str, actor: Actor, version: int | None = None) -> MonthlyTopic:
    """End a topic with what came of it, or why it was given up. Commits.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (ended, tasks left open, or changed meanwhile), ``InvalidInput`` on
    ``result``.
    """
    topic = _led(topic_id, actor)
    if version is not None and version != topic.version:
        raise Conflict(_("这个题目刚被别人更新过，请看最新进展后再操作。"))
    words = _words(result, NOTE, _("请写明结果或中止的原因，居民会看到。"), "result")
    left = sum(task.done_at is None for task in topic.tasks)
    if left and not dropped:
        raise Conflict(_("还有 %(left)s 项任务没有完成，不能办结。", left=left))
    status = TopicStatus.DROPPED if dropped else TopicStatus.DONE
    topic.status, topic.result = status.value, words
    topic.ended_at, topic.ended_by_id = utcnow(), actor.user_id
    audit.record("monthly.end", f"monthly:{topic.id}", actor.user_id, name=topic.title)
    db.session.commit()
    return topic
