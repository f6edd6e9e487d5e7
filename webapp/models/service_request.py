"""诉求 / 工单: what a resident asked for, everything that happened to it, and its attachments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.domain.workflow import GENESIS_HASH
from webapp.models.area import Area, Department
from webapp.models.base import Model, UtcDateTime, fact, utcnow
from webapp.models.catalog import Category, Service
from webapp.models.staff import User


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

    # Who: a keyed hash to recognise the same person, and encrypted contact fields, shown only on unmasking
    identity: Mapped[str | None] = mapped_column(String(64), index=True)
    contact_name: Mapped[str | None] = mapped_column(Text)
    contact_phone: Mapped[str | None] = mapped_column(Text)
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)

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
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    # The earlier request of the same trouble in the same place that this one shows was not really solved.
    returns_to_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    returned: Mapped[bool] = fact(default=False)

    # The resident's word (follow-up): None means nobody has heard it
    contacted: Mapped[bool | None] = fact()
    solved: Mapped[str | None] = fact(String(8))
    satisfied: Mapped[int | None] = fact()
    unreached: Mapped[bool] = fact(default=False)

    # Where it came from when imported
    source: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[str | None] = mapped_column(String(80))

    area: Mapped[Area] = relationship()
    category: Mapped[Category | None] = relationship()
    service: Mapped[Service | None] = relationship()
    department: Mapped[Department] = relationship()
    merged_into: Mapped[ServiceRequest | None] = relationship(remote_side=[id], foreign_keys=[merged_into_id])
    events: Mapped[list[RequestEvent]] = relationship(
        back_populates="request", order_by="RequestEvent.sequence"
    )
    attachments: Mapped[list[Attachment]] = relationship(back_populates="request")

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
    )


class RequestEvent(Model):
    """One step in the life of a request: append-only, hash-chained per request.

    ``public`` events are what the resident and the public see (never staff names or personal data).
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

    __table_args__ = (UniqueConstraint("request_id", "sequence"),)


class Attachment(Model):
    """A photo, re-encoded on arrival (so that position and camera data are gone). The file is ``<sha256>.jpg``."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    request: Mapped[ServiceRequest] = relationship(back_populates="attachments")


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
