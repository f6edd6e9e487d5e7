"""``/desk/requests/<number>``: one case, and every step that the workflow allows here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

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
    allowed_actions,
)
from webapp.errors import MinpingError, NotFound
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries import desk as queries
from webapp.security import DESK_ROLES, staff
from webapp.services import casework, contacts, corrections, follow_up
from webapp.services.actor import Actor
from webapp.services.similar import same_trouble
from webapp.views.desk import bp
from webapp.views.desk.presenting import (
    ACTION_FIELDS,
    ACTION_HINTS,
    ACTION_ORDER,
    REQUEST_TYPES,
    URGENCIES,
    read_area,
    timeline,
)
from webapp.views.filters import masked

VIEWERS = (*DESK_ROLES, Role.OFFICIAL, Role.AUDITOR, Role.ADMIN)


def _case(number: str) -> ServiceRequest:
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


def _levels(item: ServiceRequest) -> list[tuple[str, str]]:
    """The other levels of urgency that this member of staff may set."""
    levels = corrections.levels_open_to(item, Role(current_user.role))
    return [(level, _(URGENCIES[level])) for level in levels if level != item.urgency]


def _render(
    item: ServiceRequest, typed: dict[str, Any] | None = None, error: str = "", status: int = 200
) -> Any:
    actor = Actor.of(current_user)
    handles = casework.may_handle(item, actor)
    similar = same_trouble(item.text, item.area, exclude_id=item.id)
    open_to = allowed_actions(Status(item.status), Role(current_user.role)) if handles else ()
    return (
        render_template(
            "desk/case.html",
            item=item,
            contact=contacts.masked(item),
            has_hidden=bool(item.contact_phone or item.contact_name) or masked(item.text) != item.text,
            may_unmask=handles and current_user.role in DESK_ROLES,
            events=timeline(item.events),
            similar=similar,
            # Another department's case is worth knowing of, but only some may open it.
            may_open={hit.request.id for hit in similar if casework.may_see(hit.request, actor)},
            steps=[_step(a, Status(item.status)) for a in ACTION_ORDER if a in open_to],
            may_correct=Action.CORRECT_CATEGORY in open_to,
            read_area=read_area(item),
            areas=queries.area_choices(5) if Action.CORRECT_AREA in open_to else [],
            levels_of_urgency=_levels(item) if Action.CORRECT_URGENCY in open_to else [],
            request_types=[(key, _(text)) for key, text in REQUEST_TYPES.items()],
            may_follow_up=Action.FOLLOW_UP in open_to,
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
@staff(*VIEWERS)
def case(number: str) -> Any:
    """One case."""
    return _render(_case(number))


@bp.post("/requests/<number>/act")
@staff(*VIEWERS)
def act(number: str) -> Any:
    """Do one step. What was typed comes back when it cannot be done."""
    item, form = _case(number), request.form
    try:
        step = casework.Step(
            action=Action(form.get("action", "")),
            note=form.get("note", ""),
            department_code=form.get("department_code") or None,
            category_code=form.get("category_code") or None,
            request_type=form.get("request_type") or None,
            urgency=form.get("urgency") or None,
            area_code=form.get("area_code") or None,
            merge_into=form.get("merge_into", "").strip() or None,
            workdays=form.get("workdays", 5, type=int),
            version=form.get("version", type=int),
        )
        casework.act(number, step, Actor.of(current_user))
    except ValueError:
        return _refused(number, _("没有这一步操作，请从页面上选择。"), 422)
    except MinpingError as problem:
        return _refused(number, problem.message, problem.status)
    except NoteRequired:
        return _refused(number, _("这一步需要写明理由或结果，请填写后再提交。"), 422)
    except RoleNotAllowed:
        return _refused(number, _("您的岗位不能做这一步操作。"), 403)
    except (IllegalTransition, StaleDataError):
        return _refused(number, _("这件诉求的状态已经变化，请看最新进展后再操作；您写的内容还在下面。"), 409)
    flash(_("“%(action)s”已完成。", action=_(step.action.label)), "success")
    # A transferred case is no longer ours to see.
    if casework.may_see(item, Actor.of(current_user)):
        return redirect(url_for("desk.case", number=number))
    return redirect(url_for("desk.queue"))


def _refused(number: str, message: str, status: int) -> Any:
    db.session.rollback()
    return _render(_case(number), request.form.to_dict(), message, status)


@bp.post("/requests/<number>/follow-up")
@staff(*DESK_ROLES)
def record_follow_up(number: str) -> Any:
    """The resident's word, taken down on the phone."""
    item, form = _case(number), request.form
    try:
        reply = follow_up.FollowUp(
            contacted=form.get("contacted") == "1",
            solved=Solved(form.get("solved", "")),
            satisfied=form.get("satisfied", 0, type=int),
            note=form.get("note", ""),
        )
        follow_up.answer(item, reply, Actor.of(current_user))
    except ValueError:
        return _refused(number, _("请选择问题是否解决。"), 422)
    except MinpingError as problem:
        return _refused(number, problem.message, problem.status)
    except (IllegalTransition, RoleNotAllowed, StaleDataError):
        return _refused(number, _("这件诉求现在不能登记回访，请看最新进展。"), 409)
    flash(_("回访结果已登记。"), "success")
    return redirect(url_for("desk.case", number=number))


@bp.post("/requests/<number>/contact")
@staff(*DESK_ROLES)
def contact(number: str) -> tuple[str, int] | Response:
    """Show the contact in the clear, once; the look is recorded first."""
    item = _case(number)
    actor = Actor.of(current_user)
    if not casework.may_handle(item, actor):
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    clear = contacts.unmask(item, actor)
    return render_template("desk/contact.html", item=item, contact=clear), 200
