"""What residents can use and complain about: services, the category tree, and who answers for which."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.area import Area, Department
from webapp.models.base import Model


class Category(Model):
    """诉求分类: a node of the three-level tree (DB44/T 2479-2024: 2, 4 and 6 digits)."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    level: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)

    parent: Mapped[Category | None] = relationship(remote_side=[id])


class Service(Model):
    """服务事项: something residents can use, rate and ask about."""

    __tablename__ = "services"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    nicknames: Mapped[list[str]] = mapped_column(JSON, default=list)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    materials: Mapped[list[str]] = mapped_column(JSON, default=list)
    place: Mapped[str] = mapped_column(String(200), default="")
    hours: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    scope: Mapped[str] = mapped_column(String(12), default="per_visit")
    monthly_uses: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    department: Mapped[Department] = relationship()
    category: Mapped[Category | None] = relationship()


class DispatchRule(Model):
    """Which department answers for a category (any level of the tree) in an area (and its subtree).

    The most specific rule wins: a service's own department first, then the deepest category, then the smallest area.
    """

    __tablename__ = "dispatch_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)

    category: Mapped[Category] = relationship()
    area: Mapped[Area] = relationship()
    department: Mapped[Department] = relationship()

    __table_args__ = (UniqueConstraint("category_id", "area_id"),)
