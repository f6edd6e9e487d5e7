"""Complaints about an office: a dispatcher protects one that was not recognised, or lifts a protection."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.errors import MinpingError
from webapp.security import staff
from webapp.services import casework, conduct
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.desk.cases import find_case, refused


@bp.post("/requests/<number>/protect")
@staff(Permission.PROTECT_CASE)
def protect(number: str) -> Any:
    """It is a complaint about the chosen department: hide it from there."""
    item = find_case(number)
    try:
        conduct.protect(
            item, request.form.get("reported_code", ""), request.form.get("note", ""), Actor.of(current_user)
        )
    except MinpingError as problem:
        return refused(number, problem.message, problem.status)
    flash(_("已保护：被投诉的单位看不到这件诉求，由「%(name)s」办理。", name=item.department.name), "success")
    return _back(number)


@bp.post("/requests/<number>/unprotect")
@staff(Permission.PROTECT_CASE)
def unprotect(number: str) -> Any:
    """It was none."""
    item = find_case(number)
    try:
        conduct.lift(item, request.form.get("note", ""), Actor.of(current_user))
    except MinpingError as problem:
        return refused(number, problem.message, problem.status)
    flash(_("已解除保护，可以派给责任单位。"), "success")
    return _back(number)


def _back(number: str) -> Any:
    if casework.may_see(casework.find(number), Actor.of(current_user)):
        return redirect(url_for("desk.case", number=number))
    return redirect(url_for("desk.queue"))
