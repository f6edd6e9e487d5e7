"""``/desk/follow-ups``: residents drawn at random, called one by one, with script and form on one page."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from webapp.domain.calling import AGAIN_HOURS, CallOutcome, CallState
from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS
from webapp.domain.text import N_
from webapp.domain.workflow import IllegalTransition, RoleNotAllowed, Solved
from webapp.errors import InvalidInput, MinpingError
from webapp.extensions import db
from webapp.models import FollowUpCall, utcnow
from webapp.queries import follow_ups as queries
from webapp.queries.paging import page_number
from webapp.security import has, staff
from webapp.services import contacts, follow_up, sampling
from webapp.services.actor import Actor
from webapp.services.contacts import Contact
from webapp.views import follow_up_form
from webapp.views.desk import bp

TABS = {"due": N_("现在可以打"), "later": N_("约好以后打"), "done": N_("已有结果")}
WAYS = {"self": N_("居民自己答复"), "sample": N_("随机抽样电话"), "phone": N_("办件中电话询问")}
AGAIN = {2: N_("两小时后"), 24: N_("明天"), 72: N_("三天后")}


@bp.context_processor
def heard_words() -> dict[str, Any]:
    """For the page of a case: how the resident's word was obtained."""
    return {"heard_text": lambda way: _(WAYS.get(way, way))}


def _page(errors: dict[str, str] | None = None, status: int = 200) -> Any:
    view = request.args.get("view", "due")
    view = view if view in TABS else "due"
    page = page_number(request.args.get("page"))
    items, counts = queries.calls(view, page)
    actor, now = Actor.of(current_user), utcnow()
    return (
        render_template(
            "desk/follow_ups.html", view=view, page=page, items=items, counts=counts, total=counts[view],
            page_size=queries.PAGE_SIZE, tabs=[(name, _(text)) for name, text in TABS.items()],
            samples=queries.samples(), state_text=lambda key: _(CallState(key).label), states=list(CallState),
            as_drawn=sampling.is_as_drawn, heard=queries.heard_by_way(), ways={k: _(t) for k, t in WAYS.items()},
            rule=sampling.rule_in_force(), may_draw=has(Permission.DRAW_SAMPLE), may_call=has(Permission.CALL_SAMPLE),
            taken=lambda call: sampling.is_taken(call, actor, now), typed=request.form, errors=errors or {},
        ),
        status,
    )  # fmt: skip


@bp.get("/follow-ups")
@staff(Permission.SEE_CALL_LIST)
def follow_ups() -> Any:
    """The call list, the samples behind it, and what drawn and self-selected residents say."""
    return _page()


@bp.post("/follow-ups/draw")
@staff(Permission.DRAW_SAMPLE)
def draw_sample() -> Any:
    """Draw a sample by the city's rule."""
    percent = request.form.get("percent", "").strip()
    try:
        if percent and not percent.isdecimal():
            raise InvalidInput(_("请填写 %(low)s 到 %(high)s 之间的数。", low=1, high=100), "percent")
        share = int(percent[:4]) if percent else None
        sample = sampling.draw(Actor.of(current_user), request.form.get("seed", ""), share)
    except MinpingError as problem:
        return _page({problem.field or "": problem.message}, problem.status)
    flash(_("已抽取 %(count)s 件，可以开始拨打。", count=len(sample.calls)), "success")
    return redirect(url_for("desk.follow_ups"))


def _call_page(
    call: FollowUpCall,
    contact: Contact | None = None,
    typed: MultiDict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Any:
    item = call.request
    answered = follow_up.last_answer(item)
    following = queries.next_call(call.id)
    return (
        render_template(
            "desk/follow_up.html", call=call, item=item, contact=contact, hidden=contacts.masked(item),
            answer=answered.note if answered else "", next_call=following, typed=typed or MultiDict(), errors=errors or {},
            open=call.state == CallState.WAITING and follow_up.is_waiting(item), may_call=has(Permission.CALL_SAMPLE),
            outcomes=[(o.value, _(o.label)) for o in CallOutcome], outcome_text=lambda key: _(CallOutcome(key).label),
            state_text=lambda key: _(CallState(key).label), again=[(h, _(AGAIN[h])) for h in AGAIN_HOURS],
            solved=[(s.value, _(s.label)) for s in Solved],
            levels=[(int(level), _(label)) for level, label in RATING_LABELS.items()],
        ),
        status,
    )  # fmt: skip


@bp.get("/follow-ups/<int:call_id>")
@staff(Permission.SEE_CALL_LIST)
def follow_up_call(call_id: int) -> Any:
    """One call: what to say, what to ask, and where to write it down."""
    return _call_page(sampling.find_call(call_id))


@bp.post("/follow-ups/<int:call_id>/number")
@staff(Permission.CALL_SAMPLE)
def follow_up_number(call_id: int) -> Any:
    """Show this one number; the look is recorded first."""
    call = sampling.find_call(call_id)
    try:
        contact = sampling.take(call, Actor.of(current_user))
    except (MinpingError, StaleDataError) as problem:
        db.session.rollback()
        message = (
            problem.message if isinstance(problem, MinpingError) else _("同事刚打开了这个号码，请刷新页面。")
        )
        return _call_page(sampling.find_call(call_id), errors={"": message}, status=409)
    return _call_page(call, contact)


@bp.post("/follow-ups/<int:call_id>")
@staff(Permission.CALL_SAMPLE)
def record_call(call_id: int) -> Any:
    """Write down what came of the call. What was typed comes back when something is missing."""
    form = request.form
    call = sampling.find_call(call_id)
    try:
        reply, errors = _reply()
        if errors:
            return _call_page(call, typed=form, errors=errors, status=422)
        sampling.record(
            call, form.get("outcome", ""), Actor.of(current_user), reply, form.get("note", ""),
            form.get("again", 24, type=int), form.get("version", type=int),
        )  # fmt: skip
    except MinpingError as problem:
        db.session.rollback()
        errors = {problem.field or "": problem.message}
        return _call_page(sampling.find_call(call_id), typed=form, errors=errors, status=problem.status)
    except (IllegalTransition, RoleNotAllowed, StaleDataError):
        db.session.rollback()
        errors = {"": _("这件诉求的状态刚刚变了，请看最新情况；您填的内容还在下面。")}
        return _call_page(sampling.find_call(call_id), typed=form, errors=errors, status=409)
    flash(_("通话结果已登记。"), "success")
    following = queries.next_call(call_id)
    if following is not None:
        return redirect(url_for("desk.follow_up_call", call_id=following.id))
    return redirect(url_for("desk.follow_ups"))


def _reply() -> tuple[follow_up.FollowUp | None, dict[str, str]]:
    """The three answers of the form, and what is missing of them; nothing at all unless the resident was reached."""
    if request.form.get("outcome") != CallOutcome.REACHED:
        return None, {}
    return follow_up_form.read(request.form, through=follow_up.SAMPLE)
