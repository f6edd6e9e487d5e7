"""Alembic environment: online migrations on the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from webapp.models.base import UtcDateTime

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our UTC column as the plain type it stores, so that old migrations never need today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def compare_type(
    _context: Any, _column: Any, _inspected: Any, metadata_type: Any, _existing: Any
) -> bool | None:
    """SQLite cannot tell a time zone apart; everything else is compared as usual."""
    return False if isinstance(metadata_type, UtcDateTime) else None


with migrate.db.engine.connect() as connection:
    arguments = dict(migrate.configure_args)
    arguments["compare_type"] = compare_type
    context.configure(
        connection=connection, target_metadata=migrate.db.metadata, render_item=render_item, **arguments
    )
    with context.begin_transaction():
        context.run_migrations()
