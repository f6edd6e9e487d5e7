"""``/desk/joint``, ``/desk/objections``, ``/desk/escalations``: what other clocks ask of an office, a dispatcher, a head."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.domain.workflow import Role
from webapp.models import Objection, utcnow
from webapp.queries import deadlines
from webapp.queries import escalations as escalation_queries
from webapp.queries import joint as joint_queries
from webapp.queries import objections as objection_queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.views.desk import bp
from webapp.views.desk.case_extras import task_clock
from webapp.views.desk.presenting import time_left

OUTCOMES = {
    "granted": N_("同意，另行派单"), "refused": N_("驳回"), "withdrawn": N_("单位改为签收"), "out_of_scope": N_("不属受理范围"),
}  # fmt: skip


@bp.get("/joint")
@staff(Permission.SEE_JOINT_TASKS)
def joint_tasks() -> str:
    """What this office has been called in for, next deadline first; ``done=1``: what it has reported."""
    page, done = page_number(request.args.get("page")), request.args.get("done") == "1"
    rows, total = joint_queries.queue(current_user.department_id or 0, page, done)
    waiting = total if not done else joint_queries.waiting_count(current_user.department_id)
    return render_template(
        "desk/joint.html", rows=rows, total=total, page=page, page_size=joint_queries.PAGE_SIZE, done=done,
        waiting=waiting, task_clock=task_clock, time_left=time_left,
    )  # fmt: skip


def review_clock(objection: Objection) -> dict[str, str]:
    """Whether an objection was or will be reviewed in time, in words and tone."""
    late = (objection.reviewed_at or utcnow()) > objection.due_at
    if objection.reviewed_at is None:
        return {"text": _("审核超时") if late else _("待审核"), "tone": "bad" if late else "info"}
    text = _(OUTCOMES.get(objection.outcome, objection.outcome))
    return {
        "text": _("%(outcome)s（超时）", outcome=text) if late else text,
        "tone": "warn" if late else "good",
    }


@bp.get("/objections")
@staff(Permission.SEE_OBJECTIONS)
def objections() -> str:
    """Objections that wait for a review, and how the latest ones were reviewed."""
    page = page_number(request.args.get("page"))
    waiting, total, late = objection_queries.waiting()
    rows, done = objection_queries.reviewed(page)
    return render_template(
        "desk/objections.html", waiting=waiting, total=total, late=late, rows=rows, done=done, page=page,
        page_size=objection_queries.PAGE_SIZE, summary=objection_queries.summary(), days=objection_queries.DAYS,
        review_clock=review_clock, time_left=time_left, workdays=deadlines.policy().objection_workdays,
    )  # fmt: skip


@bp.get("/escalations")
@staff(Permission.SEE_ESCALATED)
def escalations() -> Any:
    """Missed deadlines that have been brought before this head or official, until they are answered."""
    page = page_number(request.args.get("page"))
    rows, total = escalation_queries.escalated_to(current_user, page)
    return render_template(
        "desk/escalations.html", rows=rows, total=total, page=page, page_size=escalation_queries.PAGE_SIZE,
        offices=joint_queries.offices_at_work([item.id for item in rows]), official=current_user.role == Role.OFFICIAL,
        after=deadlines.policy().escalate_after,
    )  # fmt: skip
