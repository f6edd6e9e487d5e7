"""Run the processes of the Procfile together (honcho) until one of them stops or Ctrl-C, and say when all are ready.

The commands are the Procfile's; compose.yaml uses the same ones. What each process prints goes to ``var/log``.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from honcho import manager as honcho_manager
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message
from honcho.process import Popen, Process

from tools.bot_model import QUIET
from tools.environments import BOT, ROOT, WEB
from tools.progress import say
from tools.readiness import announce_when_ready
from tools.settings import busy_ports, settings, wanted

STOP_GRACE_S = 12  # gunicorn finishes its requests and celery its task, then everything is killed


def processes(env: dict[str, str]) -> dict[str, str]:
    """Name → command of what is to run: the Procfile's, without the bot if ``WITHOUT_BOT`` is set."""
    commands: dict[str, str] = parse_procfile((ROOT / "Procfile").read_text()).processes
    return {name: commands[name] for name in wanted(commands, env)}


def environment_of(name: str, env: dict[str, str]) -> dict[str, str]:
    """``env`` for process ``name``: with its own virtual environment first on PATH."""
    own = BOT if name == "rasa" else WEB
    extra = QUIET if name == "rasa" else {}
    path = f"{own.folder / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return {**env, **extra, "PATH": path, "VIRTUAL_ENV": str(own.folder)}


class LogPrinter:
    """Honcho's printer: each process into its own rotating file, the supervisor's own words on the terminal."""

    width = 0

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.loggers: dict[str, logging.Logger] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            # What the last run said must not be taken for this one's.
            (folder / f"{name}.log").unlink(missing_ok=True)

    def _logger(self, name: str) -> logging.Logger:
        if name not in self.loggers:
            path = self.folder / f"{name}.log"
            logger = logging.getLogger(f"supervise.{name}")
            logger.propagate = False
            logger.setLevel(logging.INFO)
            logger.addHandler(logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=1))
            self.loggers[name] = logger
        return self.loggers[name]

    def write(self, message: Message) -> None:
        """Take one line of a process, or of honcho itself."""
        text = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
        if message.name == honcho_manager.SYSTEM_PRINTER_NAME:
            say("", text.rstrip("\n"))
        else:
            self._logger(message.name).info(text.rstrip("\n"))

    def tail(self, name: str, lines: int = 25) -> str:
        """The last ``lines`` of what process ``name`` printed."""
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


def _yield_to_pages(pid: int, command: str) -> None:
    """Give a process's session the priority that its command asks for with ``nice``.

    Honcho starts every process in a session of its own, and Linux schedules by sessions first (``sched(7)``, autogroup).
    """
    asked = re.search(r"\bnice -n (\d+)", command)
    if asked:
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(asked[1])


class _Child(Popen):  # type: ignore[misc]
    """A process whose own children end with it: orphans would hold its output open, and nobody would see it is gone."""

    def __init__(self, command: str, **options: Any) -> None:
        super().__init__(command, **options)
        _yield_to_pages(self.pid, command)
        threading.Thread(target=self._bury, daemon=True).start()

    def _bury(self) -> None:
        self.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class _Process(Process):  # type: ignore[misc]
    def __init__(self, command: str, **options: Any) -> None:
        super().__init__(command, **options)
        self._child_ctor = _Child


class Supervisor(Manager):  # type: ignore[misc]
    """Honcho's manager, which remembers who stopped first and whether somebody asked for it."""

    first_stopped: str | None = None

    def __init__(self, printer: LogPrinter, started: Callable[[], None]) -> None:
        super().__init__(printer)
        self._process_ctor = _Process
        self._started = started

    def _start(self) -> None:
        super()._start()
        self._started()

    def terminate(self) -> None:
        """Stop every process; called by honcho on a signal or when one process has stopped."""
        if not self._all_started():
            # Honcho learns a process's id a moment after its start, and can only stop what it knows.
            threading.Timer(0.1, self.terminate).start()
            return
        if self.first_stopped is None:
            stopped = [
                name for name, process in self._processes.items() if process.get("returncode") is not None
            ]
            self.first_stopped = stopped[0] if stopped else ""
        super().terminate()


def supervise(
    commands: dict[str, str], env: dict[str, str], started: Callable[[], None] = lambda: None
) -> int:
    """Run ``commands`` until one of them stops or a signal comes; returns the exit status (0 after a signal).

    ``started`` is called once all have been forked: a thread begun before could be forked in the middle of something.
    """
    honcho_manager.KILL_WAIT = STOP_GRACE_S
    printer = LogPrinter(Path(env["MINPING_VAR"]) / "log", commands)
    supervisor = Supervisor(printer, started)
    for name, command in commands.items():
        supervisor.add_process(name, command, env=environment_of(name, env), cwd=str(ROOT))
    # A closed terminal must not leave processes behind.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    supervisor.loop()
    if not supervisor.first_stopped:
        return 0
    print(
        f"\n{supervisor.first_stopped} stopped by itself, so all were stopped. Its last words:\n",
        file=sys.stderr,
    )
    print(printer.tail(supervisor.first_stopped), file=sys.stderr)
    return supervisor.returncode or 1


def main() -> int:
    """Start what ``make run`` starts; returns the exit status."""
    env = settings()
    commands = processes(env)
    if problems := busy_ports(list(commands), env):
        print("\n".join(problems), file=sys.stderr)
        return 1
    return supervise(commands, env, partial(announce_when_ready, list(commands), env))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        # Before the first process was started.
        sys.exit(130)
