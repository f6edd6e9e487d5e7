"""How a case looks to its resident and to the public: plain words, public events only, no staff names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from webapp.domain.deadlines import ClockState
from webapp.domain.rating import RATING_LABELS
from webapp.domain.workflow import REPORTER_EVENTS, EventType, Role, Status
from webapp.models import Attachment, RequestEvent, ServiceRequest
from webapp.queries import deadlines, joint
from webapp.queries.sealed import clear_note
from webapp.views.answers import department_names, title_of, with_answers

Mask = Callable[[str], str]
STATUS_TONES = {
    Status.RESOLVED: "warn", Status.CLOSED: "good", Status.REOPENED: "warn", Status.OBJECTED: "warn",
    Status.PAUSED: "warn", Status.ACCEPTED: "info", Status.ASSIGNED: "info", Status.RECEIVED: "info", Status.FOLLOWED_UP: "info",
}  # fmt: skip
_EVENT_TONES = {
    EventType.RESOLVED: "good", EventType.CLOSED: "good", EventType.REPLIED: "info", EventType.REOPENED: "warn",
    EventType.SUPERVISED: "warn", EventType.EXTENDED: "warn", EventType.OBJECTED: "warn", EventType.PAUSED: "warn",
    EventType.JOINT_REPORTED: "info", EventType.VERIFIED: "info",
}  # fmt: skip
_BY_ITSELF = (EventType.REOPENED, EventType.CLOSED, EventType.RESUMED)
# The stations that the page shows as done, current or to come.
_STATIONS = (
    frozenset({Status.RECEIVED}),
    frozenset({Status.ASSIGNED, Status.OBJECTED}),
    frozenset({Status.ACCEPTED, Status.PAUSED, Status.REOPENED}),
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
    photos: tuple[Attachment, ...] = ()


def entries(request: ServiceRequest, mask: Mask | None = None) -> list[Entry]:
    """The public events, newest first. ``mask`` hides personal data; the reporter sees their own words as they are.

    Without ``mask`` it is the reporter who reads, and sees what concerns them alone (:data:`REPORTER_EVENTS`), and the
    photos of a step: nothing on them can be masked.
    """
    own = REPORTER_EVENTS if mask is None else frozenset()
    shown = [e for e in request.events if e.public or e.event_type in own]
    names = department_names(shown)
    return [_entry(e, mask, names, photos=mask is None) for e in reversed(shown)]


def late_mark(request: ServiceRequest) -> tuple[str, str]:
    """(text, tone) of the mark that everybody sees on an answer that is or was late, or ("", "")."""
    if request.status in (Status.MERGED, Status.OUT_OF_SCOPE):
        return "", ""
    state = deadlines.clock_of(request)
    if state is ClockState.OVERDUE:
        return _("已超期"), "bad"
    return (_("超期答复"), "warn") if state is ClockState.LATE else ("", "")


def why_paused(request: ServiceRequest) -> str:
    """What the office waits for while the clock stands still; "" when it does not."""
    if request.status != Status.PAUSED:
        return ""
    asked = [clear_note(e) for e in request.events if e.event_type == EventType.PAUSED]
    return asked[-1] if asked else ""


def helpers(request: ServiceRequest) -> list[str]:
    """Names of the offices that are called in and still at work on it."""
    return joint.offices_at_work([request.id]).get(request.id, [])


def _entry(event: RequestEvent, mask: Mask | None, names: dict[str, str], photos: bool) -> Entry:
    kind = EventType(event.event_type)
    return Entry(
        event.at,
        title_of(event, names),
        _who(event, kind),
        with_answers(event, mask(event.note) if mask else clear_note(event)),
        _EVENT_TONES.get(kind, ""),
        tuple(event.photos) if photos else (),
    )


def _who(event: RequestEvent, kind: EventType) -> str:
    if event.role == Role.RESIDENT:
        return "" if kind is EventType.RECEIVED else _("反映人")
    # Whoever looked at the place is not the department that is looked at.
    if event.role == Role.GRID_WORKER and kind in (EventType.RECEIVED, EventType.VERIFIED):
        return _(Role.GRID_WORKER.label)
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
