"""Settings per database: SQLite in WAL mode for the embedded default, a modest pool for PostgreSQL; and what both must
know of their tables before they choose good plans."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
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
def _prepare(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        # WAL: readers never wait for the writer. NORMAL is safe in WAL against process crashes; a power cut may lose the
        # last commits but never corrupts. PostgreSQL is the production choice where that matters.
        settings = [f"PRAGMA {pragma}" for pragma in (
            "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY",
            "cache_size=-64000", "mmap_size=268435456",
        )]  # fmt: skip
    else:
        # What pages read lies in memory or on an SSD. Priced as a turning disk, a service's newest votes were looked for
        # among all votes of the city; and compiling a query of milliseconds takes longer than running it.
        settings = ["SET random_page_cost = 1.1", "SET jit = off"]
    cursor = connection.cursor()
    for setting in settings:
        cursor.execute(setting)
    cursor.close()
    if not isinstance(connection, sqlite3.Connection):
        connection.commit()


def take_stock(engine: Engine, tables: Iterable[str] = ()) -> None:
    """Let the database count what lies in ``tables`` (PostgreSQL: in all, if none is named), after many rows came at once.

    PostgreSQL would do so by itself, minutes later; SQLite never does. There the daily roll-ups need it: told that a unit
    has many days, it steps from unit to unit to the days asked for instead of reading all days.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(tables)}")
            return
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table}")
        # What was written at once lies in a log as long as all of it, which every reader would have to search.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
