"""区划: the five-level tree of areas, and 承办单位: the departments that answer for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, utcnow

AREA_LEVELS = {1: "市", 2: "区县", 3: "街道", 4: "社区", 5: "网格"}


class Area(Model):
    """A node of the tree city, district, street, community, grid (levels 1 to 5)."""

    __tablename__ = "areas"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    level: Mapped[int] = mapped_column(index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    # "1/4/17/": ids from the city down to this area; a subtree is a prefix search.
    path: Mapped[str] = mapped_column(String(80), default="")
    population: Mapped[int] = mapped_column(default=0)
    nicknames: Mapped[list[str]] = mapped_column(JSON, default=list)
    outline: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    # Processes that keep something made from all areas look here whether it is still true.
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, onupdate=utcnow)

    parent: Mapped[Area | None] = relationship(remote_side=[id])

    __table_args__ = (Index("ix_areas_path", "path"),)


class Department(Model):
    """承办单位. ``code`` is stable and used by imports, exports and the API."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_active: Mapped[bool] = mapped_column(default=True)

    area: Mapped[Area] = relationship()
    parent: Mapped[Department | None] = relationship(remote_side=[id])
