"""Gunicorn's threaded worker, with one process set apart for residents' words.

Taking in a message costs little, but two hundred of them at once would share the interpreter with every page that is being
made. The worker that meets the first of them therefore becomes the one that takes words: from then on it accepts nothing
from the network, and the others pass it the connections on which words come in (``SCM_RIGHTS``), before a byte is read.
When it is gone, the next one to meet words takes its place; where it cannot be reached, or is the only one, words are
taken in like anything else. It runs at a lower priority, so that a crowd waits for the pages and not the other way round.

Who is slow to hang up after an answer holds up nobody: gunicorn lets its event loop wait for that, up to two seconds for
each connection, which on the process that takes words (it keeps none open) would be everybody's wait.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

WORDS = (b"POST /api/v1/chat", b"POST /wechat")
"""How a request begins whose answer may wait for the bot"""
_PEEK = max(map(len, WORDS))
_PRIORITY = 5
_AT_ONCE = 64
_GOODBYE_SECONDS = 2.0
_GOODBYE_BYTES = 65536
"""How long, and past how many unread bytes, a client is waited for after its last answer (as ``gunicorn.util`` has it)"""


def _beginning(conn: TConn) -> bytes | None:
    """The first bytes that wait on a connection, left unread; None if nothing has come yet."""
    try:
        return bytes(conn.sock.recv(_PEEK, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except (OSError, ValueError):
        # Gone, or wrapped for TLS: gunicorn deals with it.
        return b""


def is_ours(channel: socket.socket) -> bool:
    """Whether the process at the other end runs as the same user: an abstract name can be taken by anybody on the machine."""
    _pid, user, _group = struct.unpack("3i", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.getuid())


class _Goodbye:
    """A connection whose last answer is written, until its client has hung up."""

    def __init__(self, conn: TConn) -> None:
        self.conn = conn
        self.until = time.monotonic() + _GOODBYE_SECONDS
        self._unread = 0

    def is_over(self) -> bool:
        """Read what is there, and say whether the client has hung up or sent too much."""
        try:
            rest = self.conn.sock.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            return True
        self._unread += len(rest)
        return not rest or self._unread >= _GOODBYE_BYTES


class Worker(ThreadWorker):  # type: ignore[misc]
    """See the module."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._listener: socket.socket | None = None
        self._taking: list[socket.socket] = []
        self._to_words: socket.socket | None = None
        self._leaving: deque[_Goodbye] = deque()

    @property
    def takes_words(self) -> bool:
        """Whether this is the process that is set apart."""
        return self._listener is not None

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn's; whoever takes words accepts connections of the others only, and none of those when it stops."""
        if not self.takes_words:
            super().set_accept_enabled(enabled)
        elif not self.alive:
            self._stop_taking()

    def enqueue_req(self, conn: TConn) -> None:
        """As gunicorn's, but words are passed on, and who has said nothing yet holds no thread: what for is not known."""
        if conn.is_http2 or self.takes_words:
            super().enqueue_req(conn)
            return
        beginning = _beginning(conn)
        if beginning is None and not conn.initialized and not conn.data_ready:
            self._wait_for_data(conn)
        elif beginning and beginning.startswith(WORDS) and self._passed_on(conn):
            self.nr_conns -= 1
            conn.close()
        else:
            super().enqueue_req(conn)

    def _wait_for_data(self, conn: TConn) -> None:
        # What gunicorn does after a thread has waited in vain.
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    # Hanging up

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """As gunicorn's, but the event loop goes on while a client is yet to hang up."""
        if self.cfg.is_ssl or fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        goodbye = _Goodbye(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, lambda _client: self._hear_out(goodbye))
        except (OSError, ValueError):
            self.nr_conns -= 1
            conn.close()
        else:
            self._leaving.append(goodbye)

    def _hear_out(self, goodbye: _Goodbye) -> None:
        if goodbye.is_over():
            self._leaving.remove(goodbye)
            self._hang_up(goodbye)

    def _hang_up(self, goodbye: _Goodbye) -> None:
        self.poller.unregister(goodbye.conn.sock)
        self.nr_conns -= 1
        goodbye.conn.close()

    def murder_pending(self) -> None:
        """As gunicorn's; so do those that have not hung up in time."""
        super().murder_pending()
        while self._leaving and self._leaving[0].until <= time.monotonic():
            self._hang_up(self._leaving.popleft())

    # Passing on

    @property
    def _address(self) -> str:
        """Of the process that takes words, among the workers of one gunicorn (an abstract name, so nothing is left over)."""
        return f"\0minping-words-{self.ppid}"

    def _passed_on(self, conn: TConn) -> bool:
        if self.cfg.is_ssl or self.cfg.workers < 2:
            return False
        for _attempt in range(2):
            try:
                self._send(conn)
            except BlockingIOError:
                return False  # it has its hands full
            except OSError:
                self._forget_words()
                if self._set_apart():
                    return False
            else:
                return True
        return False

    def _send(self, conn: TConn) -> None:
        if self._to_words is None:
            self._to_words = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._to_words.connect(self._address)
            if not is_ours(self._to_words):
                raise PermissionError("somebody else's socket")
            self._to_words.setblocking(False)
        socket.send_fds(self._to_words, [b"."], [conn.sock.fileno()])

    def _forget_words(self) -> None:
        if self._to_words is not None:
            self._to_words.close()
            self._to_words = None

    # Taking

    def _set_apart(self) -> bool:
        """Become the process that takes words; False if another one just has."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            listener.bind(self._address)
        except OSError:
            listener.close()
            return False
        listener.listen()
        super().set_accept_enabled(False)
        self._listener = listener
        self.poller.register(listener, selectors.EVENT_READ, self._meet)
        # A page on a connection that brought words would queue behind the next ones: everybody connects anew.
        self.max_keepalived = -1
        with contextlib.suppress(OSError):
            os.nice(_PRIORITY)
        self.log.info("Taking residents' words from now on (pid: %s)", self.pid)
        return True

    def _meet(self, listener: socket.socket) -> None:
        channel, _address = listener.accept()
        if not is_ours(channel):
            channel.close()
            return
        channel.setblocking(False)
        self._taking.append(channel)
        self.poller.register(channel, selectors.EVENT_READ, self._take)

    def _take(self, channel: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                said, descriptors, _flags, _address = socket.recv_fds(channel, 1, 1)
            except BlockingIOError:
                return
            except OSError:
                said, descriptors = b"", []
            if not said:
                self._part(channel)
                return
            for descriptor in descriptors:
                self._welcome(socket.socket(fileno=descriptor))

    def _welcome(self, client: socket.socket) -> None:
        try:
            conn = TConn(self.cfg, client, client.getpeername(), client.getsockname())
        except OSError:
            client.close()
            return
        self.nr_conns += 1
        conn.data_ready = True
        self.enqueue_req(conn)

    def _part(self, channel: socket.socket) -> None:
        self._taking.remove(channel)
        self.poller.unregister(channel)
        channel.close()

    def _stop_taking(self) -> None:
        """Take what has been passed already; from now on the others see that nobody takes words here."""
        if self._listener is not None and self._listener.fileno() >= 0:
            self.poller.unregister(self._listener)
            self._listener.close()
        for channel in list(self._taking):
            # Whoever sends now gets an error and keeps the connection; what was sent before can still be read.
            channel.shutdown(socket.SHUT_RD)
            while channel in self._taking:
                self._take(channel)
