"""Pages behind signed links: the three questions about a case, and the word on a rectification. No login, no script."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from webapp.domain.workflow import EventType, IllegalTransition, Solved, Status
from webapp.errors import Conflict, InvalidInput, MinpingError, NotFound
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest
from webapp.security import keep_private, public
from webapp.services import asking, follow_up, rectifications
from webapp.services.actor import RESIDENT
from webapp.views import follow_up_form
from webapp.views.answers import with_answers
from webapp.views.public import bp, presenting
from webapp.views.public.limits import submissions

MAX_NOTE = 1000


def _private(page: str, status: int = 200) -> Response:
    """An answer that no cache keeps, no search engine lists, and whose address is told to nobody."""
    keep_private()
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _asked(token: str) -> tuple[ServiceRequest, RequestEvent]:
    """The case and the answer that is asked about. Raises ``NotFound``, also for an answer overtaken by a later one."""
    case, sequence = asking.asked_about(token)
    answered = follow_up.last_answer(case)
    if answered is None or answered.sequence != sequence:
        raise NotFound(_("承办单位后来又答复过，这个链接已用完。请用最新的链接，或凭编号和查询码查看。"))
    return case, answered


def _word_page(
    token: str,
    typed: MultiDict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    case, answered = _asked(token)
    correcting = follow_up.is_correctable(case)
    if typed is None and correcting:
        typed = MultiDict(
            {
                "contacted": "yes" if case.contacted else "no", "solved": case.solved or "",
                "satisfied": str(case.satisfied or ""), "note": _last_word(case)[1],
            }
        )  # fmt: skip
    page = render_template(
        "public/word.html", case=case, answer=answered, token=token, typed=typed or MultiDict(), errors=errors or {},
        asks=follow_up.is_waiting(case), correcting=correcting, closed=case.status == Status.CLOSED,
        solved=[(s.value, _(s.label)) for s in Solved], levels=presenting.rating_levels(), max_note=MAX_NOTE,
        said=_last_word(case)[0],
    )  # fmt: skip
    return _private(page, status)


def _last_word(case: ServiceRequest) -> tuple[str, str]:
    """What the resident last answered, and what they wrote with it."""
    event = next((e for e in reversed(case.events) if e.event_type == EventType.FOLLOWED_UP), None)
    return (with_answers(event, event.note), event.note) if event is not None else ("", "")


@bp.get("/f/<token>")
@public
def word(token: str) -> Response:
    """Contacted, solved, satisfied: to be answered once, and corrected until the case closes."""
    return _word_page(token)


@bp.post("/f/<token>")
@submissions
@public
def word_send(token: str) -> Any:
    """Store the resident's word: it closes the case (after the hours of correction) or reopens it at once."""
    case, _answered = _asked(token)
    form = request.form
    reply, errors = follow_up_form.read(form, MAX_NOTE)
    if reply is None:
        return _word_page(token, form, errors, 422)
    try:
        follow_up.answer(case, reply, RESIDENT, may_correct=True)
    except (Conflict, InvalidInput) as error:
        db.session.rollback()
        return _word_page(token, form, {error.field or "": error.message}, error.status)
    except IllegalTransition:
        db.session.rollback()
        message = _("这件诉求正在重新办理，等承办单位再次答复后，会再请您回访。")
        return _word_page(token, form, {"": message}, 409)
    flash(
        _("谢谢，您的话已记下。")
        if reply.solved is Solved.YES
        else _("谢谢您告诉我们，已退回承办单位重新办理。"),
        "success",
    )
    return redirect(url_for("public.word", token=token))


def _mended_page(token: str, error: str = "", status: int = 200) -> Response:
    mending = asking.judged(token)
    if mending.rectified_at is None:
        raise NotFound(_("没有找到这条评价。"))
    page = render_template(
        "public/mended.html", mending=mending, review=mending.review, token=token, error=error,
        asks=rectifications.may_answer(mending), levels=presenting.rating_levels(),
        names=dict(presenting.rating_levels()),
    )  # fmt: skip
    return _private(page, status)


@bp.get("/m/<token>")
@public
def mended(token: str) -> Response:
    """What was put right after a bad review, and whether that is enough."""
    return _mended_page(token)


@bp.post("/m/<token>")
@submissions
@public
def mended_send(token: str) -> Any:
    """Store the reviewer's word on the rectification."""
    level = request.form.get("satisfied", "")
    try:
        rectifications.answer(asking.judged(token), int(level) if level.isdecimal() else 0)
    except NotFound:
        raise
    except MinpingError as error:
        return _mended_page(token, error.message, error.status)
    flash(_("谢谢，您对整改的评价已记录。"), "success")
    return redirect(url_for("public.mended", token=token))
