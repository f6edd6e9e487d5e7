"""``/grid/<number>``: one request of the own grid, the steps that the table allows here, and "is it fixed"."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.workflow import (
    Action,
    NoteRequired,
    Role,
    RoleNotAllowed,
    Status,
    WorkflowError,
    allowed_actions,
)
from webapp.errors import Conflict, Forbidden, InvalidInput, MinpingError, wants_json
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries import grid as queries
from webapp.queries import places
from webapp.queries.grid import Ask
from webapp.security import staff
from webapp.services import contacts, grid, grid_report
from webapp.services.actor import Actor
from webapp.services.grid import FieldStep
from webapp.views.filters import masked
from webapp.views.grid import bp, maps
from webapp.views.grid.presenting import history, own_area, steps
from webapp.views.grid.reading import done, uploads


@bp.get("/<number>")
@staff(Permission.USE_GRID)
def case(number: str) -> Any:
    """One request."""
    return _page(grid.open_case(number, Actor.of(current_user)))


@bp.post("/<number>/act")
@staff(Permission.USE_GRID)
def act(number: str) -> Any:
    """Accept, resolve, reply or note; what was typed comes back when it cannot be done."""
    form = request.form
    action = form.get("action", "")
    return _do(number, Action(action) if action in tuple(Action) else Action.SUPPLEMENT)


@bp.post("/<number>/verify")
@staff(Permission.USE_GRID)
def verify(number: str) -> Any:
    """What was seen at the place after the department's answer."""
    return _do(number, Action.VERIFY)


@bp.post("/<number>/contact")
@staff(Permission.USE_GRID)
def contact(number: str) -> str:
    """The contact in the clear, once; the look is recorded first. Never kept on the phone."""
    actor = Actor.of(current_user)
    item = grid.open_case(number, actor)
    return render_template("grid/contact.html", item=item, contact=contacts.unmask(item, actor))


def _do(number: str, action: Action) -> Any:
    form = request.form
    step = FieldStep(
        action, form.get("client_id", ""), form.get("note", ""), uploads("photos"), form.get("verdict", ""),
        form.get("seen", type=int),
    )  # fmt: skip
    try:
        event = grid.act(number, step, Actor.of(current_user))
    except (MinpingError, WorkflowError) as error:
        return _refused(number, _problem(error), action)
    code = event.request.service_request_id
    return done(url_for("grid.case", number=code, sent=action.value), number=code)


def _problem(error: MinpingError | WorkflowError) -> MinpingError:
    """The workflow's refusals in words for somebody at the place."""
    if isinstance(error, NoteRequired):
        return InvalidInput(_("请写一句现场的情况。"), "note")
    if isinstance(error, RoleNotAllowed):
        return Forbidden(_("您的岗位不能做这一步操作。"))
    return Conflict(grid.moved()) if isinstance(error, WorkflowError) else error


def _refused(number: str, problem: MinpingError, action: Action) -> Any:
    db.session.rollback()
    if wants_json():
        raise problem
    item = grid.open_case(number, Actor.of(current_user))
    typed = {**request.form.to_dict(), "action": action.value}
    return _page(item, typed, problem.message), problem.status


def _page(item: ServiceRequest, typed: dict[str, str] | None = None, error: str = "") -> str:
    task, area = queries.task_of(item, current_user), own_area()
    open_to = allowed_actions(Status(item.status), Role.GRID_WORKER)
    return render_template(
        "grid/case.html", item=item, task=task, events=history(item), typed=typed or {}, error=error,
        steps=steps(open_to, Status(item.status)), asks_look=task.ask is Ask.VERIFY, handles=task.ask is Ask.HANDLE,
        may_verify=Action.VERIFY in open_to and not _answered_by_me(item), area_line=places.line_of(item.area),
        map=maps.of_request(area, item) if area else None, contact=contacts.masked(item),
        has_hidden=bool(item.contact_phone or item.contact_name) or masked(item.text) != item.text,
        client_id=partial(secrets.token_hex, 16), sent=request.args.get("sent", ""), joined=queries.joined_reports(item),
        handled=grid_report.handled_at_once(item), photo_limit=current_app.config["PHOTO_LIMIT"],
    )  # fmt: skip


def _answered_by_me(item: ServiceRequest) -> bool:
    answers = [event for event in item.events if event.event_type == "resolved"]
    return bool(answers) and answers[-1].user_id == current_user.id
