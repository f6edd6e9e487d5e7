"""Ports for servers that take a while to listen."""

from __future__ import annotations

import secrets
import socket

# Below those that Linux gives to every connection that goes out (ip_local_port_range): what was free stays free until the
# server, which may take half a minute to load, asks for it.
FIRST, COUNT = 20_000, 12_000


def free_port() -> int:
    """A port on loopback that nothing listens on, and that the system gives to nobody by itself."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
