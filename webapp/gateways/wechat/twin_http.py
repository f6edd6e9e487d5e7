"""HTTP in front of WeChat's console twin (:mod:`webapp.gateways.wechat.twin`). All answers have status 200, as WeChat's."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import segno

if TYPE_CHECKING:
    from webapp.gateways.wechat.twin import Twin

_REASONS = {
    -1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40003: "invalid openid",
    40007: "invalid media_id", 40013: "invalid appid", 40018: "invalid button name size", 40037: "invalid template_id",
    40125: "invalid appsecret", 42001: "access_token expired", 43004: "require subscribe",
    45002: "content size out of limit", 45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit", 47001: "data format error", 48001: "api unauthorized",
}  # fmt: skip
# Path below /cgi-bin/ → the twin's method.
_ROUTES = {
    "message/custom/send": "custom_send", "message/template/send": "template_send", "menu/create": "menu_create",
    "qrcode/create": "qrcode_create", "openapi/quota/get": "quota",
}  # fmt: skip


class Failure(Exception):
    """Answered with ``code`` as errcode."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def make_server(twin: Twin, port: int) -> ThreadingHTTPServer:
    """A server on loopback for ``twin``, not yet running. Raises ``OSError`` when the port is taken."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"twin": twin}))
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """One call of an interface, or of a picture by its address."""

    twin: Twin

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        path = url.path.removeprefix("/cgi-bin/")
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "stable_token" and self.twin.only_old_tokens:
            self.twin.calls[path] += 1
            self.send_error(404)
            return
        self._answer_call(path, lambda: self._posted(path, url.query, raw))

    def _posted(self, path: str, query: str, raw: bytes) -> dict[str, Any]:
        body = json.loads(raw)
        if path == "stable_token":
            return self.twin.stable_token(body)
        self.twin.check_token(parse_qs(query).get("access_token", [""])[0])
        return {"errcode": 0, "errmsg": "ok"} | getattr(self.twin, _ROUTES[path])(body)

    def _answer_call(self, path: str, work: Callable[[], dict[str, Any] | bytes]) -> None:
        try:
            self._fail_if_told(path)
            answer = work()
            if isinstance(answer, bytes):
                self._answer(answer, "image/jpeg")
                return
        except Failure as failure:
            answer = {"errcode": failure.code, "errmsg": _REASONS.get(failure.code, "error")}
        except (ValueError, KeyError, TypeError, AttributeError):
            answer = {"errcode": 47001, "errmsg": _REASONS[47001]}
        self._answer(json.dumps(answer, ensure_ascii=False).encode(), "application/json; encoding=utf-8")

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path.startswith("/pictures/") and (data := self.twin.media.get(url.path.split("/")[2])):
            self._answer(data, "image/jpeg")
            return
        if url.path == "/cgi-bin/showqrcode" and (scene := self.twin.scenes.get(query.get("ticket", ""))):
            picture = io.BytesIO()
            segno.make(self.twin.address_of(scene)).save(picture, kind="png", scale=8)
            self._answer(picture.getvalue(), "image/png")
            return
        path = url.path.removeprefix("/cgi-bin/")
        work: Callable[[dict[str, str]], dict[str, Any] | bytes] = self._media
        if path == "token":
            work = self.twin.old_token
        self._answer_call(path, lambda: work(query))

    def _media(self, query: dict[str, str]) -> bytes:
        self.twin.check_token(query.get("access_token", ""))
        if query.get("media_id") not in self.twin.media:
            raise Failure(40007)
        return self.twin.media[query["media_id"]]

    def _fail_if_told(self, path: str) -> None:
        self.twin.calls[path] += 1
        if self.twin.failures[path]:
            raise Failure(self.twin.failures[path].popleft())

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses carry tokens."""
