"""The real Rasa and the real action server, started once for all tests of the bot, on a demo city of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from flask import Flask

from tests.plugin_app import app_config
from tools.bot_model import BOT_DIR, QUIET
from tools.environments import BOT, ROOT, WEB
from webapp import create_app
from webapp.demo.load import Loaded, load_city
from webapp.extensions import db

START_S = 120


@dataclass(frozen=True)
class RunningBot:
    """Application on the bot's database, addresses of both servers, where they log, a case of the demo city."""

    app: Flask
    rasa_url: str
    actions_url: str
    folder: Path
    case: Loaded


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], cwd: Path, env: dict[str, str], log: Path) -> Iterator[None]:
    """Run ``command`` until the block ends; what it prints goes to ``log``."""
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=out) as running,
    ):
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_for(url: str, log: Path) -> None:
    """Wait until ``url`` answers. Raises TimeoutError with the end of ``log``."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise TimeoutError(f"{url} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def environment(folder: Path, actions_url: str) -> dict[str, str]:
    """What both servers read: the database and keys of :func:`app_config`, and where the tracker lives."""
    return {
        **os.environ, **QUIET, "DATABASE_URL": f"sqlite:///{folder / 'city.sqlite3'}", "MINPING_VAR": str(folder),
        "SECRET_KEY": "test", "FIELD_KEYS": "test", "SANIC_HOST": "127.0.0.1", "ACTIONS_URL": actions_url,
        "RASA_TRACKER_URL": f"sqlite:///{folder / 'rasa.sqlite3'}",
    }  # fmt: skip


@contextmanager
def start_bot(folder: Path, model: Path) -> Iterator[RunningBot]:
    """Load a small demo city, start both servers, yield them, stop them."""
    rasa_port, actions_port = free_port(), free_port()
    rasa_url, actions_url = f"http://127.0.0.1:{rasa_port}", f"http://127.0.0.1:{actions_port}"
    config = app_config(folder / "city.sqlite3", folder) | {"RASA_URL": rasa_url, "CHAT_TIMEOUT_S": 30.0}
    app = create_app(config)
    with app.app_context():
        db.create_all()
        case = load_city(datetime.now(UTC), requests=150, reviews=150)
        db.session.remove()
    env = environment(folder, f"{actions_url}/webhook")
    actions = [str(WEB.python), "-m", "rasa_sdk", "--actions", "bot.actions", "--port", str(actions_port)]
    rasa = [str(BOT.folder / "bin" / "rasa"), "run", "--interface", "127.0.0.1", "--port", str(rasa_port)]
    with (
        process(actions, ROOT, env, folder / "actions.log"),
        process([*rasa, "--model", str(model)], BOT_DIR, env, folder / "rasa.log"),
    ):
        wait_for(f"{actions_url}/health", folder / "actions.log")
        wait_for(f"{rasa_url}/", folder / "rasa.log")
        yield RunningBot(app, rasa_url, actions_url, folder, case)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
