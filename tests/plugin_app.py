"""The application in tests: one for each test, with an SQLite file of its own, both copied from what was made once.

Making an application compiles its addresses, its templates and, as they come, its SQL statements: many times the work
of a usual test. So a worker makes one, and each test gets a copy with its own settings, caches and database.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from flask import Config, Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule

from tests.factories import PASSWORD, Town, make_town
from tests.postgres import PostgresDatabases
from webapp import create_app
from webapp.database import configure_engine
from webapp.extensions import db, limiter
from webapp.gateways import rasa
from webapp.gateways.wechat import client as wechat_client
from webapp.gateways.wechat import pictures
from webapp.services import accounts

# Argon2 is slow on purpose, and nearly every test of a page signs in; how slow is no matter of these tests.
accounts._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
accounts._DUMMY = accounts._hasher.hash("no such account")

_compile_builder = Rule._compile_builder
_builders: dict[object, Callable[..., tuple[str, str]]] = {}


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Half of making an application is compiling how its addresses are built: the same for each test's."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _builder  # type: ignore[assignment, method-assign]


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
        "WECHAT_API_URL": "http://127.0.0.1:9",
        # Tests run at night, too.
        "QUIET_HOURS": "",
        "LOG_LEVEL": "ERROR",
    }


class Prototype:
    """An application that is never asked anything; tests get copies of it."""

    def __init__(self, folder: Path) -> None:
        self._app = create_app(app_config(folder / "prototype.sqlite3", folder))
        self._engines: dict[str, Engine] = {}
        # Templates are shared; what they call ``config`` is that of the application which renders them.
        self._app.context_processor(lambda: {"config": current_app.config})
        self._app.jinja_env.globals.pop("config")
        self._logs = structlog.get_config()

    def copy(self, folder: Path, settings: dict[str, Any]) -> Flask:
        """A new application. It shares what no test changes: addresses, handlers, templates, compiled SQL.

        Its database is ``minping.sqlite3`` in ``folder``, unless ``settings`` name another.
        """
        app = copy.copy(self._app)
        own = app_config(folder / "minping.sqlite3", folder) | {"SQLALCHEMY_ENGINE_OPTIONS": {}}
        app.config = Config(self._app.root_path, self._app.config | own | settings)
        app.extensions = dict(self._app.extensions)
        db._app_engines[app] = {None: self._engine_of(app)}
        # What `create_app` sets for the whole process, and an application with other settings may have changed.
        limiter.enabled = app.config["RATELIMIT_ENABLED"]
        structlog.configure(**self._logs)
        return app

    def _engine_of(self, app: Flask) -> Engine:
        configure_engine(app)
        engine = create_engine(
            app.config["SQLALCHEMY_DATABASE_URI"], **app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        )
        first = self._engines.setdefault(engine.dialect.name, engine)
        if first is engine:
            # From its first connection a dialect knows what the database can do.
            engine.connect().close()
        # Compiled statements are kept per dialect object.
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine


@pytest.fixture(scope="session", autouse=True)
def closed_clients() -> Iterator[None]:
    """Close the connections that a process keeps for as long as it lives."""
    yield
    for gateway in (rasa, wechat_client, pictures):
        if gateway._client.cache_info().currsize:
            gateway._client().close()
            gateway._client.cache_clear()


@pytest.fixture(scope="session")
def prototype(tmp_path_factory: pytest.TempPathFactory) -> Prototype:
    """The application that this worker copies, made once."""
    return Prototype(tmp_path_factory.mktemp("prototype"))


@contextmanager
def closing(app: Flask) -> Iterator[Flask]:
    """Close the application's connections at the end."""
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def copied_app(prototype: Prototype, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """``copied_app(WTF_CSRF_ENABLED=True)`` is another application on this test's database, with these settings.

    For settings that are read when a request comes; what `create_app` itself looks at needs one of its own.
    """
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(closing(prototype.copy(tmp_path, settings)))


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
def app(town_database: tuple[Path, Town], tmp_path: Path, copied_app: Callable[..., Flask]) -> Flask:
    """An application on its own copy of the town. Whoever gives it more addresses or handlers makes one of their own."""
    shutil.copy(town_database[0], tmp_path / "minping.sqlite3")
    return copied_app()


@pytest.fixture(scope="session")
def postgres_template(
    prototype: Prototype,
    postgres: PostgresDatabases,
    tmp_path_factory: pytest.TempPathFactory,
    town_database: tuple[Path, Town],
) -> Iterator[str]:
    """Name of a PostgreSQL database with the small town in it, made once: the ids are those on SQLite."""
    with postgres.database("town") as url:
        app = prototype.copy(tmp_path_factory.mktemp("template"), {"SQLALCHEMY_DATABASE_URI": url})
        with closing(app), app.app_context():
            db.create_all()
            assert make_town() == town_database[1]
        yield url.rpartition("/")[2]


@pytest.fixture
def postgres_app(
    prototype: Prototype, postgres: PostgresDatabases, postgres_template: str, tmp_path: Path
) -> Iterator[Flask]:
    """An application on its own copy of the town in PostgreSQL."""
    with (
        postgres.database("copy", postgres_template) as url,
        closing(prototype.copy(tmp_path, {"SQLALCHEMY_DATABASE_URI": url})) as application,
    ):
        yield application


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)])
def either_app(request: pytest.FixtureRequest) -> Flask:
    """An application on its own copy of the town, on SQLite and on PostgreSQL."""
    application: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "postgres_app")
    return application


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
