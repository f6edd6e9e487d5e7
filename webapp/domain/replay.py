"""What the public sees of a request, derived from its events alone.

The stored row is a convenience: it must say what the events say. ``replay`` is pure, so that a test, an operator's
command or another party with the exported events can check it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Protocol

from webapp.domain.workflow import EventType, Status


class StoredEvent(Protocol):
    """What replaying needs of an event."""

    @property
    def at(self) -> datetime: ...
    @property
    def event_type(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PublicState:
    """A request as its public page shows it; codes, not ids.

    ``department`` answers for it; ``asked`` has been asked to take it over and has not accepted yet. ``joint``: offices
    called in that have not reported. ``answered_at``: the last answer, also of a case reopened since; no row holds it.
    ``filed`` says whether the events tell where it was filed (those of requests that were stored before events did so
    do not): else ``category`` to ``due`` are not known.
    """

    status: str = Status.RECEIVED.value
    filed: bool = False
    category: str | None = None
    area: str | None = None
    urgency: str = ""
    request_type: str = ""
    department: str | None = None
    due: datetime | None = None
    asked: str | None = None
    pause_ends_at: datetime | None = None
    extended: bool = False
    resolved_at: datetime | None = None
    answered_at: datetime | None = field(default=None, compare=False)
    closed_at: datetime | None = None
    reopened: int = 0
    supervised_at: datetime | None = None
    solved: str | None = None
    satisfied: int | None = None
    merged_into: str | None = None
    joint: frozenset[str] = frozenset()

    def differences(self, stored: PublicState) -> list[str]:
        """Names of the fields in which a stored row differs from this replay, as far as the events know them."""
        unknown = (
            ()
            if self.filed
            else ("filed", "category", "area", "urgency", "request_type", "department", "due")
        )
        return [
            f.name
            for f in fields(self)
            if f.compare and f.name not in unknown and getattr(self, f.name) != getattr(stored, f.name)
        ]


def _moment(data: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(data[name]) if data.get(name) else None


def _facts(state: PublicState, data: Mapping[str, Any]) -> PublicState:
    facts = data.get("facts")
    if not facts:
        return state
    return replace(
        state, filed=True, category=facts["category"], area=facts["area"], urgency=facts["urgency"],
        request_type=facts["request_type"], department=facts["department"], due=_moment(facts, "due"),
    )  # fmt: skip


def _handed(state: PublicState, event: StoredEvent, before: str) -> PublicState:
    """A department is asked. The first one is responsible at once; a later one when it accepts (首接负责)."""
    wanted = event.data.get("department")
    # A complaint about the office that had it leaves that office at once.
    if event.data.get("protected") or before in (Status.RECEIVED, Status.OUT_OF_SCOPE):
        return replace(state, department=wanted, asked=None)
    return replace(state, asked=None if wanted == state.department else wanted)


def _step(state: PublicState, event: StoredEvent, before: str) -> PublicState:
    kind, data = EventType(event.event_type), event.data
    match kind:
        case EventType.ASSIGNED | EventType.TRANSFERRED | EventType.OBJECTION_GRANTED:
            return _handed(state, event, before)
        case EventType.ACCEPTED:
            return replace(state, department=data.get("department", state.department), asked=None)
        case EventType.EXTENDED:
            return replace(state, extended=True)
        case EventType.PAUSED:
            return replace(state, pause_ends_at=_moment(data, "until"))
        case EventType.RESOLVED:
            return replace(state, resolved_at=event.at, answered_at=event.at)
        case EventType.FOLLOWED_UP:
            return _word(state, data, before)
        case EventType.CLOSED:
            return replace(state, closed_at=event.at)
        case EventType.REOPENED:
            return replace(state, reopened=state.reopened + 1, resolved_at=None, closed_at=None)
        case EventType.SUPERVISED:
            return replace(state, supervised_at=event.at)
        case EventType.MERGED:
            return replace(state, merged_into=data.get("into"))
        case EventType.UNMERGED:
            return replace(state, merged_into=None)
        case _:
            return _corrected(_joint(state, kind, data), kind, data)


def _word(state: PublicState, data: Mapping[str, Any], before: str) -> PublicState:
    """The resident's word; one that replaces an earlier "not solved" takes the reopening back with it."""
    if before == Status.REOPENED:
        state = replace(state, reopened=state.reopened - 1, resolved_at=state.answered_at)
    return replace(state, solved=data.get("solved"), satisfied=data.get("satisfied"))


def _joint(state: PublicState, kind: EventType, data: Mapping[str, Any]) -> PublicState:
    office = frozenset([str(data["department"])] if data.get("department") else [])
    if kind is EventType.CALLED_IN:
        return replace(state, joint=state.joint | office)
    if kind in (EventType.JOINT_REPORTED, EventType.CALLED_OFF):
        return replace(state, joint=state.joint - office)
    return state


def _corrected(state: PublicState, kind: EventType, data: Mapping[str, Any]) -> PublicState:
    match kind:
        case EventType.CATEGORY_CORRECTED:
            return replace(state, category=data["to"])
        case EventType.AREA_CORRECTED:
            return replace(state, area=data["to"])
        case EventType.TYPE_CORRECTED:
            return replace(state, request_type=data["to"])
        case EventType.URGENCY_CORRECTED:
            return replace(state, urgency=data["to"])
        case _:
            return state


def replay(events: Iterable[StoredEvent]) -> PublicState:
    """The public state after ``events`` (oldest first). Raises KeyError or ValueError for events that are damaged."""
    state = PublicState()
    for event in events:
        before = state.status
        state = _step(_facts(state, event.data), event, before)
        if event.status != Status.PAUSED:
            state = replace(state, pause_ends_at=None)
        if event.status in (Status.MERGED, Status.OUT_OF_SCOPE):
            state = replace(state, asked=None)
        if event.status in (Status.RESOLVED, Status.MERGED, Status.CLOSED):
            state = replace(state, joint=frozenset())
        state = replace(state, status=event.status, due=_moment(event.data, "due") or state.due)
    return state
