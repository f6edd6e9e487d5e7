"""Gunicorn with a process set apart for residents' words: who answers what, and that nothing is lost when it goes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.bot.running import free_port
from webapp.worker import is_ours

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 3


@dataclass
class Gunicorn:
    url: str
    process: subprocess.Popen[bytes]

    def page(self) -> int:
        """The process that answers a page."""
        return int(httpx.get(f"{self.url}/").json()["pid"])

    def words(self, path: str = "messages", size: int = 30) -> int:
        """The process that answers words, after it has read all of them."""
        answer = httpx.post(f"{self.url}/api/v1/chat/{path}", content=b"x" * size, timeout=20).json()
        assert answer["body"] == size
        return int(answer["pid"])

    def workers(self) -> set[int]:
        listed = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid="], capture_output=True, text=True, check=False
        ).stdout
        return set(map(int, listed.split()))


def wait_until(what: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def gunicorn() -> Iterator[Gunicorn]:
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "tests.factories.who:app", "-c", "python:tests.factories.who",
        "-k", "webapp.worker.Worker", "-w", str(WORKERS), "--threads", "4",
        "-b", f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "error", "--preload",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as process:
        server = Gunicorn(f"http://127.0.0.1:{port}", process)

        def answers() -> bool:
            try:
                return server.page() > 0 and len(server.workers()) == WORKERS
            except httpx.TransportError:
                return False

        wait_until(answers)
        yield server
        process.terminate()


def test_words_have_a_process_of_their_own_and_pages_the_others(gunicorn: Gunicorn) -> None:
    first = gunicorn.words()
    with ThreadPoolExecutor(8) as people:
        takers = set(people.map(lambda _: gunicorn.words(size=100_000), range(24)))
        readers = set(people.map(lambda _: gunicorn.page(), range(48)))
    assert takers == {first}
    assert first not in readers
    assert os.getpriority(os.PRIO_PROCESS, first) > os.getpriority(os.PRIO_PROCESS, readers.pop())


def test_a_connection_that_brought_pages_may_bring_words_and_pages_again(gunicorn: Gunicorn) -> None:
    words = gunicorn.words()
    with httpx.Client(base_url=gunicorn.url) as browser:
        for _ in range(3):
            assert browser.get("/").json()["pid"] != words
            assert browser.post("/api/v1/chat/messages", content=b"x").json()["pid"] == words


def test_who_connects_and_says_nothing_holds_up_nobody(gunicorn: Gunicorn) -> None:
    host, port = gunicorn.url.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(3 * WORKERS * 4)]
    try:
        words = gunicorn.words()
        assert gunicorn.page() != words
        # Words that come in pieces, late and slowly, arrive whole.
        late = silent[0]
        late.sendall(b"PO")
        time.sleep(0.1)
        late.sendall(b"ST /api/v1/chat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        late.sendall(b"cd")
        with late.makefile("rb") as answer:
            assert b'"body": 4' in answer.read()
    finally:
        for connection in silent:
            connection.close()


def test_when_the_process_for_words_dies_another_takes_its_place(gunicorn: Gunicorn) -> None:
    first = gunicorn.words()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: first not in gunicorn.workers())
    second = gunicorn.words()
    assert second != first
    assert {gunicorn.words() for _ in range(5)} == {second}
    assert second not in {gunicorn.page() for _ in range(20)}


SLOW = b"POST /api/v1/chat/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab"


def _say(gunicorn: Gunicorn, stack: ExitStack, people: int) -> list[socket.socket]:
    """So many connections, each of which has said something that is answered after a moment."""
    host, port = gunicorn.url.removeprefix("http://").split(":")
    said = [stack.enter_context(socket.create_connection((host, int(port)), 30)) for _ in range(people)]
    for connection in said:
        connection.sendall(SLOW)
    return said


def _answer(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as answer:
        return answer.read()


def test_who_is_slow_to_hang_up_holds_up_nobody(gunicorn: Gunicorn) -> None:
    """The last to be answered is read first: the others have their answers, and do not hang up."""
    gunicorn.words()
    with ExitStack() as stack:
        said = _say(gunicorn, stack, 24)
        # Were each waited for in turn, the last would get its end after 2 s for each one before.
        assert all(b'"body": 2' in _answer(connection) for connection in reversed(said))
        assert gunicorn.words() > 0


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM])
def test_a_reload_or_a_stop_loses_no_words(gunicorn: Gunicorn, how: signal.Signals) -> None:
    """What was taken in is answered; on a reload what comes meanwhile, too."""
    first = gunicorn.words()
    with ExitStack() as stack:
        said = _say(gunicorn, stack, 12)
        # Connections are accepted in their order: once as many pages as there are workers, and then some, have been
        # answered, the others have been taken in.
        for _ in range(4 * WORKERS):
            gunicorn.page()
        gunicorn.process.send_signal(how)
        if how == signal.SIGHUP:
            with ThreadPoolExecutor(8) as people:
                assert all(people.map(lambda _: gunicorn.words() > 0, range(40)))
        assert all(b'"body": 2' in _answer(connection) for connection in said)
    if how == signal.SIGHUP:
        wait_until(lambda: first not in gunicorn.workers())
        wait_until(lambda: len({gunicorn.words() for _ in range(6)}) == 1)
    else:
        assert gunicorn.process.wait(20) == 0


def test_only_a_process_of_the_same_user_is_passed_words(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        assert is_ours(one)
        monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        assert not is_ours(one)
