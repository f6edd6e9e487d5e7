"""Staff accounts. Residents need none."""

from __future__ import annotations

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.area import Area, Department
from webapp.models.base import Model, UtcDateTime, utcnow


class User(UserMixin, Model):
    """A member of staff. ``role`` is a value of :class:`webapp.domain.workflow.Role`."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Who this is at the organisation's single sign-on, bound at the first sign-in from there.
    sso_subject: Mapped[str | None] = mapped_column(String(255))

    department: Mapped[Department | None] = relationship()
    area: Mapped[Area | None] = relationship()

    # An index, not a constraint: SQLite then needs no new table, which half the schema refers to.
    __table_args__ = (Index("ix_users_sso_subject", "sso_subject", unique=True),)

    @property
    def is_active(self) -> bool:
        return self.active
