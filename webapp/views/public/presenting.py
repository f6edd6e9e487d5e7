"""How a case looks to its resident and to the public: plain words, public events only, no staff names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from webapp.domain.rating import RATING_LABELS
from webapp.domain.workflow import EventType, Role, Status
from webapp.models import RequestEvent, ServiceRequest
from webapp.views.answers import with_answers

Mask = Callable[[str], str]
STATUS_TONES = {
    Status.RESOLVED: "warn", Status.CLOSED: "good", Status.REOPENED: "warn", Status.OBJECTED: "warn",
    Status.ACCEPTED: "info", Status.ASSIGNED: "info", Status.RECEIVED: "info", Status.FOLLOWED_UP: "info",
}  # fmt: skip
_EVENT_TONES = {
    EventType.RESOLVED: "good", EventType.CLOSED: "good", EventType.REPLIED: "info", EventType.REOPENED: "warn",
    EventType.SUPERVISED: "warn", EventType.EXTENDED: "warn", EventType.OBJECTED: "warn",
}  # fmt: skip
_BY_ITSELF = (EventType.REOPENED, EventType.CLOSED)
# The stations that the page shows as done, current or to come.
_STATIONS = (
    frozenset({Status.RECEIVED}),
    frozenset({Status.ASSIGNED, Status.OBJECTED}),
    frozenset({Status.ACCEPTED, Status.REOPENED}),
    frozenset({Status.RESOLVED, Status.FOLLOWED_UP}),
    frozenset({Status.CLOSED}),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the timeline."""

    at: datetime
    title: str
    who: str = ""
    note: str = ""
    tone: str = ""


def entries(request: ServiceRequest, mask: Mask | None = None) -> list[Entry]:
    """The public events, newest first. ``mask`` hides personal data; the reporter sees their own words as they are."""
    return [_entry(e, mask or str) for e in reversed(request.events) if e.public]


def _entry(event: RequestEvent, mask: Mask) -> Entry:
    kind = EventType(event.event_type)
    return Entry(
        event.at,
        _(kind.label),
        _who(event, kind),
        with_answers(event, mask(event.note)),
        _EVENT_TONES.get(kind, ""),
    )


def _who(event: RequestEvent, kind: EventType) -> str:
    if event.role == Role.RESIDENT:
        return "" if kind is EventType.RECEIVED else _("反映人")
    # What follows from the resident's word or silence is not the department's doing, though it bears its name.
    if event.department is None or (event.role == Role.SYSTEM and kind in _BY_ITSELF):
        return ""
    return event.department.name


def tone(status: str) -> str:
    """The badge of a status."""
    return STATUS_TONES.get(Status(status), "")


def stations(status: str) -> list[tuple[str, str]]:
    """The way of an ordinary case as (text, "done" | "now" | ""); empty for cases that left it (merged, out of scope)."""
    texts = (_("已收到"), _("已派单"), _("办理中"), _("已答复"), _("已结案"))
    here = next((i for i, group in enumerate(_STATIONS) if Status(status) in group), None)
    if here is None:
        return []
    last = len(texts) - 1
    return [
        (text, "done" if i < here or here == last else "now" if i == here else "")
        for i, text in enumerate(texts)
    ]


def rating_levels() -> list[tuple[int, str]]:
    """(level, translated name), best first."""
    return [(int(level), _(text)) for level, text in RATING_LABELS.items()]
