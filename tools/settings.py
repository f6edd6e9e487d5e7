"""What the processes of ``make run`` are told, and whether the ports they ask for are free. Standard library only."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from tools.bot_model import model_path
from tools.environments import ROOT

PORTS = {"web": "PORT", "rasa": "RASA_PORT", "actions": "ACTIONS_PORT"}
BOT_PROCESSES = {"rasa", "actions"}


def settings() -> dict[str, str]:
    """The processes' environment: the caller's, with defaults for one machine."""
    env = dict(os.environ)
    for name, value in {
        "HOST": "127.0.0.1",
        "PORT": "8000",
        "RASA_HOST": "127.0.0.1",
        "RASA_PORT": "5005",
        "ACTIONS_PORT": "5055",
        "SANIC_HOST": "127.0.0.1",  # rasa-sdk listens on every interface unless told where
        "WORKER_CONCURRENCY": "1",
        "MINPING_VAR": str(ROOT / "var"),
        "RASA_MODEL": str(model_path()),
        "PYTHONUNBUFFERED": "1",
    }.items():
        env.setdefault(name, value)
    env.setdefault("RASA_URL", f"http://127.0.0.1:{env['RASA_PORT']}")
    env.setdefault("ACTIONS_URL", f"http://127.0.0.1:{env['ACTIONS_PORT']}/webhook")
    env.setdefault("PUBLIC_URL", f"http://127.0.0.1:{env['PORT']}")
    return env


def wanted(names: Iterable[str], env: dict[str, str]) -> list[str]:
    """Those of the processes ``names`` that are to run: not the bot's if ``WITHOUT_BOT`` is set."""
    return [name for name in names if not (env.get("WITHOUT_BOT") and name in BOT_PROCESSES)]


def busy_ports(names: Iterable[str], env: dict[str, str]) -> list[str]:
    """One sentence for each port of the processes ``names`` that something else is listening on, or that is none."""
    problems = []
    for name in names:
        variable = PORTS.get(name)
        if variable is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((env["HOST"] if name == "web" else "127.0.0.1", int(env[variable])))
            except (OSError, ValueError, OverflowError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not a port number"
                problems.append(
                    f"Port {env[variable]} for {name} cannot be used ({reason}); set {variable}=…"
                )
    return problems
