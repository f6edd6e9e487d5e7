"""What was published: the open data of a closed month or quarter, frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Model, UtcDateTime, utcnow


class Publication(Model):
    """One revision of one period ("2026-10", "2026-Q4"); never changed, a correction is a new revision.

    ``counts`` holds [table, first, second, column, count, hidden] per count that is not 0 or is hidden: the hidden ones
    too, because what comes later must be protected together with them. Nobody is shown those.
    """

    __tablename__ = "publications"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(8))
    revision: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The version of the scoring rules, and the lowest level that counts as good in ``counts``.
    method: Mapped[str] = mapped_column(String(40))
    good_from: Mapped[int]
    counts: Mapped[list[list[Any]]] = mapped_column(JSON)
    # As they were called then: "department:hr" → name; category → category above it; department → appeals
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    parents: Mapped[dict[str, str]] = mapped_column(JSON)
    appeals: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    # Why this revision replaced the one before; '' for the first
    reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (UniqueConstraint("period", "revision"),)
