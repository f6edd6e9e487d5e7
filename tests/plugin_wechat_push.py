"""WeChat's servers speaking to the application under test, and a bot that answers as it is told to.

Signing and sealing are wechatpy's, so that ours is never compared with itself.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import xmltodict
from flask import Flask
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner
from werkzeug.test import TestResponse

TOKEN = "an account's token"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx-test"
ACCOUNT = "gh_test"
_numbers = itertools.count(6054768590064713728)


def _signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


@dataclass
class Pusher:
    """Delivers what people do. Each call of :meth:`push` is one delivery; ``message`` makes what is delivered."""

    app: Flask
    token: str = TOKEN
    sealed: bool = False

    def message(self, kind: str, openid: str = "oUser", **fields: Any) -> dict[str, Any]:
        """A message with an id of its own, or (kind "event") an event."""
        own = {} if kind == "event" else {"MsgId": next(_numbers)}
        head = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": kind,
        }
        return head | own | fields

    def push(
        self, message: dict[str, Any] | str, content_type: str = "text/xml", **query: Any
    ) -> TestResponse:
        """Deliver ``message`` (or a body as it is) with a signature; ``query`` replaces parts of the address."""
        body = (
            message if isinstance(message, str) else xmltodict.unparse({"xml": message}, full_document=False)
        )
        timestamp, nonce = str(query.pop("timestamp", int(time.time()))), "1320562132"
        given = {"timestamp": timestamp, "nonce": nonce, "signature": _signed(self.token, timestamp, nonce)}
        if self.sealed:
            body = WeChatCrypto(self.token, AES_KEY, APP_ID).encrypt_message(body, nonce, timestamp)
            given |= {"encrypt_type": "aes", "msg_signature": xmltodict.parse(body)["xml"]["MsgSignature"]}
        wanted = {name: value for name, value in (given | query).items() if value is not None}
        client = self.app.test_client()
        return client.post("/wechat", query_string=wanted, data=body.encode(), content_type=content_type)

    def read(self, response: TestResponse) -> str:
        """The text that the person sees; '' when WeChat shows nothing."""
        assert response.status_code == 200, response.status
        if response.text in ("", "success"):
            return ""
        body = response.text
        if self.sealed:
            outer = xmltodict.parse(body)["xml"]
            crypto = WeChatCrypto(self.token, AES_KEY, APP_ID)
            body = crypto.decrypt_message(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        reply = xmltodict.parse(body)["xml"]
        assert reply["MsgType"] == "text"
        assert reply["FromUserName"] == ACCOUNT
        assert len(reply["Content"].encode()) <= 2048
        return str(reply["Content"])

    def do(self, kind: str, **fields: Any) -> str:
        """One message, delivered once; what the person sees."""
        return self.read(self.push(self.message(kind, **fields)))

    def say(self, text: str, **fields: Any) -> str:
        """Write ``text``; what the person sees."""
        return self.do("text", Content=text, **fields)


@dataclass
class StandIn:
    """A server in Rasa's place: ``answers`` makes the parts of an answer, or bytes as they are, from (sender, message)."""

    answers: Callable[[str, str], list[dict[str, Any]] | bytes]
    heard: list[tuple[str, str]] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """What it was told, whoever said it."""
        return [message for _sender, message in self.heard]


def _handler(bot: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bot.heard.append((body["sender"], body["message"]))
            answer = bot.answers(body["sender"], body["message"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    """A bot that says what it heard, and its address."""
    bot = StandIn(lambda _sender, message: [{"text": f"听到：{message}"}])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bot))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield bot, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def bot(app: Flask, stand_in: tuple[StandIn, str]) -> StandIn:
    """The bot of the application under test."""
    app.config["RASA_URL"] = stand_in[1]
    return stand_in[0]


@pytest.fixture
def wechat(app: Flask) -> Pusher:
    """WeChat's servers, in front of an account that may not call them back."""
    app.config.update(
        WECHAT_TOKEN=TOKEN, WECHAT_APP_ID=APP_ID, WECHAT_AES_KEY=AES_KEY, WECHAT_APP_SECRET="", WECHAT_MODE="",
        # On a busy machine four seconds are soon over; tests of the promise set their own.
        WECHAT_ANSWER_S=30.0,
    )  # fmt: skip
    return Pusher(app)
