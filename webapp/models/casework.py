"""What casework leaves beside a request: who was asked first and by which rule, objections, and offices called in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.area import Department
from webapp.models.base import Model, UtcDateTime
from webapp.models.service_request import ServiceRequest


class FirstDispatch(Model):
    """Where a request went by itself, and why: what the dispatch rules are judged by.

    ``by``: "service" (its own department), "rule" (of ``rule_category_id`` in ``rule_area_id``) or "area" (its office).
    """

    __tablename__ = "first_dispatches"

    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    by: Mapped[str] = mapped_column(String(8))
    # Keys, not foreign keys: a rule that is deleted or replaced takes no history with it.
    rule_category_id: Mapped[int | None]
    rule_area_id: Mapped[int | None]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))

    request: Mapped[ServiceRequest] = relationship()


class Objection(Model):
    """退单: a department says that a case is not its own; a dispatcher reviews it by ``due_at``.

    ``outcome``: "" while it waits, else "granted", "refused", "withdrawn" (accepted after all) or "out_of_scope".
    """

    __tablename__ = "objections"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    objected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default="")

    request: Mapped[ServiceRequest] = relationship()
    department: Mapped[Department] = relationship()

    __table_args__ = (Index("ix_objections_review", "reviewed_at", "due_at"),)


class JointTask(Model):
    """吹哨报到: what one office was called in to do on another's case, with a clock of its own.

    ``outcome``: "" while it runs, else "reported", "withdrawn" (called off) or "unanswered" (resolved without it).
    """

    __tablename__ = "joint_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    task: Mapped[str] = mapped_column(Text)
    called_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    report: Mapped[str] = mapped_column(Text, default="")

    request: Mapped[ServiceRequest] = relationship()
    department: Mapped[Department] = relationship()

    __table_args__ = (Index("ix_joint_tasks_queue", "department_id", "ended_at", "due_at"),)
