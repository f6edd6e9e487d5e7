"""The real Rasa and the real action server, started once for all tests of the bot, on a demo city of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from flask import Flask

from tests.plugin_app import app_config
from tests.ports import free_port
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
    actions: Server
    rasa: Server


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


@dataclass
class Server:
    """A server with all its processes: started, killed as by the machine's, or frozen as if it were slow."""

    command: list[str]
    cwd: Path
    env: dict[str, str]
    log: Path
    health: str
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it anew; :meth:`wait` says when it answers."""
        with self.log.open("ab") as out:
            # A session of its own: its helpers can then be reached together with it.
            self.running = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.env, stdout=out, stderr=out, start_new_session=True
            )

    def wait(self) -> None:
        """Wait until it answers. Raises TimeoutError."""
        wait_for(self.health, self.log)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all its processes, if it runs."""
        if self.running is not None and self.running.poll() is None:
            os.killpg(self.running.pid, number)

    def restore(self) -> None:
        """Let it run again after whatever a test did to it."""
        if self.running is not None and self.running.poll() is None:
            self.send(signal.SIGCONT)
        else:
            self.start()
            self.wait()

    def kill(self) -> None:
        """End it at once, without a chance to tidy up."""
        self.send(signal.SIGKILL)
        if self.running is not None:
            self.running.wait(10)


def action_server(folder: Path, port: int, env: dict[str, str]) -> Server:
    """The bot's action server on ``port``, not started."""
    command = [str(WEB.python), "-m", "rasa_sdk", "--actions", "bot.actions", "--port", str(port)]
    return Server(command, ROOT, env, folder / "actions.log", f"http://127.0.0.1:{port}/health")


def rasa_server(folder: Path, port: int, env: dict[str, str], model: Path) -> Server:
    """Rasa with ``model`` on ``port``, not started."""
    rasa = [str(BOT.folder / "bin" / "rasa"), "run", "--interface", "127.0.0.1", "--port", str(port)]
    return Server(
        [*rasa, "--model", str(model)], BOT_DIR, env, folder / "rasa.log", f"http://127.0.0.1:{port}/"
    )


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
    servers = action_server(folder, actions_port, env), rasa_server(folder, rasa_port, env, model)
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield RunningBot(app, rasa_url, actions_url, folder, case, *servers)
    finally:
        for server in servers:
            server.kill()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
