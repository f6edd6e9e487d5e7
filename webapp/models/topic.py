"""热点问题: clusters of requests about one trouble; 每月一题: the topic that the city takes on in a month, with its tasks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.area import Area, Department
from webapp.models.base import Model, UtcDateTime, utcnow
from webapp.models.catalog import Category


class Topic(Model):
    """A cluster of the last weeks' requests, found anew by a sweep; those that were taken on are kept.

    ``title`` and ``place`` are masked. ``area`` is the smallest area that holds all its requests, ``category`` the
    commonest of them; ``communities`` how many of these the trouble is spread over.
    """

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(80), default="")
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    requests: Mapped[int] = mapped_column(default=0)
    people: Mapped[int] = mapped_column(default=0)
    supporters: Mapped[int] = mapped_column(default=0)
    communities: Mapped[int] = mapped_column(default=0)
    heat: Mapped[float] = mapped_column(default=0.0)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    area: Mapped[Area] = relationship()
    category: Mapped[Category | None] = relationship()

    __table_args__ = (Index("ix_topics_heat", "heat"),)


class TopicRequest(Model):
    """A request of a hot topic."""

    __tablename__ = "topic_requests"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), primary_key=True, index=True)


class MonthlyTopic(Model):
    """每月一题: one trouble a month, taken on by an official for their area, in public.

    ``status`` is a value of :class:`webapp.domain.monthly.TopicStatus`. ``evidence`` are the counts that it was
    proposed with; what came since is read from the cases of its category or of its hot topic.
    """

    __tablename__ = "monthly_topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    month: Mapped[date] = mapped_column(Date)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    title: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    hot_topic_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(12), default="running")
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[str] = mapped_column(Text, default="")

    area: Mapped[Area] = relationship()
    category: Mapped[Category | None] = relationship()
    hot_topic: Mapped[Topic | None] = relationship()
    tasks: Mapped[list[MonthlyTask]] = relationship(back_populates="topic", order_by="MonthlyTask.id")
    notes: Mapped[list[MonthlyNote]] = relationship(back_populates="topic", order_by="MonthlyNote.id.desc()")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so
    # One a month and area: a city that takes on everything takes on nothing.
    __table_args__ = (UniqueConstraint("month", "area_id"),)


class MonthlyTask(Model):
    """What a department does about a monthly topic, and until when."""

    __tablename__ = "monthly_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    topic_id: Mapped[int] = mapped_column(ForeignKey("monthly_topics.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    task: Mapped[str] = mapped_column(String(200))
    due_day: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    topic: Mapped[MonthlyTopic] = relationship(back_populates="tasks")
    department: Mapped[Department] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so


class MonthlyNote(Model):
    """A note of progress, in public, never changed afterwards; masked of personal data when it is written."""

    __tablename__ = "monthly_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("monthly_topics.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("monthly_tasks.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    text: Mapped[str] = mapped_column(Text)

    topic: Mapped[MonthlyTopic] = relationship(back_populates="notes")
    task: Mapped[MonthlyTask | None] = relationship()
    department: Mapped[Department | None] = relationship()
