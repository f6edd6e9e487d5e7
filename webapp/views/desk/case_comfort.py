"""What makes one case comfortable: reply templates, files by staff, mentions, what was seen."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.domain.workflow import Action
from webapp.errors import InvalidInput
from webapp.models import RequestEvent, ServiceRequest
from webapp.queries import reply_templates as templates
from webapp.security import has
from webapp.services import case_files, casework, looks, mentions, reply_templates
from webapp.services.actor import Actor

# Steps whose words a template may give.
WRITTEN = (
    Action.REPLY,
    Action.RESOLVE,
    Action.MARK_OUT_OF_SCOPE,
    Action.TRANSFER,
    Action.OBJECT,
    Action.ADD_NOTE,
)


def context(item: ServiceRequest, actor: Actor) -> dict[str, Any]:
    """What the case's page shows of all this."""
    canned = []
    for template in templates.fitting(current_user, item):
        try:
            canned.append((template.id, template.title, reply_templates.filled(template.body, item)))
        except InvalidInput:
            # Its placeholders are older than the present ones: whoever keeps it sees that when they save it.
            continue
    return {
        "canned": canned,
        "written": [action.value for action in WRITTEN],
        "files": case_files.of(item),
        "may_add_file": casework.may_handle(item, actor) and has(Permission.EDIT_CASE),
        "max_file_mb": case_files.MAX_BYTES // 1024**2,
    }


def seen(item: ServiceRequest) -> None:
    """Note that the case was looked at as it is now."""
    looks.look(current_user, item)


def prefilled(item: ServiceRequest) -> dict[str, Any] | None:
    """Without JavaScript a template is a link that opens the step with its words (``?template=3&step=reply``)."""
    number, step = request.args.get("template", type=int), request.args.get("step", "")
    for template in templates.fitting(current_user, item) if number else ():
        if template.id == number and step in tuple(Action):
            return {"action": step, "note": reply_templates.filled(template.body, item)}
    return None


def note_of(item: ServiceRequest) -> str:
    """What was written, with placeholders filled in. Raises ``InvalidInput`` for what cannot be."""
    note = request.form.get("note", "")
    return reply_templates.filled(note, item) if "{{" in note or "}}" in note else note


def tell_unreached(event: RequestEvent) -> None:
    """Say so where an @ reached nobody: the note is stored all the same."""
    if missing := mentions.not_reached(event):
        names = "、".join(f"@{name}" for name in missing)
        flash(_("没有提醒到：%(names)s。可能姓名不对，或对方不能看这件诉求。", names=names), "warning")
