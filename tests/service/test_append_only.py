"""The trails only ever grow: the database itself refuses anything else, on SQLite and PostgreSQL, however it was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.factories import make_town
from tests.factories.tampering import tamper
from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models import AuditEntry, RequestEvent, append_only
from webapp.services import audit, submit
from webapp.services.submit import RequestDraft


@pytest.fixture(params=["created", "migrated", pytest.param("postgresql", marks=pytest.mark.needs_postgres)])
def trails(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A database with an entry and an event, made by ``create_all`` or by the migrations."""
    url = f"sqlite:///{tmp_path / 'trails.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    app = create_app({**app_config(tmp_path / "x", tmp_path), "SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        if request.param == "created":
            db.create_all()
        else:
            upgrade()
        make_town()
        audit.record("test", "thing", None)
        submit.submit_request(RequestDraft(text="社保窗口没人", service_code="HR-001"))
        db.session.commit()
        yield app
        db.session.rollback()
        db.session.remove()
        if request.param == "postgresql":
            db.drop_all()
            with db.engine.begin() as connection:
                connection.execute(text("DROP TABLE alembic_version"))
        db.engine.dispose()


@pytest.mark.usefixtures("trails")
def test_nothing_is_changed_or_removed() -> None:
    statements = [
        update(AuditEntry).values(action="other"), delete(AuditEntry), update(RequestEvent).values(note="nothing"),
        delete(RequestEvent), text("DELETE FROM audit_entries WHERE id = 1"),
    ]  # fmt: skip
    if db.engine.dialect.name == "postgresql":
        statements += [text("TRUNCATE audit_entries"), text("TRUNCATE request_events CASCADE")]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(statement)
        db.session.rollback()
    assert audit.first_broken() is None
    audit.record("test", "another", None)
    db.session.commit()


@pytest.mark.usefixtures("trails")
def test_the_orm_cannot_either() -> None:
    entry = db.session.query(AuditEntry).first()
    assert entry is not None
    entry.subject = "other"
    with pytest.raises(IntegrityError):
        db.session.commit()


def test_missing_protection_is_noticed(trails: Flask) -> None:
    runner = trails.test_cli_runner()
    assert append_only.missing(db.session.connection()) == []
    db.session.commit()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    where = " ON audit_entries" if db.engine.dialect.name == "postgresql" else ""
    db.session.execute(text(f"DROP TRIGGER audit_entries_no_update{where}"))
    db.session.commit()
    assert append_only.missing(db.session.connection()) == ["audit_entries_no_update"]
    db.session.commit()
    done = runner.invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert "audit_entries_no_update" in done.output


@pytest.mark.usefixtures("trails")
def test_who_takes_the_protection_off_is_found_by_the_hashes() -> None:
    tamper(update(AuditEntry).where(AuditEntry.id == 1).values(subject="other"))
    assert audit.first_broken() == 1
    assert append_only.missing(db.session.connection()) == []
