"""公开诉求: what others reported and what became of it, without personal data; and 我也遇到."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.workflow import Status
from webapp.errors import NotFound
from webapp.models import ServiceRequest
from webapp.queries import places
from webapp.queries import public as queries
from webapp.queries.requests import public_requests
from webapp.security import IDENTITY_COOKIE, public, visitor_identity
from webapp.services import merging, support
from webapp.views.filters import masked
from webapp.views.public import bp, presenting
from webapp.views.public.limits import submissions

PAGE_SIZE = 20
LAST_PAGE = 500


@bp.get("/requests")
@public
def requests() -> str:
    """Newest public requests; status and area filters stay in the address."""
    status = request.args.get("status", "")
    status = status if status in tuple(Status) else ""
    area = request.args.get("area", "")[:20]
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    items, total = public_requests(page, PAGE_SIZE, status or None, area or None)
    return render_template(
        "public/requests.html", items=items, total=total, page=page, page_size=PAGE_SIZE, status=status, area=area,
        statuses=[(s.value, _(s.label)) for s in Status], tone=presenting.tone, late_mark=presenting.late_mark,
        areas=[(o.code, ("　" if o.level == 3 else "") + o.name) for o in places.area_options() if o.level < 4],
    )  # fmt: skip


@bp.get("/requests/<number>")
@public
def request_page(number: str) -> str:
    """One public request: words masked, public events only."""
    found = queries.public_request(number)
    if found is None:
        raise NotFound(_("没有找到这件诉求，或反映人选择了不公开。"))
    return render_template(
        "public/request.html", item=found, entries=presenting.entries(found, masked), tone=presenting.tone,
        area_line=places.line_of(found.area), late=presenting.late_mark(found), helpers=presenting.helpers(found),
        supported=_counted(found),
    )  # fmt: skip


def _counted(found: ServiceRequest) -> bool:
    """Whether this visitor has said that they have the same trouble; whoever only looks gets no cookie for it."""
    return IDENTITY_COOKIE in request.cookies and merging.knows(merging.lead_of(found), visitor_identity())


@bp.post("/requests/<number>/support")
@submissions
@public
def support_request(number: str) -> Any:
    """我也遇到, once per person."""
    found = queries.public_request(number)
    if found is None:
        raise NotFound(_("没有找到这件诉求，或反映人选择了不公开。"))
    leading = merging.lead_of(found)
    before = leading.supporters
    after = support.support(leading.service_request_id, visitor_identity()).supporters
    flash(_("已记录：您也遇到这个问题。") if after > before else _("您已经表示过也遇到这个问题。"), "success")
    # Whoever carries the work may have asked not to be shown.
    shown = leading if leading.is_public else found
    answer: Response = redirect(url_for("public.request_page", number=shown.service_request_id))
    return answer
