"""What makes the desk comfortable: saved filters, reply templates, who looked when, files by staff, mentions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Model, UtcDateTime, utcnow
from webapp.models.catalog import Category
from webapp.models.service_request import RequestEvent, ServiceRequest
from webapp.models.staff import User


class SavedFilter(Model):
    """A named filter of the queue: the query part of its address. ``shared``: colleagues see it too."""

    __tablename__ = "saved_filters"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(600))
    shared: Mapped[bool] = mapped_column(default=False)
    # Where its owner's queue starts; one of theirs at most.
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("user_id", "name"),)


class ReplyTemplate(Model):
    """常用回复: words with placeholders, for a category (and those below it) and a status, or for any.

    ``shared``: for everybody of the author's department (those without one are an office of their own).
    """

    __tablename__ = "reply_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    status: Mapped[str] = mapped_column(String(16), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, onupdate=utcnow)

    category: Mapped[Category | None] = relationship()
    author: Mapped[User] = relationship()


class CaseLook(Model):
    """How far into a case's history a member of staff has looked: what came later is new to them."""

    __tablename__ = "case_looks"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(
        ForeignKey("service_requests.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    event_count: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class CaseFile(Model):
    """A photo (re-encoded) or PDF that staff added to a case. The file is ``<sha256>.<jpg|pdf>``.

    ``public``: the resident who opens the case sees it; otherwise only staff who may see the case.
    """

    __tablename__ = "case_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    request: Mapped[ServiceRequest] = relationship()
    user: Mapped[User] = relationship()


class Mention(Model):
    """@姓名 in a note: this colleague was asked to look; ``seen_at`` once they have opened the case."""

    __tablename__ = "mentions"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("request_events.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    event: Mapped[RequestEvent] = relationship()

    __table_args__ = (
        UniqueConstraint("event_id", "user_id"),
        Index("ix_mentions_open", "user_id", "seen_at"),
    )
