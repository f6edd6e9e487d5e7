"""Pictures by the address (``PicUrl``) that WeChat gives with them."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import httpx
from flask import current_app

LIMIT = 10 * 1024 * 1024
# Where WeChat keeps pictures (mmbiz.qpic.cn and its mirrors).
_HOSTS = (".qpic.cn", ".qlogo.cn", ".qq.com")


class Lost(Exception):
    """The picture cannot be had: no address of WeChat's, too large, or nothing answers."""


@cache
def _client() -> httpx.Client:
    # Made after the fork. Never through a proxy, and never on to where an answer points.
    return httpx.Client(trust_env=False, follow_redirects=False, timeout=httpx.Timeout(5.0, connect=2.0))


def fetch(url: str) -> bytes:
    """The picture at ``url``, at most ``LIMIT`` bytes. Raises ``Lost``.

    The address is from a signed message, but in plain mode the signature does not cover it: only WeChat's own hosts, and
    that of ``WECHAT_API_URL``, are asked, so that nobody can make the server call its neighbours.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise Lost("address") from error
    ours = urlsplit(current_app.config["WECHAT_API_URL"]).hostname
    if parts.scheme not in ("http", "https") or not (host.endswith(_HOSTS) or (host and host == ours)):
        raise Lost("address")
    data = bytearray()
    try:
        with _client().stream("GET", url) as response:
            if response.status_code != 200:
                raise Lost(f"status {response.status_code}")
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > LIMIT:
                    raise Lost("too large")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Lost(type(error).__name__) from None
    return bytes(data)
