"""Rows by the hundred thousand into SQLite and PostgreSQL: indexes and constraints are made after the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Table, text

from webapp.demo.bulk import RECTIFICATION_COLUMNS, REVIEW_COLUMNS, Bulk
from webapp.demo.bulk_words import Pool
from webapp.demo.track import Track, silent
from webapp.models import Rectification, Review

Row = tuple[Any, ...]
_NULL = "\\N"
# Moments come as text in UTC without a zone; SQLite keeps them so.
_PAGES = "PRAGMA cache_size = -1500000"


def fill(
    connection: Connection, total: int, bulk: Bulk, words: Pool, first: int, track: Track = silent
) -> int:
    """Write ``total`` drawn reviews with ids from ``first`` on, and their rectifications; returns how many.

    Those that would lie in the future are left out.
    """
    tables, count = [cast(Table, model.__table__) for model in (Review, Rectification)], 0
    with without_indexes(connection, tables):
        for block in track(bulk.blocks(total, first, words), bulk.steps(total), "writing reviews"):
            copy_rows(connection, tables[0], REVIEW_COLUMNS, block.reviews)
            copy_rows(connection, tables[1], RECTIFICATION_COLUMNS, block.rectifications)
            count += len(block.reviews)
    return count


@contextmanager
def without_indexes(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Drop what makes each row slow and make it anew when all are there, in the caller's transaction: an error leaves
    everything as it was."""
    if connection.dialect.name == "postgresql":
        dropped = _drop_postgresql(connection, [t.name for t in tables])
    else:
        connection.exec_driver_sql(_PAGES)
        dropped = _drop_sqlite(connection, [t.name for t in tables])
    yield
    for statement in dropped:
        connection.exec_driver_sql(statement)
    for table in tables:
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _drop_sqlite(connection: Connection, names: Sequence[str]) -> list[str]:
    """Drop the indexes of tables (those of UNIQUE and PRIMARY KEY stay); returns the statements that make them."""
    statements = []
    for name in names:
        rows = connection.execute(
            text(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :t AND sql IS NOT NULL"
            ),
            {"t": name},
        ).all()
        for index, statement in rows:
            connection.exec_driver_sql(f'DROP INDEX "{index}"')
            statements.append(statement)
    return statements


def _drop_postgresql(connection: Connection, names: Sequence[str]) -> list[str]:
    """The same for PostgreSQL, with foreign keys and unique constraints, whose check of each row costs more than the row."""
    for setting in ("maintenance_work_mem = '512MB'", "synchronous_commit = off"):
        connection.exec_driver_sql(f"SET LOCAL {setting}")
    statements = []
    constraints = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text = ANY(:t) AND contype IN ('f', 'u') ORDER BY contype DESC"
        ),
        {"t": list(names)},
    ).all()
    for table, name, definition in constraints:
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        statements.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    indexes = connection.execute(
        text(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid::regclass::text = ANY(:t) AND NOT i.indisprimary"
        ),
        {"t": list(names)},
    ).all()
    for name, _definition in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    # Foreign keys look into what they point at: last.
    return [definition for _, definition in indexes] + statements


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Append rows: COPY on PostgreSQL, one statement for all on SQLite."""
    if not rows:
        return
    names = ", ".join(columns)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - for the type checker
    if connection.dialect.name == "postgresql":
        with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            copy.write("\n".join(map(_line, rows)) + "\n")
        return
    marks = ", ".join("?" * len(columns))
    driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names


def _line(row: Row) -> str:
    return "\t".join([_NULL if value is None else _escaped(value) for value in row])


def _escaped(value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return value
