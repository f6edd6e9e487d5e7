"""The resident's word in a follow-up, in one line: for the timelines of residents and of staff."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.domain.rating import RATING_LABELS, Rating
from webapp.domain.workflow import EventType, Solved
from webapp.models import RequestEvent


def with_answers(event: RequestEvent, note: str) -> str:
    """``note`` under what the resident answered to the three questions; ``note`` itself for any other event."""
    words = event.data or {}
    if event.event_type != EventType.FOLLOWED_UP or words.get("solved") not in tuple(Solved):
        return note
    parts = [_("联系过") if words.get("contacted") else _("没有联系"), _(Solved(words["solved"]).label)]
    if words.get("satisfied") in tuple(Rating):
        parts.append(_(RATING_LABELS[Rating(words["satisfied"])]))
    line = _("、").join(parts)
    return f"{line}\n{note}" if note else line
