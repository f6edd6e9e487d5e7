"""三调联动: a dispute between people that was referred to people's, administrative or judicial mediation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, utcnow
from webapp.models.service_request import ServiceRequest


class Mediation(Model):
    """One referral; what kind, about what and how it ended are values of ``webapp.domain.mediation``."""

    __tablename__ = "mediations"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    dispute: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(String(80))
    consent: Mapped[str] = mapped_column(String(12))
    referred_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    referred_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None] = mapped_column(String(16))
    outcome_note: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    request: Mapped[ServiceRequest] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (Index("ix_mediations_running", "ended_at", "referred_at"),)
