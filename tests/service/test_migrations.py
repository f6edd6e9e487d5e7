"""Migrations and models say the same, up and down, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models.base import UtcDateTime
from webapp.models.search import is_kept_by_database


def _same_type(context, column, inspected, metadata_type, existing):  # type: ignore[no-untyped-def]
    return False if isinstance(metadata_type, UtcDateTime) else None


def _is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    return not is_kept_by_database(name)


def _check(url: str, folder: Path) -> None:
    app = create_app({**app_config(folder / "unused", folder), "SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": _same_type, "include_name": _is_ours}
            )
            assert compare_metadata(context, db.metadata) == []
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        db.engine.dispose()


def test_on_sqlite(tmp_path: Path) -> None:
    _check(f"sqlite:///{tmp_path / 'm.sqlite3'}", tmp_path)


@pytest.mark.needs_postgres
def test_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    _check(postgres_url.replace("postgresql://", "postgresql+psycopg://"), tmp_path)
