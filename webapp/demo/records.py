"""Plain records of the generated history. Times are aware UTC; codes, not ids; nothing here knows the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webapp.demo.reviews import ReviewMaker


@dataclass(slots=True)
class DemoEvent:
    """One step of a case, in the words of ``webapp.domain.workflow``; ``actor`` is a user name or None."""

    at: datetime
    event_type: str
    status: str
    role: str
    actor: str | None
    department_code: str
    note: str
    public: bool
    data: dict[str, Any]


@dataclass(slots=True)
class DemoTask:
    """An office called in on a case; codes, not ids."""

    department_code: str
    task: str
    called_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    report: str = ""


@dataclass(slots=True)
class DemoRequest:
    """A request with its whole casework. ``key`` is its place in the history; ``number`` its tracking number."""

    key: int
    number: str
    secret: str
    group: str
    theme: str
    category_code: str
    request_type: str
    urgency: str
    text: str
    channel: str
    received_at: datetime
    area_code: str
    address: str
    latitude: float | None
    longitude: float | None
    service_code: str
    department_code: str
    identity: str
    contact_name: str
    contact_phone: str
    due_at: datetime
    status: str = "received"
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    responded_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    supervised_at: datetime | None = None
    extended: bool = False
    asked_code: str | None = None
    paused_at: datetime | None = None
    pause_ends_at: datetime | None = None
    paused_s: int = 0
    tasks: list[DemoTask] = field(default_factory=list)
    reopened_count: int = 0
    objection_count: int = 0
    transfer_count: int = 0
    contacted: bool | None = None
    solved: str | None = None
    satisfied: int | None = None
    unreached: bool = False
    merged_into: int | None = None
    returns_to: int | None = None
    returned: bool = False
    merged_count: int = 0
    supporters: list[str] = field(default_factory=list)
    events: list[DemoEvent] = field(default_factory=list)
    story: str = ""


@dataclass(slots=True)
class DemoRectification:
    """What a bad review started; None where a step has not happened yet."""

    opened_at: datetime
    verified_at: datetime | None = None
    rectified_at: datetime | None = None
    measure: str = ""
    followed_up_at: datetime | None = None
    satisfied: int | None = None


@dataclass(slots=True)
class DemoReview:
    """A review. ``rating`` None: words without stars. ``request_key`` links the case it is about, if any."""

    number: str
    service_code: str
    department_code: str
    area_code: str
    channel: str
    scope: str
    rating: int | None
    tags: list[str]
    comment: str
    is_default: bool
    identity: str
    use_key: str
    created_at: datetime
    reply: str = ""
    replied_at: datetime | None = None
    request_key: int | None = None
    rectification: DemoRectification | None = None
    story: str = ""


@dataclass(slots=True)
class History:
    """Everything that happened until ``now``, oldest first; ``more`` reviews are too many to hold, and left to draw."""

    now: datetime
    requests: list[DemoRequest]
    reviews: list[DemoReview]
    reviewer: ReviewMaker
    more: int = 0
