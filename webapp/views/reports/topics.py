"""热点 and 每月一题 in a monthly report: what many report at once, and what the city took on, with its tasks and progress."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.domain import report_topics
from webapp.domain.rates import wilson
from webapp.domain.report_topics import LEAST_ANSWERS, Hot, Taken
from webapp.domain.sentences import count, percent_span
from webapp.i18n import local
from webapp.models import MonthlyTask, utcnow
from webapp.queries.report_topics import TakenOn, late
from webapp.views import monthly as words
from webapp.views.filters import masked
from webapp.views.reports import parts
from webapp.views.reports.document import Block, Grid, Points, told


def hot(found: Sequence[Hot], covered: bool) -> list[Block]:
    """The hot topics of the period, the hottest first."""
    if not covered:
        text = _("热点按出具前三十天的诉求归并，不覆盖本期的大部分，这里不列；本期的诉求见“群众反映最多的”。")
        return [Points([text], ["unknown"])]
    blocks: list[Block] = [told(report_topics.hot_lines(found))]
    rows = [
        [
            topic.title, topic.area, count(topic.requests), count(topic.open), f"{topic.solved} ÷ {topic.heard}",
            percent_span(*wilson(topic.solved, topic.heard)) if topic.heard >= LEAST_ANSWERS else parts.DASH,
        ]
        for topic in found
    ]  # fmt: skip
    if rows:
        head = [_("热点"), _("区域"), _("本期诉求"), _("还在办"), _("说解决了 ÷ 答复"), _("95% 区间")]
        note = _(
            "内容相近的诉求自动归在一起；件数只算本期收到的。答复不足 %(n)s 人的不给区间。", n=LEAST_ANSWERS
        )
        blocks.append(Grid(_("热点问题"), head, rows, (2, 3, 4, 5), note, (3, 1.4, 0.8, 0.8, 1.1, 1.1)))
    return blocks


def taken_on(found: Sequence[TakenOn], department: str = "") -> list[Block]:
    """The monthly topics with their tasks; of a ``department`` (code) its own tasks only."""
    if not found:
        return [Points([_("本期没有在办的每月一题。")], ["unknown"])]
    blocks: list[Block] = []
    for one in found:
        topic, day = one.topic, local(utcnow()).date()
        done, every = words.done_of(topic)
        taken = Taken(
            f"{topic.month:%Y-%m}", masked(topic.title), topic.area.name, words.status_text(topic), every, done,
            len(late(topic, day)), one.received, one.solved, one.heard,
        )  # fmt: skip
        blocks.append(told(report_topics.taken_lines(taken)))
        tasks = [task for task in topic.tasks if department in ("", task.department.code)]
        if tasks:
            head = [_("任务"), _("承办单位"), _("期限"), _("进度"), _("最近进展")]
            rows = [_task(task) for task in tasks]
            title = _("“%(title)s”的任务", title=masked(topic.title))
            blocks.append(Grid(title, head, rows, (), "", (2.4, 1.4, 0.9, 0.8, 2.6)))
    return blocks


def _task(task: MonthlyTask) -> list[str]:
    note = next((note for note in task.topic.notes if note.task_id == task.id), None)
    told_ = f"{local(note.at):%m-%d} {masked(note.text)}" if note else parts.DASH
    return [
        masked(task.task), task.department.name, task.due_day.isoformat(), words.task_state(task).text, told_,
    ]  # fmt: skip
