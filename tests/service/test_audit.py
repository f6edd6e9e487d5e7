"""The trail is whole, and any change of it is found: an edited entry, a removed one, a removed end, a fork."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import delete, update

from tests.factories.tampering import tamper
from webapp.extensions import db
from webapp.models import AuditEntry
from webapp.services import audit


def _write(app: Flask, count: int) -> None:
    with app.app_context():
        for number in range(count):
            audit.record("test", f"thing:{number}", None, number=number)
            db.session.commit()


def test_a_whole_trail(app: Flask) -> None:
    _write(app, 5)
    with app.app_context():
        assert audit.first_broken() is None
        assert db.session.query(AuditEntry).count() == 5


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        (update(AuditEntry).where(AuditEntry.id == 3).values(action="other"), 3),
        (delete(AuditEntry).where(AuditEntry.id == 2), 3),
        (delete(AuditEntry).where(AuditEntry.id == 5), 0),
    ],
    ids=["edited", "removed", "end removed"],
)
def test_tampering_is_found(app: Flask, statement: object, broken: int) -> None:
    _write(app, 5)
    with app.app_context():
        tamper(statement)
        assert audit.first_broken() == broken


def test_writers_at_once_do_not_fork_it(app: Flask) -> None:
    _write(app, 1)
    threads = [threading.Thread(target=_write, args=(app, 15)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert db.session.query(AuditEntry).count() == 61
        assert audit.first_broken() is None
