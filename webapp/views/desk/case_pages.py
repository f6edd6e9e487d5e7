"""Pages beside one case: files by staff, and the case on paper."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.errors import InvalidInput, MinpingError
from webapp.models import utcnow
from webapp.security import staff
from webapp.services import case_files, looks
from webapp.services.actor import Actor
from webapp.views.desk import bp
from webapp.views.desk.cases import find_case, refused
from webapp.views.desk.presenting import timeline
from webapp.views.files import served


@bp.post("/requests/<number>/files")
@staff(Permission.EDIT_CASE)
def add_file(number: str) -> Any:
    """Add a photo or PDF."""
    item, sent = find_case(number), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput(_("请选择要上传的文件。"), "file")
        public = request.form.get("public") == "1"
        case_files.add(item.service_request_id, sent.stream, sent.filename, public, Actor.of(current_user))
    except MinpingError as problem:
        return refused(number, problem.message, problem.status)
    flash(_("附件已上传。"), "success")
    return redirect(url_for("desk.case", number=number) + "#files")


@bp.post("/requests/<number>/files/<int(max=2147483647):file_id>/remove")
@staff(Permission.EDIT_CASE)
def remove_file(number: str, file_id: int) -> Any:
    """Take one's own file away again."""
    case_files.remove(find_case(number).service_request_id, file_id, Actor.of(current_user))
    flash(_("附件已删除。"), "success")
    return redirect(url_for("desk.case", number=number) + "#files")


@bp.get("/requests/<number>/files/<int(max=2147483647):file_id>")
@staff(Permission.SEE_CASE)
def file(number: str, file_id: int) -> Response:
    """A file of a case that this person may see."""
    return served(case_files.find(find_case(number), file_id))


@bp.get("/requests/<number>/print")
@staff(Permission.SEE_CASE)
def print_case(number: str) -> str:
    """A case on paper: personal data starred out, and the print noted in the audit trail."""
    item = find_case(number)
    looks.printed(current_user, item)
    return render_template(
        "desk/print.html", item=item, events=timeline(item.events), now=utcnow(), files=case_files.of(item)
    )
