"""The public state out of the events alone: each kind of event does what the public page then shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.domain.replay import PublicState, replay

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
FACTS = {
    "category": "0101", "area": "T1", "urgency": "normal", "request_type": "help", "department": "A",
    "due": (START + timedelta(days=7)).isoformat(),
}  # fmt: skip


@dataclass
class Event:
    event_type: str
    status: str
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime = START


RECEIVED = Event("received", "received")
ASSIGNED = Event("assigned", "assigned", {"department": "A", "facts": FACTS})
ACCEPTED = Event("accepted", "accepted", {"department": "A"})
RESOLVED = Event("resolved", "resolved", {}, START + timedelta(days=1))
SAID_NO = Event("followed_up", "followed_up", {"solved": "no", "satisfied": 2})
SAID_YES = Event("followed_up", "followed_up", {"solved": "yes", "satisfied": 4})
REOPENED = Event("reopened", "reopened")
PAUSED = Event("paused", "paused", {"until": (START + timedelta(days=6)).isoformat()})
CALLED = Event("called_in", "accepted", {"department": "B"})


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([RECEIVED], {"status": "received", "filed": False}),
        ([RECEIVED, ASSIGNED], {"status": "assigned", "department": "A", "asked": None, "filed": True}),
        ([RECEIVED, ASSIGNED, ACCEPTED, PAUSED], {"pause_ends_at": START + timedelta(days=6)}),
        ([RECEIVED, ASSIGNED, ACCEPTED, PAUSED, Event("resumed", "accepted")], {"pause_ends_at": None}),
        (
            [RECEIVED, ASSIGNED, Event("transferred", "assigned", {"department": "B"})],
            {"department": "A", "asked": "B"},
        ),
        (
            [RECEIVED, ASSIGNED, Event("transferred", "assigned", {"department": "B"}),
             Event("accepted", "accepted", {"department": "B"})],
            {"department": "B", "asked": None},
        ),
        ([RECEIVED, ASSIGNED, ACCEPTED, CALLED], {"joint": frozenset({"B"})}),
        (
            [RECEIVED, ASSIGNED, ACCEPTED, CALLED, Event("joint_reported", "accepted", {"department": "B"})],
            {"joint": frozenset()},
        ),
        ([RECEIVED, ASSIGNED, ACCEPTED, CALLED, RESOLVED], {"joint": frozenset(), "resolved_at": RESOLVED.at}),
        (
            [RECEIVED, ASSIGNED, ACCEPTED, RESOLVED, Event("reopened", "reopened")],
            {"reopened": 1, "resolved_at": None},
        ),
        (
            # "Not solved" by a slip of the finger, put right: the reopening it led to is taken back.
            [RECEIVED, ASSIGNED, ACCEPTED, RESOLVED, SAID_NO, REOPENED, SAID_YES],
            {"reopened": 0, "resolved_at": RESOLVED.at, "solved": "yes", "satisfied": 4},
        ),
        (
            [RECEIVED, ASSIGNED, ACCEPTED, RESOLVED, SAID_NO, REOPENED, SAID_NO, REOPENED],
            {"reopened": 1, "resolved_at": None, "solved": "no"},
        ),
        (
            [RECEIVED, ASSIGNED, Event("urgency_corrected", "assigned", {"to": "urgent", "due": START.isoformat()})],
            {"urgency": "urgent", "due": START},
        ),
        ([RECEIVED, ASSIGNED, Event("area_corrected", "assigned", {"to": "T2"})], {"area": "T2"}),
        ([RECEIVED, ASSIGNED, Event("merged", "merged", {"into": "MP1"})], {"merged_into": "MP1"}),
        ([RECEIVED, ASSIGNED, Event("out_of_scope", "out_of_scope"),
          Event("assigned", "assigned", {"department": "C"})], {"department": "C", "asked": None}),
    ],
)  # fmt: skip
def test_what_the_events_show(events: list[Event], shown: dict[str, object]) -> None:
    state = replay(events)
    assert {name: getattr(state, name) for name in shown} == shown


def test_what_old_events_do_not_tell_is_not_held_against_the_row() -> None:
    old = replay([RECEIVED, Event("assigned", "assigned", {"department": "A"})])
    stored = PublicState(
        status="assigned", category="0101", area="T1", urgency="urgent", department="A", due=START
    )
    assert old.differences(stored) == []
    assert old.differences(PublicState(status="accepted")) == ["status"]
    new = replay([RECEIVED, ASSIGNED])
    assert "due" in new.differences(stored)
