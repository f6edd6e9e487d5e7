"""What protects people: words that may not stand in the open, and residents' requests about their own data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, sealed, utcnow
from webapp.models.service_request import RequestEvent, ServiceRequest
from webapp.models.staff import User


class SealedNote(Model):
    """The clear words of an event whose ``note`` is stored masked.

    The event's chain holds a salted hash of these words (``data["sealed"]``). Retention deletes the row, and with it
    the salt: the chain still verifies, and nothing can be tried out against the hash that is left.
    """

    __tablename__ = "sealed_notes"

    event_id: Mapped[int] = mapped_column(ForeignKey("request_events.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = sealed()

    event: Mapped[RequestEvent] = relationship(back_populates="sealed_note")


class DataRequest(Model):
    """A resident asks that what is stored about a request be deleted (``erasure``) or put right (``correction``).

    ``outcome`` is '' while it waits, then ``granted`` or ``refused``; a granted erasure has ``executed_at``.
    """

    __tablename__ = "data_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str | None] = sealed(nullable=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    # The number that the decision is still to be sent to: a deletion takes it from the request itself
    answer_to: Mapped[str | None] = sealed(nullable=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    executed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[ServiceRequest] = relationship()
    decided_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (Index("ix_data_requests_open", "outcome", "due_at"),)
