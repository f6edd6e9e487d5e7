"""The supervisor leaves nothing running: not after Ctrl-C, not when one process dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.settings import busy_ports, settings

ROOT = Path(__file__).resolve().parents[2]


def start(var: Path, started: str = "lambda: None", **commands: str) -> subprocess.Popen[str]:
    """A supervisor over ``commands`` in a process of its own, with its logs under ``var``."""
    script = (
        "import multiprocessing, os, sys; from tools.supervise import supervise; "
        f"sys.exit(supervise({commands!r}, dict(os.environ), {started}))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "MINPING_VAR": str(var)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def await_pids(folder: Path, count: int) -> list[int]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        pids = [int(text) for path in folder.glob("*.pid") if (text := path.read_text().strip())]
        if len(pids) == count:
            return pids
        time.sleep(0.05)
    raise AssertionError(f"only {list(folder.iterdir())} after 120 s")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process_and_its_children(tmp_path: Path, signal_number: int) -> None:
    sleeper = f"sleep 300 & echo $! > {tmp_path}/child.pid; echo $$ > {tmp_path}/parent.pid; wait"
    process = start(tmp_path, first=sleeper, second=f"echo $$ > {tmp_path}/second.pid; exec sleep 300")
    pids = await_pids(tmp_path, 3)
    process.send_signal(signal_number)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert not [pid for pid in pids if alive(pid)]


def test_a_process_that_dies_takes_the_others_along_and_is_named(tmp_path: Path) -> None:
    dying = f"while [ ! -s {tmp_path}/other.pid ]; do sleep 0.1; done; echo no such table; exit 3"
    process = start(tmp_path, dying=dying, other=f"echo $$ > {tmp_path}/other.pid; exec sleep 300")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "dying stopped by itself" in errors
    assert "no such table" in errors
    assert not alive(int((tmp_path / "other.pid").read_text()))


def test_a_killed_process_is_missed_although_its_children_live(tmp_path: Path) -> None:
    """The worker's pool outlives a worker that was killed, and keeps its output open."""
    parent = f"sleep 300 & echo $! > {tmp_path}/child.pid; echo $$ > {tmp_path}/parent.pid; wait"
    process = start(tmp_path, parent=parent, other=f"echo $$ > {tmp_path}/other.pid; exec sleep 300")
    pids = await_pids(tmp_path, 3)
    os.kill(int((tmp_path / "parent.pid").read_text()), signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert "parent stopped by itself" in errors
    assert not [pid for pid in pids if alive(pid)]


def test_the_waiting_begins_when_all_are_forked(tmp_path: Path) -> None:
    """A thread that runs commands beside the forks lends them its pipes, and waits for their ends for ever."""
    count = "lambda: print(len(multiprocessing.active_children()), 'forked', flush=True)"
    process = start(tmp_path, count, first="exec sleep 1", second="exec sleep 300")
    output, _ = process.communicate(timeout=120)
    assert "2 forked" in output


def test_a_busy_port_is_named_with_the_variable_to_set(free_port: int) -> None:
    env = settings() | {"PORT": str(free_port), "RASA_PORT": "0", "ACTIONS_PORT": "0"}
    assert busy_ports(["web", "worker", "rasa", "actions"], env) == []
    with socket.create_server(("127.0.0.1", free_port)):
        (problem,) = busy_ports(["web", "worker", "rasa", "actions"], env)
    assert str(free_port) in problem
    assert "PORT=" in problem


@pytest.mark.parametrize("port", ["eight", "70000", ""])
def test_what_is_no_port_is_said_so(port: str) -> None:
    (problem,) = busy_ports(["web"], settings() | {"PORT": port})
    assert "not a port number" in problem
