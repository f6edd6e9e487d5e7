"""诉求 / 工单: what a resident asked for, everything that happened to it, and its attachments."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.domain.workflow import GENESIS_HASH
from webapp.models.area import Area, Department
from webapp.models.base import Model, UtcDateTime, fact, sealed, utcnow
from webapp.models.catalog import Category, Service
from webapp.models.staff import User

if TYPE_CHECKING:
    from webapp.models.privacy import SealedNote


class ServiceRequest(Model):
    """A problem, question, suggestion or thanks (Open311's ``service_request_id`` is the tracking number).

    Scores of the language layer are integers in thousandths so that roll-ups stay exact.
    ``version`` is the optimistic lock: of two clerks who save at once, one gets a conflict, never a lost update.
    """

    __tablename__ = "service_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_request_id: Mapped[str] = mapped_column(String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    # Head of the chain of events: the next event needs no look-up, and a chain cut off at its end is noticed.
    event_count: Mapped[int] = mapped_column(default=0)
    event_head: Mapped[str] = mapped_column(String(64), default=GENESIS_HASH)

    channel: Mapped[str] = fact(String(16), index=True)
    text: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(String(120), default="")
    status: Mapped[str] = fact(String(16), default="received")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    received_day: Mapped[date] = fact(Date)
    is_public: Mapped[bool] = mapped_column(default=True)

    # Where, and whose
    area_id: Mapped[int] = fact(ForeignKey("areas.id"))
    address: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    category_id: Mapped[int | None] = fact(ForeignKey("categories.id"))
    service_id: Mapped[int | None] = fact(ForeignKey("services.id"))
    department_id: Mapped[int] = fact(ForeignKey("departments.id"))

    # Asked to take the case over; until it accepts, ``department_id`` stays responsible (首接负责).
    asked_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)

    # Who: a keyed hash to recognise the same person, and encrypted contact fields, shown only on unmasking
    identity: Mapped[str | None] = mapped_column(String(64), index=True)
    contact_name: Mapped[str | None] = sealed()
    contact_phone: Mapped[str | None] = sealed()
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)
    # Submitted without any link to a person or a browser
    anonymous: Mapped[bool] = mapped_column(default=False)
    # The consent that was given (webapp.domain.consent); '' where none was, as in imports
    consent_version: Mapped[str] = mapped_column(String(12), default="")
    # Of the fingerprint of the words in the chain; gone once the words are masked for good
    words_salt: Mapped[str] = mapped_column(String(32), default="")
    words_masked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The department (with those below it) that this is a complaint about: it never sees it
    reported_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)

    # What the language layer read, and whether a person has to look
    request_type: Mapped[str] = fact(String(12), default="")
    urgency: Mapped[str] = fact(String(12), default="normal")
    sentiment: Mapped[int | None]
    anger: Mapped[int | None] = fact()
    needs_human: Mapped[bool] = mapped_column(default=True)
    analysis: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    model: Mapped[str] = mapped_column(String(60), default="")

    # Clock and casework, all stored as facts
    complexity: Mapped[str] = mapped_column(String(12), default="ordinary")
    due_at: Mapped[datetime] = fact(UtcDateTime)
    extended: Mapped[bool] = mapped_column(default=False)
    # While a pause runs, ``due_at`` is the latest that it can make of the deadline (webapp.domain.pauses).
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_s: Mapped[int] = mapped_column(default=0)
    # The highest level (webapp.domain.deadlines.Escalation) that was told of the missed deadline, and when.
    escalated_level: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = fact(UtcDateTime)
    resolved_at: Mapped[datetime | None] = fact(UtcDateTime)
    closed_at: Mapped[datetime | None] = fact(UtcDateTime)
    supervised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_count: Mapped[int] = fact(default=0)
    objection_count: Mapped[int] = fact(default=0)
    transfer_count: Mapped[int] = fact(default=0)
    supporters: Mapped[int] = fact(default=0)
    # 当场办结: reported and answered by the same grid worker, and not asked for anew since
    on_the_spot: Mapped[bool] = fact(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    # The earlier request of the same trouble in the same place that this one shows was not really solved.
    returns_to_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    returned: Mapped[bool] = fact(default=False)

    # The resident's word (follow-up): None means nobody has heard it
    contacted: Mapped[bool | None] = fact()
    solved: Mapped[str | None] = fact(String(8))
    satisfied: Mapped[int | None] = fact()
    unreached: Mapped[bool] = fact(default=False)
    # When it was given, and how it was obtained: "self", "phone" (a call in the course of the case), "sample" (drawn).
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heard_through: Mapped[str | None] = mapped_column(String(8))
    # The satisfaction (5…1) told to a caller by one who was drawn at random: a sample is what it was, whatever they say later.
    sampled: Mapped[int | None] = fact()
    # What a grid worker saw at the place since the last answer (workflow.Verdict); None: nobody looked
    verdict: Mapped[str | None] = mapped_column(String(12))

    # Where it came from when imported
    source: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[str | None] = mapped_column(String(80))

    area: Mapped[Area] = relationship()
    category: Mapped[Category | None] = relationship()
    service: Mapped[Service | None] = relationship()
    department: Mapped[Department] = relationship(foreign_keys=[department_id])
    asked_department: Mapped[Department | None] = relationship(foreign_keys=[asked_department_id])
    reported_department: Mapped[Department | None] = relationship(foreign_keys=[reported_department_id])
    merged_into: Mapped[ServiceRequest | None] = relationship(remote_side=[id], foreign_keys=[merged_into_id])
    events: Mapped[list[RequestEvent]] = relationship(
        back_populates="request", order_by="RequestEvent.sequence"
    )
    # Photos that came with the report; those of a later step belong to its event.
    attachments: Mapped[list[Attachment]] = relationship(
        back_populates="request",
        primaryjoin="and_(ServiceRequest.id == Attachment.request_id, Attachment.event_id.is_(None))",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        # The desk's queue: one department, one status, next deadline first.
        Index("ix_requests_queue", "department_id", "status", "due_at"),
        Index("ix_requests_status_due", "status", "due_at"),
        Index("ix_requests_department_received", "department_id", "received_at"),
        Index("ix_requests_received", "received_at"),
        Index("ix_requests_category_area", "category_id", "area_id", "received_at"),
        Index("ix_requests_area_received", "area_id", "received_at"),
        Index("ix_requests_service_received", "service_id", "received_at"),
        # Who was heard lately, and how.
        Index("ix_requests_heard", "heard_at", "heard_through"),
    )


class RequestEvent(Model):
    """One step in the life of a request: append-only, hash-chained per request.

    ``public`` events are what the resident and the public see (never staff names or personal data). ``note`` is masked
    when it is written: the chain cannot be rewritten, so it must never hold what a person may ask to have deleted.
    """

    __tablename__ = "request_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"))
    sequence: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event_type: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    public: Mapped[bool] = mapped_column(default=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    request: Mapped[ServiceRequest] = relationship(back_populates="events")
    department: Mapped[Department | None] = relationship()
    user: Mapped[User | None] = relationship()
    photos: Mapped[list[Attachment]] = relationship(back_populates="event", order_by="Attachment.id")
    sealed_note: Mapped[SealedNote | None] = relationship(back_populates="event")

    __table_args__ = (UniqueConstraint("request_id", "sequence"),)


class Attachment(Model):
    """A photo, re-encoded on arrival (so that position and camera data are gone). The file is ``<sha256>.jpg``.

    One sent in a chat belongs to its message, and to no request until the resident has filed one. One taken for a later
    step (after the repair, on a look at the place) belongs to the request and to the event of that step.
    """

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("chat_messages.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("request_events.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    request: Mapped[ServiceRequest | None] = relationship(back_populates="attachments")
    event: Mapped[RequestEvent | None] = relationship(back_populates="photos")


class Support(Model):
    """我也遇到: one person's support of a request, counted once."""

    __tablename__ = "supports"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"))
    identity: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    __table_args__ = (UniqueConstraint("request_id", "identity"),)


class Correction(Model):
    """A person's correction of what the language layer said: the training data of the city's own model."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    predicted: Mapped[str] = mapped_column(String(40))
    corrected: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
