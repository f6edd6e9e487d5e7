"""回访抽样: random samples of residents to be called, the calls to make, and every attempt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, utcnow
from webapp.models.service_request import ServiceRequest
from webapp.models.staff import User


class FollowUpSample(Model):
    """One draw. ``rule`` holds all that repeats it with ``seed`` and ``frame`` (department code → tracking numbers)."""

    __tablename__ = "follow_up_samples"

    id: Mapped[int] = mapped_column(primary_key=True)
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seed: Mapped[str] = mapped_column(String(40))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    frame: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    strata: Mapped[dict[str, list[int]]] = mapped_column(JSON)

    drawn_by: Mapped[User | None] = relationship()
    calls: Mapped[list[FollowUpCall]] = relationship(back_populates="sample", order_by="FollowUpCall.place")


class FollowUpCall(Model):
    """A resident to be called about one case; ``state`` is a value of :class:`webapp.domain.calling.CallState`."""

    __tablename__ = "follow_up_calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    sample_id: Mapped[int] = mapped_column(ForeignKey("follow_up_samples.id"))
    # A case is drawn once: nobody is called about the same trouble again and again.
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), unique=True)
    place: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # Who looked at the number last: two people should not call the same resident at once.
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What was said on the phone: a sample is what it was, whatever becomes of the case later.
    contacted: Mapped[bool | None]
    solved: Mapped[str | None] = mapped_column(String(8))
    satisfied: Mapped[int | None]

    sample: Mapped[FollowUpSample] = relationship(back_populates="calls")
    request: Mapped[ServiceRequest] = relationship()
    taken_by: Mapped[User | None] = relationship()
    log: Mapped[list[CallAttempt]] = relationship(back_populates="call", order_by="CallAttempt.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (
        UniqueConstraint("sample_id", "place"),
        Index("ix_follow_up_calls_due", "state", "not_before"),
    )


class CallAttempt(Model):
    """One call that was made, and what came of it. Append-only."""

    __tablename__ = "follow_up_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("follow_up_calls.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")

    call: Mapped[FollowUpCall] = relationship(back_populates="log")
    user: Mapped[User | None] = relationship()
