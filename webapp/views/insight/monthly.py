"""每月一题 for staff: take a topic on, give tasks, note progress, end it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.monthly import TopicStatus
from webapp.domain.permissions import Permission
from webapp.errors import Conflict, InvalidInput, MinpingError, NotFound
from webapp.extensions import db
from webapp.models import MonthlyTopic, Topic
from webapp.queries import desk
from webapp.queries import monthly as queries
from webapp.queries.scoring import today
from webapp.queries.units import catalogue
from webapp.security import has, staff
from webapp.services import monthly as service
from webapp.services.actor import Actor
from webapp.views import monthly as words
from webapp.views.insight import bp
from webapp.views.insight.filters import filters, link
from webapp.views.insight.page import sections, show
from webapp.views.insight.tables import Cell, Column, Table

_ID = "<int(max=2147483647):topic_id>"


def _months() -> list[tuple[str, str]]:
    """This month and the two after it."""
    found, first = [], today().replace(day=1)
    for _number in range(3):
        found.append((first.isoformat(), f"{first:%Y-%m}"))
        first = (first + timedelta(days=32)).replace(day=1)
    return found


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _category_evidence(code: str) -> dict[str, Any]:
    """The numbers that a category is proposed with; {} where it is no candidate."""
    chosen = filters()
    place = chosen.place()
    found = next(
        (
            c.trouble
            for c in queries.proposed(chosen.window, place.id if place else None)
            if c.trouble.key == code
        ),
        None,
    )
    if found is None:
        return {}
    return {
        "kind": "category", "first": chosen.window.first.isoformat(), "last": chosen.window.last.isoformat(),
        "received": found.received, "before": found.before, "places": found.places, "answers": found.answers,
        "solved_low": round(found.solved_low, 4), "solved_high": round(found.solved_high, 4),
        "unsolved": round(found.unsolved, 1),
    }  # fmt: skip


def _hot_evidence(topic: Topic) -> dict[str, Any]:
    return {
        "kind": "hot", "people": topic.people, "requests": topic.requests, "communities": topic.communities,
        "supporters": topic.supporters,
    }  # fmt: skip


def _draft(form: Any) -> service.Draft:
    """What the form says; the numbers are looked up, not taken from it."""
    code, hot = form.get("category", "")[:12], form.get("hot", "", type=str)
    topic = db.session.get(Topic, int(hot)) if hot.isdigit() and len(hot) < 10 else None
    if hot and topic is None:
        raise NotFound(_("这个热点已经更新，请回到热点页重新选择。"))
    known = _hot_evidence(topic) if topic else _category_evidence(code) if code else {}
    if topic and topic.category_id and not code:
        code = catalogue().categories.get(topic.category_id, ("", ""))[0]
    return service.Draft(
        _day(form.get("month", "")),
        form.get("title", ""),
        form.get("reason", ""),
        code,
        topic.id if topic else None,
        known,
    )


def _new_page(values: Any, error: MinpingError | None = None) -> Any:
    chosen = filters()
    draft = _draft(values)
    names = catalogue().category_names
    hot = db.session.get(Topic, draft.hot_topic) if draft.hot_topic else None
    origin = hot.title if hot else names.get(draft.category, "")
    if draft.category and draft.category not in names:
        raise NotFound(_("没有找到这个分类。"))
    proposal = MonthlyTopic(evidence=dict(draft.evidence))
    return render_template(
        "insight/monthly_new.html", sections=sections({}), filters=chosen, months=_months(), values=values, origin=origin,
        category=values.get("category", ""), hot=values.get("hot", ""), evidence=words.evidence(proposal), error=error,
        title=values.get("title", "") or origin[: service.TITLE],
    ), error.status if error else 200  # fmt: skip


@bp.get("/monthly/new")
@staff(Permission.LEAD_MONTHLY)
def new_monthly() -> Any:
    """The form that takes a topic on, filled with what was proposed."""
    return _new_page(request.args)


@bp.post("/monthly")
@staff(Permission.LEAD_MONTHLY)
def adopt_monthly() -> Any:
    """Take a topic on."""
    try:
        topic = service.adopt(_draft(request.form), Actor.of(current_user))
    except (InvalidInput, Conflict) as problem:
        return _new_page(request.form, problem)
    flash(_("已定为每月一题，并已公开。请给有关单位派任务。"), "success")
    return redirect(url_for("insight.monthly_topic", topic_id=topic.id))


def topics_table(found: Any) -> Table:
    """Topics by month."""
    columns = [
        Column(_("月份")), Column(_("题目")), Column(_("区域")), Column(_("状态")), Column(_("任务完成"), True),
    ]  # fmt: skip
    rows = []
    for topic in found:
        done, total = words.done_of(topic)
        rows.append([
            Cell(f"{topic.month:%Y-%m}"), Cell(topic.title, href=link("insight.monthly_topic", topic_id=topic.id)),
            Cell(topic.area.name), Cell(words.status_text(topic), badge=f"badge-{words.status_tone(topic)}"),
            Cell(f"{done} / {total}"),
        ])  # fmt: skip
    return Table("monthly", _("每月一题"), columns, rows)


@bp.get("/monthly")
@staff(Permission.SEE_MONTHLY)
def monthly() -> Any:
    """All topics that were taken on."""
    return show(
        "insight/monthly.html", "monthly", filters(), [topics_table(queries.topics())],
        may_lead=has(Permission.LEAD_MONTHLY),
    )  # fmt: skip


def _page(topic_id: int, typed: dict[str, str] | None = None, error: MinpingError | None = None) -> Any:
    topic, actor = service.find(topic_id), Actor.of(current_user)
    course = words.lines(queries.course(topic))
    running = topic.status == TopicStatus.RUNNING
    leads = service.leads(topic, actor)
    return render_template(
        "insight/monthly_topic.html", sections=sections({}), filters=filters(), topic=topic, words=words, leads=leads,
        running=running, course=course, chart=words.chart(course), typed=typed or {}, error=error,
        may_note={t.id for t in topic.tasks if running and t.done_at is None and service.works_on(t, actor)},
        departments=desk.department_choices() if leads else [], today=today(), cases=_cases(topic),
        standing=queries.standings([topic.hot_topic_id]).get(topic.hot_topic_id) if topic.hot_topic_id else None,
    ), error.status if error else 200  # fmt: skip


def _cases(topic: MonthlyTopic) -> str:
    """The requests behind the topic, as far as the viewer may list them."""
    if topic.hot_topic_id:
        return link("desk.queue", view="all", topic=topic.hot_topic_id, sort="newest")
    if topic.category is None:
        return ""
    return link("desk.queue", view="all", category=topic.category.code, area=topic.area.code, sort="newest")


@bp.get(f"/monthly/{_ID}")
@staff(Permission.SEE_MONTHLY)
def monthly_topic(topic_id: int) -> Any:
    """One topic with its tasks, and forms for those who may fill them in."""
    return _page(topic_id)


def _done(topic_id: int, what: str, work: Any, message: str) -> Any:
    typed = {**request.form.to_dict(), "form": what}
    try:
        work(Actor.of(current_user))
    except NotFound:
        raise
    except MinpingError as problem:
        db.session.rollback()
        return _page(topic_id, typed, problem)
    except StaleDataError:
        db.session.rollback()
        return _page(
            topic_id, typed, Conflict(_("刚被别人更新过，请看最新进展后再操作；您写的内容还在下面。"))
        )
    flash(message, "success")
    return redirect(url_for("insight.monthly_topic", topic_id=topic_id))


@bp.post(f"/monthly/{_ID}/tasks")
@staff(Permission.LEAD_MONTHLY)
def add_monthly_task(topic_id: int) -> Any:
    """Give a department a task."""
    form = request.form
    return _done(
        topic_id, "task",
        lambda actor: service.add_task(
            topic_id, form.get("department", ""), form.get("task", ""), _day(form.get("due", "")), actor
        ),
        _("任务已派出，单位负责人会收到提醒。"),
    )  # fmt: skip


@bp.post(f"/monthly/{_ID}/tasks/<int(max=2147483647):task_id>")
@staff(Permission.WORK_ON_MONTHLY)
def note_monthly(topic_id: int, task_id: int) -> Any:
    """Note progress, or that the task is done."""
    form = request.form
    return _done(
        topic_id, f"note-{task_id}",
        lambda actor: service.note(
            topic_id, task_id, form.get("text", ""), form.get("done") == "1", actor, form.get("version", type=int)
        ),
        _("进展已登记，并已公开。"),
    )  # fmt: skip


@bp.post(f"/monthly/{_ID}/end")
@staff(Permission.LEAD_MONTHLY)
def end_monthly(topic_id: int) -> Any:
    """End the topic with its result."""
    form = request.form
    return _done(
        topic_id, "end",
        lambda actor: service.end(
            topic_id, form.get("dropped") == "1", form.get("result", ""), actor, form.get("version", type=int)
        ),
        _("题目已结束，结果已公开。"),
    )  # fmt: skip
