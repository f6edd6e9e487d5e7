"""``/desk/bulk``: one step on many cases, shown before it is done, with a result for each."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput
from webapp.queries import desk as queries
from webapp.queries import reply_templates
from webapp.security import staff
from webapp.services import bulk
from webapp.services import reply_templates as service
from webapp.services.actor import Actor
from webapp.views.desk import bp

# What has nothing to fill in goes straight to the last look.
BARE = ("accept",)


@bp.post("/bulk")
@staff(Permission.EDIT_CASE)
def bulk_step() -> Any:
    """First what to write, then what will happen to each case, then what happened (``stage``)."""
    form, actor = request.form, Actor.of(current_user)
    kind, stage = form.get("kind", ""), form.get("stage", "choose")
    error, planned = "", []
    try:
        items = bulk.chosen(form.getlist("numbers"), actor)
        if kind not in bulk.kinds_open_to(Role(current_user.role)):
            raise InvalidInput(_("没有这一步操作，请从页面上选择。"))
    except InvalidInput as problem:
        return render_template("desk/bulk.html", error=problem.message, planned=[], kind="", typed=form), 422
    try:
        if stage != "choose":
            _check(kind)
        planned = bulk.plan(items, kind, form.get("note", "") if stage != "choose" else "", actor)
    except InvalidInput as problem:
        error, stage = problem.message, "choose"
        planned = bulk.plan(items, kind, "", actor)
    if stage == "do" and not error:
        done = bulk.carry_out(
            items, kind, form.get("note", ""), form.get("department_code", ""), _versions(), current_user
        )
        return render_template("desk/bulk_done.html", done=done, kind_text=_(bulk.KINDS[kind][0]))
    page = render_template(
        "desk/bulk.html", planned=planned, kind=kind, kind_text=_(bulk.KINDS[kind][0]), error=error, typed=form,
        preview=not error and (stage == "preview" or kind in BARE), departments=queries.department_choices(),
        department=dict(queries.department_choices()).get(form.get("department_code", ""), ""),
        templates=reply_templates.templates_of(current_user), placeholders=service.listed(),
    )  # fmt: skip
    return page, 422 if error else 200


def _check(kind: str) -> None:
    """What every case of this kind needs. Raises ``InvalidInput``."""
    form = request.form
    if kind != "accept" and not form.get("note", "").strip():
        raise InvalidInput(_("请写明内容，再看每件会怎样。"))
    if kind == "assign" and form.get("department_code") not in dict(queries.department_choices()):
        raise InvalidInput(_("请选择要派往的承办单位。"))


def _versions() -> dict[str, int]:
    """Tracking number → the version that the last look showed (``MP…:7``)."""
    pairs = [value.rpartition(":") for value in request.form.getlist("versions")]
    return {
        number: int(version) for number, _colon, version in pairs if version.isdecimal() and len(version) < 10
    }
