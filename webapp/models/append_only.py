"""Tables that only ever grow: the database itself refuses to change or remove a row.

The hash chains find tampering after the fact; these triggers keep mistakes, and anybody who has no right to change
the schema, from doing it at all. ``create_all`` makes them (tests, the demo); the migration ``access`` holds its own
copy for the databases that are there.
"""

from __future__ import annotations

from sqlalchemy import DDL, Connection, Table, event, text

from webapp.models.journal import AuditEntry
from webapp.models.service_request import RequestEvent

TABLES: tuple[Table, ...] = (AuditEntry.__table__, RequestEvent.__table__)  # type: ignore[assignment]
_SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
_FUNCTION = """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $body$"""
_POSTGRES = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
FOR EACH {each} EXECUTE FUNCTION refuse_change()"""


def statements(dialect: str, table: str) -> list[str]:
    """The statements that make a table append-only."""
    if dialect == "sqlite":
        return [_SQLITE.format(table=table, verb=verb, VERB=verb.upper()) for verb in ("update", "delete")]
    kinds = (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    made = [_POSTGRES.format(table=table, verb=verb, VERB=verb.upper(), each=each) for verb, each in kinds]
    return [_FUNCTION, *made]


def protected(connection: Connection) -> set[str]:
    """Names of the triggers that are there, for the check of operators and tests."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(connection.scalars(text(query)))


def missing(connection: Connection) -> list[str]:
    """The protections that should be there and are not."""
    verbs = ("update", "delete") if connection.dialect.name == "sqlite" else ("update", "delete", "truncate")
    wanted = {f"{table.name}_no_{verb}" for table in TABLES for verb in verbs}
    return sorted(wanted - protected(connection))


def _listen() -> None:
    for table in TABLES:
        for dialect in ("sqlite", "postgresql"):
            for statement in statements(dialect, table.name):
                # DDL() formats with %: the one in the function's message is doubled.
                made = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(table, "after_create", made)


_listen()
