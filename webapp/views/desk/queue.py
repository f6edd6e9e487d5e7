"""``/desk/``: what there is to do, with filters that live in the address."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.deadlines import ClockState
from webapp.domain.workflow import OPEN_STATUSES, Role, Status
from webapp.queries import desk as queries
from webapp.queries.desk import QueueFilter
from webapp.security import DESK_ROLES, staff
from webapp.views.desk import bp
from webapp.views.desk.presenting import CHANNELS, SORTS, TABS, URGENCIES, sees_departments


@bp.get("/")
@staff(*DESK_ROLES, Role.OFFICIAL, Role.ADMIN)
def queue() -> str:
    """The queue of the signed-in member of staff."""
    wanted = QueueFilter.from_query(request.args)
    found = queries.queue(current_user, wanted)
    return render_template(
        "desk/queue.html",
        wanted=wanted,
        found=found,
        tabs=[(name, _(TABS[name]), found.counts.get(name)) for name in (*found.counts, "all")],
        statuses=[(s.value, _(s.label)) for s in Status],
        clocks=[(c.value, _(c.label)) for c in (ClockState.DUE_SOON, ClockState.OVERDUE, ClockState.LATE)],
        urgencies=[(key, _(text)) for key, text in URGENCIES.items()],
        channels=[(key, _(text)) for key, text in CHANNELS.items()],
        categories=queries.top_categories(),
        areas=queries.area_choices(),
        departments=queries.department_choices() if sees_departments() else [],
        sorts=[(key, _(text)) for key, text in SORTS.items()],
        filtered=any(value for name, value in request.args.items() if name not in ("view", "sort", "page", "lang")),
        open_statuses=[s.value for s in OPEN_STATUSES],
        page_size=queries.PAGE_SIZE,
    )  # fmt: skip
