"""What every test shares: which outside parts it needs, and where they are.

A test that needs a server, the browser or the bot carries a marker (``needs_postgres`` …) or uses the fixture of the
same part. Where the part is not there the test is skipped with the reason; under ``MINPING_REQUIRE_ALL=1`` (continuous
integration) it fails, so that nothing stays untested unnoticed. Sockets reach loopback only (pytest-socket).
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from tests.ports import free_port
from tests.postgres import PostgresDatabases
from tools.bot_model import ensure_model
from tools.environments import BOT

pytest_plugins = (
    "tests.plugin_app",
    "tests.plugin_stories",
    "tests.plugin_browser",
    "tests.plugin_wechat",
    "tests.plugin_wechat_push",
)

# Time is for `make bench`: on a busy machine a deadline fails a test that is right. The same examples every time: a run
# says something about the change that is tested, not about its luck. To look for what they miss:
# make test ARGS="--hypothesis-profile explore tests/service/test_case_machine.py"
settings.register_profile("minping", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False, max_examples=1000)
settings.load_profile("minping")

POSTGRES = os.environ.get("MINPING_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("MINPING_TEST_REDIS", "redis://127.0.0.1:6379")
RABBITMQ = os.environ.get("MINPING_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")
CHROMIUM = os.environ.get("MINPING_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


def _listening(address: str, default_port: int) -> str:
    url = make_url(address)
    try:
        socket.create_connection((url.host or "127.0.0.1", url.port or default_port), timeout=2).close()
    except OSError as error:
        return f"nothing answers at {url.host}:{url.port or default_port} ({error})"
    return ""


def _postgres() -> str:
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.Error as error:
        return f"PostgreSQL: {error}".strip()
    return ""


def _chromium() -> str:
    return "" if Path(CHROMIUM).exists() else f"no Chromium at {CHROMIUM} (Debian's package chromium)"


def _bot() -> str:
    return "" if BOT.python.exists() else "no bot environment (make setup)"


PROBES: dict[str, Callable[[], str]] = {
    "needs_postgres": _postgres,
    "needs_redis": lambda: _listening(REDIS, 6379),
    "needs_rabbitmq": lambda: _listening(RABBITMQ, 5672),
    "needs_chromium": _chromium,
    "needs_bot": _bot,
}


@cache
def missing(part: str) -> str:
    """Why the part behind marker ``part`` cannot be used here; "" if it can."""
    return PROBES[part]()


def require(part: str) -> None:
    """Skip the running test if ``part`` is missing, or fail it under ``MINPING_REQUIRE_ALL=1``."""
    if reason := missing(part):
        if os.environ.get("MINPING_REQUIRE_ALL") == "1":
            pytest.fail(f"{part}: {reason}", pytrace=False)
        pytest.skip(reason)


def _shares_fixture_of_module(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return any(definition.scope == "module" for definitions in fixtures for definition in definitions)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep on one worker what would otherwise be started or made on each: the bot, the browser, a module's fixtures.

    xdist hands out the largest groups first, the bot and the browser: the workers end together, with single tests.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        for part in ("needs_bot", "needs_chromium"):
            if item.get_closest_marker(part):
                item.add_marker(pytest.mark.xdist_group(part))
                break
        else:
            if _shares_fixture_of_module(item):
                item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the parts that ``item`` is marked with."""
    for part in PROBES:
        if item.get_closest_marker(part):
            require(part)


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> PostgresDatabases:
    """Makes PostgreSQL databases of this test worker's own."""
    require("needs_postgres")
    return PostgresDatabases(POSTGRES, f"minping_test_{worker_id}_{os.getpid()}")


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresDatabases) -> Iterator[str]:
    """URL of an empty PostgreSQL database of this test worker's own, dropped at the end."""
    with postgres.database("empty") as url:
        yield url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """URL of a Redis database that other test workers do not use. Keys may be left from an earlier run."""
    require("needs_redis")
    return f"{REDIS}/{8 + (int(worker_id[2:]) if worker_id.startswith('gw') else 0) % 8}"


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """URL of the RabbitMQ server. Use a queue name of your own."""
    require("needs_rabbitmq")
    return RABBITMQ


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium, for playwright's ``executable_path``."""
    require("needs_chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
def bot_model() -> Path:
    """The trained model of the bot's present sources; trained once, whatever the number of workers."""
    require("needs_bot")
    return ensure_model()


@pytest.fixture(name="free_port")
def a_free_port() -> int:
    """A port on loopback that nothing listens on."""
    return free_port()
