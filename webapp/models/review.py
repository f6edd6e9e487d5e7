"""评价: ratings of service uses (好差评), and 差评整改, the rectification that a bad one starts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.area import Area, Department
from webapp.models.base import Model, UtcDateTime, fact, sealed, utcnow
from webapp.models.catalog import Service


class Review(Model):
    """One identity's word on one use of a service.

    ``rating`` is None where somebody wrote without giving stars; ``is_default`` marks a rating that a system filled in
    when nobody rated (never counted as a vote). ``set_aside`` names why integrity checks do not count a vote; such
    reviews stay and are listed. ``prediction`` is the vote (0 to 1, in thousandths) that the language layer expects
    from the comment alone.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Optimistic lock: roll-ups add differences, so a change must know the row that it changes.
    version: Mapped[int] = mapped_column(default=1)
    review_id: Mapped[str] = mapped_column(String(20), unique=True)
    service_id: Mapped[int] = fact(ForeignKey("services.id"))
    department_id: Mapped[int] = fact(ForeignKey("departments.id"))
    area_id: Mapped[int] = fact(ForeignKey("areas.id"))
    channel: Mapped[str] = fact(String(16))
    scope: Mapped[str] = mapped_column(String(12), default="per_visit")
    rating: Mapped[int | None] = fact()
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    is_default: Mapped[bool] = fact(default=False)
    set_aside: Mapped[str | None] = fact(String(24))
    # By somebody who was also asked about the same matter as one drawn at random: scoring counts that word, not this too.
    asked: Mapped[bool] = fact(default=False, server_default=false())
    identity: Mapped[str] = mapped_column(String(64))
    # Which use of the service this is about: the day of the visit, or the number of the matter.
    use_key: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    created_day: Mapped[date] = fact(Date)
    prediction: Mapped[int | None] = fact()
    anger: Mapped[int | None]
    model: Mapped[str] = mapped_column(String(60), default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None] = fact(UtcDateTime)
    consent_version: Mapped[str] = mapped_column(String(12), default="")
    words_masked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    service_request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    # Left after a bad review only to be told what became of it; encrypted, and shown to nobody.
    contact_phone: Mapped[str | None] = sealed()

    service: Mapped[Service] = relationship()
    department: Mapped[Department] = relationship()
    area: Mapped[Area] = relationship()
    rectification: Mapped[Rectification | None] = relationship(back_populates="review")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (
        UniqueConstraint("service_id", "identity", "use_key"),
        Index("ix_reviews_service_created", "service_id", "created_at"),
        Index("ix_reviews_department_rating", "department_id", "rating", "created_at"),
        Index("ix_reviews_identity_created", "identity", "created_at"),
        Index("ix_reviews_created", "created_at"),
        # Few votes are set aside; they are listed with their reasons.
        Index(
            "ix_reviews_set_aside",
            "service_id",
            "created_day",
            "set_aside",
            sqlite_where=text("set_aside IS NOT NULL"),
            postgresql_where=text("set_aside IS NOT NULL"),
        ),
    )


class Rectification(Model):
    """差评整改: verify within one working day, rectify and reply within fifteen, then ask the resident again.

    ``status`` is a value of :class:`webapp.domain.rectification.RectificationStatus`. ``followed_up_at`` is when the
    follow-up ended: with the reviewer's word (``satisfied`` 1 to 5), or in silence (``satisfied`` None).
    """

    __tablename__ = "rectifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    status: Mapped[str] = mapped_column(String(16), default="opened", server_default="opened")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    verify_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rectify_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rectified_at: Mapped[datetime | None] = fact(UtcDateTime)
    measure: Mapped[str] = mapped_column(Text, default="")
    followed_up_at: Mapped[datetime | None] = fact(UtcDateTime)
    satisfied: Mapped[int | None] = fact()

    review: Mapped[Review] = relationship(back_populates="rectification")
    appeal: Mapped[Appeal | None] = relationship(back_populates="rectification")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    __table_args__ = (
        Index("ix_rectifications_open", "department_id", "rectified_at", "rectify_due_at"),
        # The same list for those who look after the whole city.
        Index("ix_rectifications_due", "rectified_at", "rectify_due_at"),
        Index("ix_rectifications_status", "status", "rectified_at"),
    )


class Appeal(Model):
    """申诉: a department's objection to one bad review, decided by a reviewer who belongs to another department."""

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    rectification_id: Mapped[int] = mapped_column(ForeignKey("rectifications.id"), unique=True)
    # The service of the review: counts per service are published.
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    ground: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    appealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    appealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decide_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted: Mapped[bool | None]
    decision: Mapped[str] = mapped_column(Text, default="")

    rectification: Mapped[Rectification] = relationship(back_populates="appeal")

    __table_args__ = (Index("ix_appeals_waiting", "decided_at", "decide_due_at"),)
