"""Engine settings per database: SQLite in WAL mode for the embedded default, a modest pool for PostgreSQL."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url


def configure_engine(app: Flask) -> None:
    """Fill ``SQLALCHEMY_ENGINE_OPTIONS`` for the configured database and make the folder of an SQLite file."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    options: dict[str, Any] = app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {})
    # Values are what residents wrote; an error's text must not carry them into whoever's log.
    options.setdefault("hide_parameters", True)
    if url.get_backend_name() == "sqlite":
        options.setdefault("connect_args", {"timeout": 15})
        if url.database and url.database != ":memory:":
            app.config["VAR_DIR"].mkdir(parents=True, exist_ok=True)
    else:
        options.setdefault("pool_pre_ping", True)
        options.setdefault("pool_size", 8)


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    cursor = connection.cursor()
    # WAL: readers never wait for the writer. NORMAL is safe in WAL against process crashes; a power cut may lose the
    # last commits but never corrupts. PostgreSQL is the production choice where that matters.
    for pragma in (
        "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY",
        "cache_size=-64000", "mmap_size=268435456",
    ):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
