"""The demo city's 每月一题: what its own numbers propose, taken on through the real services, with tasks and progress."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import func, select

from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Area, Category, Department, ServiceRequest, User, utcnow
from webapp.queries import monthly as queries
from webapp.queries.reach import CITY
from webapp.queries.tallies import Window
from webapp.services import monthly
from webapp.services.actor import Actor

WINDOW_DAYS, DUE_DAYS = 90, 20
REASON = "这类诉求各个街道都有，一直没有办好：很多人说问题没有解决。这个月全市一起办，先把没解决的逐件回访，再把规矩立起来。"
# (what to do, progress so far, whether that is all)
TASKS = (
    (
        "把近三个月群众说没解决的逐件回访，能办的当场办",
        "已回访一半以上，其中能办的当场办了；其余列了清单，逐件派到人。",
        True,
    ),
    ("定出统一的办理标准和时限，向社会公开", "标准初稿在征求街道和居民代表意见。", False),
)


def add_monthly(now: datetime) -> None:
    """Take on the first candidate of the city for the month of ``now``; nothing where there is none. Commits."""
    window = Window.ending(local(now).date(), WINDOW_DAYS)
    found = queries.proposed(window)
    lead = db.session.scalars(
        select(User)
        .where(User.role == Role.OFFICIAL.value, User.area_id.is_not(None))
        .order_by(User.area_id, User.id)
    ).first()
    if not found or lead is None:
        return
    trouble, official = found[0].trouble, Actor.of(lead)
    evidence = {
        "kind": "category", "first": window.first.isoformat(), "last": window.last.isoformat(),
        "received": trouble.received, "before": trouble.before, "places": trouble.places, "answers": trouble.answers,
        "solved_low": round(trouble.solved_low, 4), "solved_high": round(trouble.solved_high, 4),
        "unsolved": round(trouble.unsolved, 1),
    }  # fmt: skip
    draft = monthly.Draft(
        local(now).date(), f"{found[0].name}：一件一件办到群众认可", REASON, trouble.key, evidence=evidence
    )
    topic = monthly.adopt(draft, official)
    due = local(utcnow()).date() + timedelta(days=DUE_DAYS)
    for department, (task, progress, done) in zip(cycle(_asked(trouble.key)), TASKS, strict=False):
        row = monthly.add_task(topic.id, department, task, due, official)
        monthly.note(topic.id, row.id, progress, done, official)


def _asked(category: str) -> list[str]:
    """The city's own departments (codes) that were asked most for this kind of trouble."""
    statement = (
        select(Department.code)
        .join(ServiceRequest, ServiceRequest.department_id == Department.id)
        .join(Category, Category.id == ServiceRequest.category_id)
        .join(Area, Area.id == Department.area_id)
        .where(Category.code.startswith(category), Area.level == CITY)
        .group_by(Department.code)
        .order_by(func.count().desc(), Department.code)
    )
    return list(db.session.scalars(statement.limit(len(TASKS))))
