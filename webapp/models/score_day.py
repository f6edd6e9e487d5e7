"""The scores that residents' pages show: as they stood when a day was over, one row a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Model, UtcDateTime, utcnow


class ScoreDay(Model):
    """What was shown as of the local ``day``; never changed, so that no later word can be read from a difference.

    ``services`` and ``departments`` hold one object per unit as :class:`webapp.queries.public_scores.PublicScore` reads
    it, in whole points.
    """

    __tablename__ = "score_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The version of the scoring rules, and the days that the window had
    method: Mapped[str] = mapped_column(String(40))
    window_days: Mapped[int]
    services: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    departments: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
