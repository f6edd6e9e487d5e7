"""``/desk/requests/<number>``: one case, and every step that the workflow allows here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from webapp.domain.permissions import Permission
from webapp.domain.rating import RATING_LABELS
from webapp.domain.workflow import (
    RULES,
    Action,
    IllegalTransition,
    NoteRequired,
    Role,
    RoleNotAllowed,
    Solved,
    Status,
)
from webapp.errors import Conflict, InvalidInput, MinpingError, NotFound
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries import desk as queries
from webapp.queries.masking import masked_for
from webapp.queries.sealed import clear_note
from webapp.security import staff
from webapp.services import casework, contacts, corrections, follow_up
from webapp.services.actor import Actor
from webapp.services.similar import same_trouble
from webapp.views.desk import bp, case_comfort, case_extras
from webapp.views.desk.presenting import (
    ACTION_FIELDS,
    ACTION_HINTS,
    REQUEST_TYPES,
    URGENCIES,
    order_of,
    read_area,
    timeline,
)


def find_case(number: str) -> ServiceRequest:
    """The case if this member of staff may see it. Raises ``NotFound`` otherwise."""
    item = casework.find(number)
    if not casework.may_see(item, Actor.of(current_user)):
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    return item


def _step(action: Action, status: Status) -> tuple[str, str, str, tuple[str, ...], bool]:
    """One step as the page offers it: key, name, hint, extra fields, and whether a note must be given."""
    hint = ACTION_HINTS.get(action)
    rule = RULES[status, action]
    return (
        action.value,
        _(action.label),
        _(hint) if hint else "",
        ACTION_FIELDS.get(action, ()),
        rule.note_required,
    )


def _hides_something(item: ServiceRequest) -> bool:
    return (
        bool(item.contact_phone or item.contact_name)
        or masked_for(item.text, item) != item.text
        or any("sealed" in e.data and clear_note(e) != e.note for e in item.events)
    )


def _keywords(item: ServiceRequest) -> list[str]:
    """Words that the language layer found telling, less those that the masked text does not show (names)."""
    shown = masked_for(item.text, item)
    return [word for word in (item.analysis or {}).get("keywords", []) if word in shown][:6]


def _places(item: ServiceRequest) -> list[str]:
    """Places that the language layer found, by the same rule: a name may have been taken for one."""
    shown = masked_for(item.text, item)
    named = [place["text"] for place in (item.analysis or {}).get("places", [])]
    return [place for place in named if place in shown][:4]


def _levels(item: ServiceRequest) -> list[tuple[str, str]]:
    """The other levels of urgency that this member of staff may set."""
    levels = corrections.levels_open_to(item, Role(current_user.role))
    return [(level, _(URGENCIES[level])) for level in levels if level != item.urgency]


def _render(
    item: ServiceRequest, typed: dict[str, Any] | None = None, error: str = "", status: int = 200
) -> Any:
    actor = Actor.of(current_user)
    similar = same_trouble(item.text, item.area, exclude_id=item.id)
    open_to = case_extras.offered(item, actor)
    return (
        render_template(
            "desk/case.html",
            item=item,
            contact=contacts.masked(item),
            has_hidden=_hides_something(item), keywords=_keywords(item), places=_places(item),
            may_unmask=casework.may_unmask(item, actor),
            events=timeline(item.events),
            similar=similar,
            # Another department's case is worth knowing of, but only some may open it.
            may_open={hit.request.id for hit in similar if casework.may_see(hit.request, actor)},
            **case_comfort.context(item, actor),
            steps=[_step(a, Status(item.status)) for a in order_of(actor.role) if a in open_to],
            **case_extras.context(item, actor, open_to),
            may_correct=Action.CORRECT_CATEGORY in open_to,
            read_area=read_area(item),
            areas=queries.area_choices(5) if Action.CORRECT_AREA in open_to else [],
            levels_of_urgency=_levels(item) if Action.CORRECT_URGENCY in open_to else [],
            request_types=[(key, _(text)) for key, text in REQUEST_TYPES.items()],
            may_follow_up=Action.FOLLOW_UP in open_to and follow_up.is_waiting(item),
            categories=queries.category_choices(),
            departments=queries.department_choices(),
            solved=[(s.value, _(s.label)) for s in Solved],
            levels=[(int(level), _(label)) for level, label in RATING_LABELS.items()],
            typed=typed or {},
            error=error,
        ),
        status,
    )  # fmt: skip


@bp.get("/requests/<number>")
@staff(Permission.SEE_CASE)
def case(number: str) -> Any:
    """One case; the look is recorded."""
    item = find_case(number)
    contacts.viewed_case(item, Actor.of(current_user))
    case_comfort.seen(item)
    return _render(item, case_comfort.prefilled(item))


@bp.post("/requests/<number>/act")
@staff(Permission.HANDLE_CASE)
def act(number: str) -> Any:
    """Do one step. What was typed comes back when it cannot be done."""
    item, form = find_case(number), request.form
    try:
        step = casework.Step(
            action=Action(form.get("action", "")),
            note=case_comfort.note_of(item),
            department_code=form.get("department_code") or None,
            category_code=form.get("category_code") or None,
            request_type=form.get("request_type") or None,
            urgency=form.get("urgency") or None,
            area_code=form.get("area_code") or None,
            merge_into=form.get("merge_into", "").strip() or None,
            workdays=form.get("workdays", type=int),
            unanswered_note=form.get("unanswered_note", ""),
            version=form.get("version", type=int),
        )
        event = casework.act(number, step, Actor.of(current_user))
    except ValueError:
        return refused(number, _("没有这一步操作，请从页面上选择。"), 422)
    except Conflict as problem:
        return refused(number, _("%(problem)s您写的内容还在下面，没有保存。", problem=problem.message), 409)
    except MinpingError as problem:
        return refused(number, problem.message, problem.status)
    except NoteRequired:
        return refused(number, _("这一步需要写明理由或结果，请填写后再提交。"), 422)
    except RoleNotAllowed:
        return refused(number, _("您的岗位不能做这一步操作。"), 403)
    except (IllegalTransition, StaleDataError):
        return refused(number, _("这件诉求的状态已经变化，请看最新进展后再操作；您写的内容还在下面。"), 409)
    flash(_("“%(action)s”已完成。", action=_(step.action.label)), "success")
    case_comfort.tell_unreached(event)
    # A transferred case is no longer ours to see.
    if casework.may_see(item, Actor.of(current_user)):
        return redirect(url_for("desk.case", number=number))
    return redirect(url_for("desk.queue"))


def refused(number: str, message: str, status: int, typed: dict[str, Any] | None = None) -> Any:
    """The page of a case once more, with what was typed and why it was not done."""
    db.session.rollback()
    return _render(find_case(number), typed or request.form.to_dict(), message, status)


@bp.post("/requests/<number>/follow-up")
@staff(Permission.FOLLOW_UP)
def record_follow_up(number: str) -> Any:
    """The resident's word, taken down on the phone."""
    item, form = find_case(number), request.form
    try:
        if form.get("contacted") not in ("0", "1"):
            raise InvalidInput(_("请选择承办单位是否联系过您。"), "contacted")
        reply = follow_up.FollowUp(
            contacted=form["contacted"] == "1",
            solved=Solved(form.get("solved", "")),
            satisfied=form.get("satisfied", 0, type=int),
            note=form.get("note", ""),
            through=follow_up.PHONE,
        )
        follow_up.answer(item, reply, Actor.of(current_user))
    except ValueError:
        return refused(number, _("请选择问题是否解决。"), 422)
    except MinpingError as problem:
        return refused(number, problem.message, problem.status)
    except (IllegalTransition, RoleNotAllowed, StaleDataError):
        return refused(number, _("这件诉求现在不能登记回访，请看最新进展。"), 409)
    flash(_("回访结果已登记。"), "success")
    return redirect(url_for("desk.case", number=number))


@bp.post("/requests/<number>/contact")
@staff(Permission.UNMASK_CONTACT)
def contact(number: str) -> tuple[str, int] | Response:
    """Show the contact in the clear, once; the look is recorded first."""
    item = find_case(number)
    actor = Actor.of(current_user)
    if not casework.may_unmask(item, actor):
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    clear = contacts.unmask(item, actor)
    notes = [(e.at, clear_note(e)) for e in item.events if "sealed" in e.data]
    return render_template("desk/contact.html", item=item, contact=clear, notes=notes), 200
