"""``/grid/``: the open requests of the own grid, the most urgent first, as a list and on a map."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.models import utcnow
from webapp.queries import grid as queries
from webapp.queries.grid import Ask
from webapp.security import staff
from webapp.services import grid_report
from webapp.views.grid import bp, maps
from webapp.views.grid.presenting import own_area


@bp.get("/")
@staff(Permission.USE_GRID)
def home() -> str:
    """The list. It is one page, so that all of it is there when the network is not."""
    found = queries.tasks(current_user)
    asked = request.args.get("ask", "")
    area = own_area()
    now = utcnow()
    running = [task for task in found if task.ask in (Ask.HANDLE, Ask.LOOK)]
    return render_template(
        "grid/home.html", tasks=found, asked=asked if asked in tuple(Ask) else "", counts=queries.counts(found),
        overdue=sum(task.until < now for task in running), asks=[(ask, _(ask.label)) for ask in Ask],
        map=maps.of_area(area, found) if area else None, sent=grid_report.mine(request.args.get("sent", ""), current_user.id),
        most=queries.MOST,
    )  # fmt: skip
