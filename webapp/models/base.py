"""What every model shares: the base class, the UTC column type and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from webapp.extensions import Base, db

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True
else:
    Model = db.Model


# A column that roll-ups count by. Its old value is loaded before it is overwritten, so that the difference is exact.
fact = partial(mapped_column, active_history=True)

# A column of personal data, written by crypto.encrypt(). The mark is what the rotation of keys goes by.
ENCRYPTED = "encrypted"
sealed = partial(mapped_column, Text, info={ENCRYPTED: True})


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes on every database. Raises ``ValueError`` when given a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: give an aware one")
        value = value.astimezone(UTC)
        # SQLite has no time zones and would compare the text "+00:00" as well: store plain UTC there.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utcnow() -> datetime:
    """The current moment, aware, in UTC. The one clock of the application (tests travel through it)."""
    return datetime.now(UTC)
