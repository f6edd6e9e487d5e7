"""The three questions of a follow-up (contacted, solved, satisfied) as every form sends them: page, link, call."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from webapp.domain.rating import Rating
from webapp.domain.workflow import Solved
from webapp.services.follow_up import SELF, FollowUp

MAX_NOTE = 2000


def read(
    form: Mapping[str, str], max_note: int = MAX_NOTE, through: str = SELF
) -> tuple[FollowUp | None, dict[str, str]]:
    """The answers, or None and by field what is missing or too long (``max_note`` characters). Nothing is cut off."""
    errors = {}
    if form.get("contacted") not in ("yes", "no"):
        errors["contacted"] = _("请选择承办单位是否联系过您。")
    if form.get("solved") not in tuple(Solved):
        errors["solved"] = _("请选择问题是否解决。")
    if form.get("satisfied") not in {str(level.value) for level in Rating}:
        errors["satisfied"] = _("请选择满意程度。")
    note = form.get("note", "").strip()
    if len(note) > max_note:
        errors["note"] = _("内容太长了，请控制在 %(limit)s 字以内。", limit=max_note)
    if errors:
        return None, errors
    return FollowUp(
        form["contacted"] == "yes", Solved(form["solved"]), int(form["satisfied"]), note, through
    ), {}
