"""查进度: open a case by number and secret, follow it, add to it, and have the last word on it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.workflow import Action, Solved, Status
from webapp.errors import NotFound
from webapp.models import ServiceRequest
from webapp.queries import places
from webapp.queries import public as queries
from webapp.security import public
from webapp.services import asking, case_files, casework, follow_up, merging, submit
from webapp.services.actor import RESIDENT
from webapp.services.casework import Step
from webapp.views import follow_up_form
from webapp.views.files import served
from webapp.views.filters import masked
from webapp.views.public import bp, presenting
from webapp.views.public.limits import opening_cases, submissions
from webapp.views.public.opened import forget_cases, my_case, open_for_me, opened_numbers

MAX_NOTE = 2000


@bp.get("/track")
@public
def track() -> str:
    """Ask for number and secret; list what this session has opened."""
    opened = [case for number in opened_numbers() if (case := queries.request_by_number(number))]
    return render_template(
        "public/track.html",
        number=request.args.get("number", "")[:20],
        errors={},
        opened=opened,
        tone=presenting.tone,
    )


@bp.post("/track")
@opening_cases
@public
def track_open() -> Any:
    """Open a case; the secret stays out of every address."""
    number, secret = request.form.get("number", ""), request.form.get("secret", "")
    try:
        case = submit.open_case(number, secret)
    except NotFound as error:
        page = render_template(
            "public/track.html", number=number, errors={"number": error.message}, opened=[]
        )
        return page, 422
    open_for_me(case.service_request_id)
    return redirect(url_for("public.case", number=case.service_request_id))


@bp.post("/track/forget")
@public
def track_forget() -> Response:
    """Leave no trace on a shared computer."""
    forget_cases()
    flash(_("已清除本机的查询记录。"), "success")
    return redirect(url_for("public.track"))


@bp.get("/track/<number>")
@public
def case(number: str) -> str | Response:
    """The reporter's view of a case."""
    try:
        return _page(my_case(number), {}, {})
    except NotFound:
        return redirect(url_for("public.track", number=number[:20]))


def _page(found: ServiceRequest, errors: dict[str, str], typed: dict[str, str]) -> str:
    # A neighbour's earlier request carries the work of a merged one.
    # Of that one, what the public may see: it is somebody else's.
    leading = merging.lead_of(found)
    return render_template(
        "public/case.html", case=found, leading=leading, entries=presenting.entries(found), errors=errors, typed=typed,
        progress=presenting.entries(leading, masked) if leading is not found else [], tone=presenting.tone,
        stations=presenting.stations(leading.status), levels=presenting.rating_levels(), solved=list(Solved),
        asks=found.status == Status.RESOLVED, may_reopen=found.status == Status.CLOSED, max_note=MAX_NOTE,
        area_line=places.line_of(found.area), late=presenting.late_mark(leading), helpers=presenting.helpers(leading),
        why_paused=presenting.why_paused(found), correction=_correction(found),
        files=case_files.of(found, public_only=True),
    )  # fmt: skip


def _correction(found: ServiceRequest) -> str:
    """Where the resident may still correct their word; "" when they have given none or it stands."""
    answered = follow_up.last_answer(found)
    if answered is None or not follow_up.is_correctable(found):
        return ""
    return url_for("public.word", token=asking.follow_up_token(found, answered.sequence))


@bp.get("/track/<number>/files/<int(max=2147483647):file_id>")
@public
def case_file(number: str, file_id: int) -> Response:
    """A file that staff added for the resident to see, in a case that this session has opened."""
    found = case_files.find(my_case(number), file_id)
    if not found.public:
        raise NotFound(_("没有找到这个附件。"))
    return served(found)


@bp.post("/track/<number>/<any(supplement, reopen):action>")
@submissions
@public
def case_note(number: str, action: str) -> Any:
    """Add something, or say that a closed case is not done after all."""
    found, note = my_case(number), request.form.get("note", "").strip()
    if not note or len(note) > MAX_NOTE:
        message = _("请写下要补充的内容，不超过 %(limit)s 字。", limit=MAX_NOTE)
        return _page(found, {f"{action}-note": message}, {f"{action}-note": note}), 422
    step = Action.SUPPLEMENT if action == "supplement" else Action.REOPEN
    casework.act(found.service_request_id, Step(step, note), RESIDENT)
    flash(
        _("已补充，承办单位会看到。") if step is Action.SUPPLEMENT else _("已重新打开，承办单位会继续办理。"),
        "success",
    )
    return redirect(url_for("public.case", number=found.service_request_id))


@bp.post("/track/<number>/follow-up")
@submissions
@public
def case_follow_up(number: str) -> Any:
    """The resident's word: contacted, solved, satisfied. It closes or reopens the case."""
    found, form = my_case(number), request.form
    words, errors = follow_up_form.read(form)
    if words is None:
        return _page(found, errors, form.to_dict()), 422
    follow_up.answer(found, words, RESIDENT)
    done = words.solved is Solved.YES
    flash(
        _("谢谢您的评价，这件诉求已结案。") if done else _("谢谢您告诉我们，已退回承办单位重新办理。"),
        "success",
    )
    return redirect(url_for("public.case", number=found.service_request_id))
