"""What an event says beyond its note, for the timelines of residents and of staff: to whom, who mediates, the resident's word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from webapp.domain.mediation import MediationKind, Outcome
from webapp.domain.rating import RATING_LABELS, Rating
from webapp.domain.workflow import EventType, Solved, Verdict
from webapp.models import RequestEvent
from webapp.queries import dispatching

# Steps that are about another department than the one that took them.
_ADDRESSED = frozenset(
    {
        EventType.TRANSFERRED, EventType.OBJECTION_GRANTED, EventType.ASSIGNED, EventType.CALLED_IN,
        EventType.CALLED_OFF,
    }
)  # fmt: skip


def department_names(events: Iterable[RequestEvent]) -> dict[str, str]:
    """Names of the departments that the events speak of, by code."""
    codes = {str(e.data["department"]) for e in events if e.data.get("department")}
    return dispatching.department_names(codes | {c for e in events for c in e.data.get("unanswered", ())})


def title_of(event: RequestEvent, names: dict[str, str]) -> str:
    """What happened, and to which department where the step named one."""
    kind = EventType(event.event_type)
    to = names.get(event.data.get("department", ""))
    if kind not in _ADDRESSED or to is None or (event.department and event.department.name == to):
        return _(kind.label)
    return _("%(step)s：%(department)s", step=_(kind.label), department=to)


def with_answers(event: RequestEvent, note: str) -> str:
    """``note`` under what the resident answered to the three questions, what was seen at the place, or who mediates and
    how it ended; ``note`` itself for any other event."""
    words = event.data or {}
    if event.event_type in (EventType.MEDIATION_REFERRED, EventType.MEDIATION_ENDED):
        line = _mediation(words)
    elif event.event_type == EventType.VERIFIED and words.get("verdict") in tuple(Verdict):
        line = _(Verdict(words["verdict"]).label)
    elif event.event_type == EventType.FOLLOWED_UP and words.get("solved") in tuple(Solved):
        line = _three_answers(words)
    else:
        return note
    return f"{line}\n{note}" if note else line


def _three_answers(words: dict[str, Any]) -> str:
    parts = [_("联系过") if words.get("contacted") else _("没有联系"), _(Solved(words["solved"]).label)]
    if words.get("satisfied") in tuple(Rating):
        parts.append(_(RATING_LABELS[Rating(words["satisfied"])]))
    return _("、").join(parts)


def _mediation(words: dict[str, Any]) -> str:
    parts = [_(MediationKind(words["kind"]).label), str(words["body"])]
    if words.get("outcome") in tuple(Outcome):
        parts.append(_(Outcome(words["outcome"]).label))
    return " · ".join(parts)
