"""Calls of WeChat's servers: tokens, customer-service and template messages, menu, QR codes, media.

Error codes after WeChat's documentation of each interface and its table of global return codes
(developers.weixin.qq.com/doc/service/api). Addresses carry the token, so neither they nor what httpx says about them may
reach a log or an exception's text.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import httpx
from flask import current_app

logging.getLogger("httpx").setLevel(logging.WARNING)

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
# Busy, the day's quota of calls used up, too many calls in a minute.
_BUSY = {-1, 45009, 45011}
_TOKEN = {40001, 40014, 41001, 42001}
# Outside the 48 hours or unsubscribed; five sent already; does not follow; not a follower's openid of this account.
_CLOSED = {45015, 45047, 43004, 40003}
# The account lacks the right, is frozen, or calls from an address that is not on its list.
_NO_RIGHT = {48001, 48004, 48006, 50001, 50002, 50004, 50007, 40164}


class WechatError(Exception):
    """WeChat did not do what it was asked. ``code`` is its errcode, or None when nothing readable came back."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"{type(self).__name__} {code if code is not None else reason}")
        self.code = code


class Busy(WechatError):
    """Try again later. ``maybe_done``: the answer was lost, so what was asked may have happened."""

    def __init__(self, code: int | None, reason: str = "", maybe_done: bool = False) -> None:
        super().__init__(code, reason)
        self.maybe_done = maybe_done


class TokenRejected(WechatError):
    """The access token is wrong or has ended."""


class WindowClosed(WechatError):
    """This person cannot be written to now: 48 hours or five messages are over, or they do not follow."""


class NoRight(WechatError):
    """The account may not do this, or its secret is missing or wrong."""


class Refused(WechatError):
    """Something in the request is wrong; asking again the same way is no use."""


@cache
def _client() -> httpx.Client:
    # One pool of connections per process, made after the fork. Never through a proxy.
    return httpx.Client(trust_env=False, timeout=TIMEOUT)


def _send(method: str, path: str, **options: Any) -> httpx.Response:
    url = f"{current_app.config['WECHAT_API_URL']}/cgi-bin/{path}"
    try:
        response = _client().request(method, url, **options)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Busy(None, type(error).__name__) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Busy(None, type(error).__name__, maybe_done=True) from None
    return response


def _checked(response: httpx.Response) -> dict[str, Any]:
    if response.status_code in (404, 405):
        raise Refused(None, "no such interface")
    if response.status_code != 200:
        raise Busy(None, f"status {response.status_code}", maybe_done=response.status_code >= 500)
    try:
        answer = response.json()
        code = int(answer.get("errcode") or 0)
    except (ValueError, TypeError, AttributeError):
        raise Busy(None, "no JSON", maybe_done=True) from None
    if code == 0:
        return dict(answer)
    for codes, error in (
        (_BUSY, Busy),
        (_TOKEN, TokenRejected),
        (_CLOSED, WindowClosed),
        (_NO_RIGHT, NoRight),
    ):
        if code in codes:
            raise error(code)
    raise Refused(code)


def fetch_token(force: bool) -> tuple[str, int]:
    """A token and for how many seconds it is good (``stable_token``); ``force`` ends the one given before.

    WeChat forces 20 times a day and not twice in 30 seconds; then it gives the present token.
    Raises ``Busy``, ``NoRight`` (wrong id or secret, an address not allowed).
    """
    config = current_app.config
    account = {
        "grant_type": "client_credential", "appid": config["WECHAT_APP_ID"], "secret": config["WECHAT_APP_SECRET"],
    }  # fmt: skip
    try:
        response = _send("POST", "stable_token", json={**account, "force_refresh": force})
        if response.status_code == 404:
            # What stands in for WeChat in some networks knows the older interface only.
            response = _send("GET", "token", params=account)
        answer = _checked(response)
        return str(answer["access_token"]), int(answer["expires_in"])
    except (TokenRejected, Refused) as error:
        raise NoRight(error.code) from None
    except (KeyError, ValueError, TypeError):
        raise Busy(None, "no token in the answer") from None


def call(path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST ``body`` to ``/cgi-bin/<path>`` and return the answer. Raises a subclass of ``WechatError``."""
    return _checked(_send("POST", path, params={"access_token": token}, json=body))


def download(token: str, media_id: str, limit: int) -> bytes:
    """A picture somebody sent (``media/get``), at most ``limit`` bytes. Raises a subclass of ``WechatError``."""
    url = f"{current_app.config['WECHAT_API_URL']}/cgi-bin/media/get"
    params = {"access_token": token, "media_id": media_id}
    data = bytearray()
    try:
        with _client().stream("GET", url, params=params) as response:
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > limit:
                    raise Refused(None, "too large")
    except httpx.HTTPError as error:
        raise Busy(None, type(error).__name__) from None
    if response.status_code != 200:
        raise Busy(None, f"status {response.status_code}")
    # Errors come as JSON with status 200; no picture begins with a brace.
    if data.lstrip()[:1] == b"{":
        _checked(httpx.Response(200, content=bytes(data)))
        raise Refused(None, "no picture")
    return bytes(data)


def ticket_picture(ticket: str) -> bytes:
    """The picture of a QR code by its ticket (``showqrcode``, of another host than the interfaces). Raises ``Busy``."""
    base = current_app.config["WECHAT_API_URL"].replace("//api.", "//mp.")
    try:
        response = _client().get(f"{base}/cgi-bin/showqrcode", params={"ticket": ticket})
    except httpx.HTTPError as error:
        raise Busy(None, type(error).__name__) from None
    if response.status_code != 200:
        raise Busy(None, f"status {response.status_code}")
    return response.content
