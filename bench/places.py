"""Where measurements keep their databases: a PostgreSQL server, where one is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url

POSTGRES = os.environ.get(
    "BENCH_POSTGRES", os.environ.get("MINPING_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
)


def ensure_database(name: str) -> str:
    """SQLAlchemy's address of the database ``name`` on the server, made if it is not there; "" without a server."""
    server = make_url(POSTGRES).set(drivername="postgresql")
    try:
        with psycopg.connect(
            server.render_as_string(hide_password=False), autocommit=True, connect_timeout=3
        ) as c:
            known = c.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if known is None:
                c.execute(f'CREATE DATABASE "{name}"')
    except psycopg.OperationalError:
        return ""
    return server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def drop_database(name: str) -> None:
    """Remove the database ``name``, whoever is still connected."""
    server = make_url(POSTGRES).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as c:
        c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def postgres_database(purpose: str) -> Iterator[str]:
    """Address of an empty database of this process's own, dropped at the end; "" where no server answers."""
    name = f"minping_bench_{purpose}_{os.getpid()}"
    url = ensure_database(name)
    try:
        yield url
    finally:
        if url:
            drop_database(name)
