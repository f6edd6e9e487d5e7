"""每月一题 in words and pictures, for the staff's page and the public one alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.monthly import TopicStatus
from webapp.domain.rates import Rate
from webapp.i18n import local
from webapp.models import MonthlyTask, MonthlyTopic, utcnow
from webapp.queries.monthly import Month
from webapp.queries.monthly_public import PublicMonth
from webapp.views.bars import Bars, bars

TONES = {TopicStatus.RUNNING: "info", TopicStatus.DONE: "good", TopicStatus.DROPPED: "warn"}


@dataclass(frozen=True, slots=True)
class TaskState:
    """The badge of a task: its tone and its words."""

    tone: str
    text: str


def status_text(topic: MonthlyTopic) -> str:
    """Where the topic stands."""
    return _(TopicStatus(topic.status).label)


def status_tone(topic: MonthlyTopic) -> str:
    """The badge's tone."""
    return TONES[TopicStatus(topic.status)]


def task_state(task: MonthlyTask) -> TaskState:
    """Done, running or late; the day by the city's clock."""
    if task.done_at is not None:
        late = local(task.done_at).date() > task.due_day
        return TaskState("warn", _("逾期完成")) if late else TaskState("good", _("已完成"))
    if task.due_day < local(utcnow()).date():
        return TaskState("bad", _("已逾期"))
    return TaskState("info", _("进行中"))


def done_of(topic: MonthlyTopic) -> tuple[int, int]:
    """Tasks done, and all."""
    return sum(task.done_at is not None for task in topic.tasks), len(topic.tasks)


@dataclass(frozen=True, slots=True)
class Line:
    """A month: the count as a number (None: not shown) and as it reads, and the share said solved."""

    month: date
    received: int | None
    told: str
    share: str
    since: bool


def lines(months: Sequence[Month]) -> list[Line]:
    """The course of a topic for staff, month by month."""
    return [
        Line(m.first, m.received, str(m.received), _share(m.resolution), m.since_adoption) for m in months
    ]


def public_lines(months: Sequence[PublicMonth]) -> list[Line]:
    """The same for residents: as far as published, and nothing from which a hidden count would follow."""
    return [
        Line(
            m.first, m.received, (str(m.received) if m.received is not None else _("不公布")) if m.is_out else _("尚未公布"),
            _share(m.resolution) if m.resolution else "—", m.since_adoption,
        )
        for m in months
    ]  # fmt: skip


def _share(rate: Rate) -> str:
    if rate.value is None or rate.denominator < SMALLEST:
        return _("答复不够")
    return _(
        "%(share)s（%(low)s–%(high)s，%(n)s 人答复）", share=f"{rate.value * 100:.0f}%", low=f"{rate.low * 100:.0f}",
        high=f"{rate.high * 100:.0f}%", n=rate.denominator,
    )  # fmt: skip


def chart(found: Sequence[Line]) -> Bars | None:
    """Requests by month as bars."""
    return bars([(f"{line.month:%y-%m}", line.received, line.since) for line in found])


def evidence(topic: MonthlyTopic) -> str:
    """What it was proposed with, in one sentence; "" where it came from nowhere but a person's mind."""
    told = topic.evidence or {}
    if told.get("kind") == "category":
        return _(
            "定题时：%(first)s 至 %(last)s 有 %(received)s 件，涉及 %(places)s 个街道；说解决了的占 %(low)s–%(high)s，"
            "估计 %(unsolved)s 件没解决。",
            first=told["first"], last=told["last"], received=told["received"], places=told["places"],
            low=f"{told['solved_low'] * 100:.0f}%", high=f"{told['solved_high'] * 100:.0f}%", unsolved=round(told["unsolved"]),
        )  # fmt: skip
    if told.get("kind") == "hot":
        return _(
            "定题时：30 天内 %(people)s 人反映了 %(requests)s 件，涉及 %(communities)s 个社区。",
            people=told["people"], requests=told["requests"], communities=told["communities"],
        )  # fmt: skip
    return ""
