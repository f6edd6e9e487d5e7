"""The application in tests: an SQLite file of its own per test, copied from one that was filled once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Town, make_town
from webapp import create_app
from webapp.extensions import db


def app_config(database: Path, folder: Path) -> dict[str, object]:
    """Configuration of an application under test: its own files, no rate limits, no CSRF tokens, loud errors."""
    return {
        "TESTING": True,
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
        "VAR_DIR": folder,
        "UPLOAD_DIR": folder / "uploads",
        "SECRET_KEY": "test",
        "FIELD_KEYS": ["test"],
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "PROPAGATE_EXCEPTIONS": True,
        "RASA_URL": "http://127.0.0.1:9",
        "LOG_LEVEL": "ERROR",
    }


@pytest.fixture(scope="session")
def town_database(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """An SQLite file with the small town in it, made once."""
    folder = tmp_path_factory.mktemp("town")
    app = create_app(app_config(folder / "town.sqlite3", folder))
    with app.app_context():
        db.create_all()
        town = make_town()
        db.session.remove()
        db.engine.dispose()
    return folder / "town.sqlite3", town


@pytest.fixture
def town(town_database: tuple[Path, Town]) -> Town:
    """Ids of the small town."""
    return town_database[1]


@pytest.fixture
def app(town_database: tuple[Path, Town], tmp_path: Path) -> Iterator[Flask]:
    """An application on its own copy of the town."""
    database = tmp_path / "minping.sqlite3"
    shutil.copy(town_database[0], database)
    application = create_app(app_config(database, tmp_path))
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """An application context, for tests of services and queries."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript and with a cookie jar."""
    return app.test_client()


@pytest.fixture
def login(app: Flask) -> Callable[[str], FlaskClient]:
    """``login("clerk")`` returns a client signed in as that account of the town (see tests/factories)."""

    def sign_in(username: str) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/account/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return browser

    return sign_in
