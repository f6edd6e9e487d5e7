"""Alembic environment: online migrations on the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from webapp.models.base import UtcDateTime
from webapp.models.search import is_kept_by_database

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our UTC column as the plain type it stores, so that old migrations never need today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def compare_type(
    _context: Any, _column: Any, _inspected: Any, metadata_type: Any, _existing: Any
) -> bool | None:
    """SQLite cannot tell a time zone apart; everything else is compared as usual."""
    return False if isinstance(metadata_type, UtcDateTime) else None


def include_name(name: str | None, _kind: str, _parents: Any) -> bool:
    """The full-text index belongs to the database (see webapp.models.search), not to the models."""
    return not is_kept_by_database(name)


def foreign_keys(connection: Connection, state: str) -> None:
    """SQLite changes a table by making it anew; while the old one is dropped, rows that refer to it must be let be."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA foreign_keys={state}")
        connection.commit()


with migrate.db.engine.connect() as connection:
    foreign_keys(connection, "OFF")
    arguments = dict(migrate.configure_args)
    arguments["compare_type"] = compare_type
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        render_item=render_item,
        include_name=include_name,
        **arguments,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError(
            "a migration left rows that refer to nothing (PRAGMA foreign_key_check lists them)"
        )
    connection.rollback()
    foreign_keys(connection, "ON")
