"""Run a command quietly and say what is going on: its last line every few seconds, its whole output if it fails."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "var" / "log"
TICK_S = 5.0
# What stands before the message: colours, a time, a level.
PREFIX = re.compile(r"\033\[[\d;]*m|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* |^(DEBUG|INFO|WARNING|ERROR) +")

_running: set[subprocess.Popen[bytes]] = set()
# Re-entrant: what a signal's handler says may come in the middle of what the same thread is saying.
_lock = threading.RLock()
_stopping = threading.Event()


class Failed(Exception):
    """A step failed; the message is for the person at the keyboard."""


def say(lane: str, text: str) -> None:
    """Print one line of progress."""
    # A buffer refuses to be written to in the middle of a write; better a line lost than a stop.
    with _lock, contextlib.suppress(RuntimeError):
        print(f"  {lane:<5} {text}", flush=True)


def last_line(log: Path) -> str:
    """The last non-empty line of ``log``, cut to fit a terminal; "" if there is none."""
    try:
        tail = log.read_bytes()[-2000:].decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in tail.replace("\r", "\n").splitlines()]
    lines = [line for line in lines if line and not line.startswith("WARNING")]
    if not lines:
        return ""
    while (short := PREFIX.sub("", lines[-1], count=1)) != lines[-1]:
        lines[-1] = short
    return lines[-1][:70]


def run_step(
    lane: str, title: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> None:
    """Run ``command`` with its output in ``var/log/<lane>-setup.log``. Raises ``Failed`` with that output's end."""
    if _stopping.is_set():
        raise Failed(f"{title}: not begun")
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{lane}-setup.log"
    started = time.monotonic()
    say(lane, f"{title} …")
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.STDOUT, cwd=cwd, env={**os.environ, **(env or {})},
            start_new_session=True,
        )  # fmt: skip
    _running.add(process)
    try:
        while True:
            try:
                process.wait(TICK_S)
                break
            except subprocess.TimeoutExpired:
                say(lane, f"{title} … {time.monotonic() - started:.0f} s  {last_line(log)}")
    finally:
        _running.discard(process)
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise Failed(
            f"{title} failed (exit {process.returncode}). The end of {log.relative_to(ROOT)}:\n{tail}"
        )
    say(lane, f"{title}: done in {time.monotonic() - started:.0f} s")


def stop_steps() -> None:
    """End every running step with its children, and let none begin (Ctrl-C, or another step's failure)."""
    _stopping.set()
    for process in list(_running):
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            continue


def colour(code: str, text: str) -> str:
    """``text`` in colour on a terminal, plain elsewhere."""
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text
