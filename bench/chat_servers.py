"""Web, Rasa and actions as ``make run`` starts them, on ports and a database of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from tests.bot.running import environment, free_port, process, wait_for
from tests.plugin_app import app_config
from tools.bot_model import BOT_DIR, ensure_model
from tools.environments import BOT, ROOT, WEB
from webapp import create_app
from webapp.demo.load import load_city
from webapp.extensions import db
from webapp.models import ChatMessage

YIELDING = ("nice", "-n", "10")


@dataclass(frozen=True)
class Servers:
    """Addresses of the web application and of Rasa, and the application on the same database."""

    web: str
    rasa: str
    app: Flask

    def stored_words(self, ending: str) -> int:
        """How many messages of residents that end so are in the database."""
        statement = select(func.count(ChatMessage.id)).where(
            ChatMessage.author == "resident", ChatMessage.text.endswith(ending)
        )
        with self.app.app_context():
            return db.session.scalar(statement) or 0

    def memory(self) -> dict[str, float]:
        """Resident memory by process, megabytes: of the web the largest worker."""
        listed = subprocess.run(
            ["ps", "-eo", "rss=,args="], capture_output=True, text=True, check=True
        ).stdout
        port_web, port_rasa = (url.rsplit(":", 1)[1] for url in (self.web, self.rasa))
        sizes: dict[str, float] = {}
        for line in listed.splitlines():
            size, _, command = line.strip().partition(" ")
            for name, mark in (
                ("a web process", f":{port_web}"),
                ("rasa", f"--port {port_rasa}"),
                ("actions", "rasa_sdk"),
            ):
                if mark in command and "bench" not in command:
                    sizes[name] = max(sizes.get(name, 0.0), int(size) / 1024)
        return sizes


@contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Load a small demo city, start all three, yield, stop them. Trains the bot if there is no model."""
    web_port, rasa_port, actions_port = free_port(), free_port(), free_port()
    web, rasa = f"http://127.0.0.1:{web_port}", f"http://127.0.0.1:{rasa_port}"
    app = create_app(app_config(folder / "city.sqlite3", folder))
    with app.app_context():
        db.create_all()
        load_city(datetime.now(UTC), requests=300, reviews=300)
        db.session.remove()
    env = environment(folder, f"http://127.0.0.1:{actions_port}/webhook") | {
        "RASA_URL": rasa, "PUBLIC_URL": web, "RATE_CHAT": "100000 per minute", "RATE_CHAT_ADDRESS": "100000 per minute",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    commands = (
        ("web", [str(WEB.folder / "bin" / "gunicorn"), "app:app", "--bind", f"127.0.0.1:{web_port}"], ROOT, f"{web}/healthz"),
        ("actions", [*YIELDING, str(WEB.python), "-m", "rasa_sdk", "--actions", "bot.actions", "--port", str(actions_port)], ROOT,
         f"http://127.0.0.1:{actions_port}/health"),
        ("rasa", [*YIELDING, str(BOT.folder / "bin" / "rasa"), "run", "--interface", "127.0.0.1", "--port", str(rasa_port),
                  "--model", str(ensure_model())], BOT_DIR, f"{rasa}/"),
    )  # fmt: skip
    started = [process(command, cwd, env, folder / f"{name}.log") for name, command, cwd, _url in commands]
    with started[0], started[1], started[2]:
        for name, _command, _cwd, url in commands:
            wait_for(url, folder / f"{name}.log")
        yield Servers(web, rasa, app)
