"""``/desk/``: what there is to do, with filters that live in the address."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from nlp.mask import mask_personal_data
from webapp.domain.deadlines import ClockState
from webapp.domain.excerpts import excerpt
from webapp.domain.permissions import Permission
from webapp.domain.workflow import OPEN_STATUSES, Role, Status
from webapp.models import ServiceRequest
from webapp.queries import desk as queries
from webapp.queries import desk_marks, saved_filters, search
from webapp.queries.desk import RELEVANCE, QueueFilter
from webapp.queries.desk_counts import REQUESTS
from webapp.security import has, staff
from webapp.services import bulk
from webapp.views.desk import bp
from webapp.views.desk.presenting import CHANNELS, SOLVED_WORDS, SORTS, TABS, URGENCIES, sees_departments


@bp.get("/")
@staff(Permission.LIST_CASES)
def queue() -> Any:
    """The queue of the signed-in member of staff; without an address of its own, the filter they start with."""
    if not request.args and (start := saved_filters.default_of(current_user)):
        return redirect(f"{url_for('desk.queue')}?{start.query or 'view='}")
    wanted = QueueFilter.from_query(request.args)
    found = queries.queue(current_user, wanted)
    terms = [term.text for term in search.parse(wanted.words)]
    return render_template(
        "desk/queue.html",
        wanted=wanted,
        found=found,
        tabs=[(name, _(TABS[name]), found.counts.get(name)) for name in (*found.counts, "all")],
        statuses=[(s.value, _(s.label)) for s in Status],
        clocks=[(c.value, _(c.label)) for c in (ClockState.DUE_SOON, ClockState.OVERDUE, ClockState.PAUSED, ClockState.LATE)],
        urgencies=[(key, _(text)) for key, text in URGENCIES.items()],
        channels=[(key, _(text)) for key, text in CHANNELS.items()],
        categories=queries.top_categories(),
        areas=queries.area_choices(),
        departments=queries.department_choices() if sees_departments() else [],
        solved_words=[(key, _(text)) for key, text in SOLVED_WORDS.items()],
        counts=[(key, _(text)) for key, text in REQUESTS.items()],
        sorts=[(key, _(text)) for key, text in SORTS.items() if wanted.words or key != RELEVANCE],
        filtered=any(value for name, value in request.args.items() if name not in ("view", "sort", "page", "lang")),
        open_statuses=[s.value for s in OPEN_STATUSES],
        page_size=queries.PAGE_SIZE,
        marks=desk_marks.marks(current_user, found.items),
        hits={item.id: _hit(item, terms) for item in found.items} if terms else {},
        ranked=search.MOST_RANKED,
        saved=saved_filters.filters_of(current_user),
        bulk_kinds=_bulk_kinds(Role(current_user.role)),
        all_chosen=request.args.get("choose") == "page",
    )  # fmt: skip


def _bulk_kinds(role: Role) -> list[tuple[str, str]]:
    if not has(Permission.EDIT_CASE):
        return []
    return [(kind, _(bulk.KINDS[kind][0])) for kind in bulk.kinds_open_to(role)]


def _hit(item: ServiceRequest, terms: list[str]) -> list[tuple[str, bool]]:
    """Where the words stand in the case, where the title does not show them already."""
    return excerpt(mask_personal_data(f"{item.text} {item.address}"), terms)
