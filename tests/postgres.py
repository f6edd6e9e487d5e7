"""Databases on the PostgreSQL server that the tests are given."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.engine import make_url


@dataclass
class PostgresDatabases:
    """Makes databases on ``server`` (a URL), whose names begin with ``prefix``."""

    server: str
    prefix: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def database(self, purpose: str, template: str = "template1") -> Iterator[str]:
        """A new database, a copy of ``template`` (to which nobody may be connected); its URL for SQLAlchemy."""
        name = f"{self.prefix}_{purpose}_{next(self._numbers)}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            try:
                url = make_url(self.server).set(drivername="postgresql+psycopg", database=name)
                yield url.render_as_string(hide_password=False)
            finally:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
