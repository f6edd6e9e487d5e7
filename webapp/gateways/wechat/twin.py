"""WeChat's servers in miniature, for development and tests: the interfaces that an account calls, over real HTTP.

Keeps WeChat's rules: tokens end and a forced renewal ends the one before, five customer-service messages in 48 hours
after a person's word (three in a minute after a click, a scan or a subscription), messages of 2,048 bytes at most, one
template message per ``client_msg_id``. How a person speaks to the account is in ``twin_push``.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from webapp.gateways.wechat.twin_http import Failure, make_server

TOKEN_S = 7200
# WeChat does not force a second renewal within this time.
FORCE_PAUSE_S = 30
OVERLAP_S = 300
TEXT_BYTES = 2048
# What a person did → (customer-service messages that may follow, for how many seconds).
WINDOWS = {"word": (5, 48 * 3600), "touch": (3, 60)}


@dataclass
class Follower:
    """A person: whether they follow, and how many messages may still be sent to them until when."""

    subscribed: bool = True
    left: int = 0
    until: float = 0.0


@dataclass(frozen=True)
class Sent:
    """A message that the account sent to a person: ``kind`` is custom or template, ``text`` its words or fields."""

    openid: str
    kind: str
    text: str


@dataclass
class Twin:
    """The state behind the interfaces. ``on_message`` is called, in a server thread, with each message sent."""

    app_id: str
    secret: str
    port: int = 0
    templates: set[str] = field(default_factory=set)
    on_message: Callable[[Sent], None] = lambda sent: None
    followers: dict[str, Follower] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    menu: dict[str, Any] | None = None
    scenes: dict[str, str] = field(default_factory=dict)
    # As WeChat once was: a QR code's address is not told.
    only_tickets: bool = False
    # As before stable_token.
    only_old_tokens: bool = False
    media: dict[str, bytes] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    # Errors to answer the next calls with, by path.
    failures: defaultdict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        self._tokens: dict[str, float] = {}
        self._present = ""
        self._forced_at = 0.0
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._server = make_server(self, self.port)

    @property
    def url(self) -> str:
        """What ``WECHAT_API_URL`` must be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Twin:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def did(self, openid: str, what: str = "word") -> None:
        """A person spoke ("word") or clicked, scanned, subscribed ("touch"): messages may follow. They do not add up."""
        person = self.followers.setdefault(openid, Follower())
        messages, seconds = WINDOWS[what]
        now = time.time()
        left, until = (person.left, person.until) if person.until > now else (0, 0.0)
        person.left, person.until = max(left, messages), max(until, now + seconds)

    def end_tokens(self) -> None:
        """All tokens given so far have ended, though nobody was told."""
        self._tokens = dict.fromkeys(self._tokens, 0.0)

    def add_picture(self, data: bytes) -> tuple[str, str]:
        """Somebody sends a picture: its media id and its address."""
        media_id = secrets.token_urlsafe(24)
        self.media[media_id] = data
        return media_id, f"{self.url}/pictures/{media_id}"

    # The interfaces: each takes a body and returns the answer, or raises Failure.

    def stable_token(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/stable_token``."""
        if body.get("appid") != self.app_id:
            raise Failure(40013)
        if body.get("secret") != self.secret or body.get("grant_type") != "client_credential":
            raise Failure(40125)
        now = time.time()
        with self._lock:
            left = self._tokens.get(self._present, 0.0) - now
            forced = bool(body.get("force_refresh")) and now - self._forced_at >= FORCE_PAUSE_S
            if forced:
                self._tokens, self._forced_at = {}, now
            if forced or left <= OVERLAP_S:
                self._present, left = secrets.token_urlsafe(90), TOKEN_S
                self._tokens[self._present] = now + left
            return {"access_token": self._present, "expires_in": int(left)}

    def old_token(self, query: dict[str, str]) -> dict[str, Any]:
        """``GET /cgi-bin/token``: a new token each time."""
        self._forced_at = 0.0
        return self.stable_token(query | {"force_refresh": True})

    def check_token(self, token: str) -> None:
        """Raises ``Failure``."""
        if token not in self._tokens:
            raise Failure(40001)
        if self._tokens[token] <= time.time():
            raise Failure(42001)

    def custom_send(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/message/custom/send``: text only, as that is all the account sends."""
        if body.get("msgtype") != "text" or not body.get("text", {}).get("content"):
            raise Failure(47001)
        text = str(body["text"]["content"])
        if len(text.encode()) > TEXT_BYTES:
            raise Failure(45002)
        with self._lock:
            person = self._person(body)
            if not person.subscribed or person.until <= time.time():
                raise Failure(45015)
            if person.left <= 0:
                raise Failure(45047)
            person.left -= 1
        self._deliver(Sent(body["touser"], "custom", text))
        return {}

    def template_send(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/message/template/send``."""
        if not self.templates:
            raise Failure(48001)
        if body.get("template_id") not in self.templates:
            raise Failure(40037)
        if not self._person(body).subscribed:
            raise Failure(43004)
        key = (body["touser"], str(body.get("client_msg_id") or secrets.token_hex(8)))
        with self._lock:
            new = key not in self._known
            self._known.add(key)
        if new:
            fields = [f"{name}: {value['value']}" for name, value in body["data"].items()]
            self._deliver(Sent(body["touser"], "template", "\n".join(fields)))
        return {"msgid": secrets.randbelow(10**9)}

    def menu_create(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/menu/create``: three buttons with five in each at most, short names."""
        buttons = body.get("button") or []
        if not 1 <= len(buttons) <= 3 or any(len(b.get("sub_button", [])) > 5 for b in buttons):
            raise Failure(47001)
        inner = [b for button in buttons for b in button.get("sub_button", [])]
        for limit, group in ((4, buttons), (8, inner)):
            if any(not 1 <= len(b["name"]) <= limit for b in group):
                raise Failure(40018)
        self.menu = body
        return {}

    def qrcode_create(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/qrcode/create``: permanent codes with a name."""
        scene = body.get("action_info", {}).get("scene", {}).get("scene_str", "")
        if body.get("action_name") != "QR_LIMIT_STR_SCENE" or not 1 <= len(scene) <= 64:
            raise Failure(47001)
        ticket = secrets.token_urlsafe(60)
        self.scenes[ticket] = scene
        return {"ticket": ticket} | ({} if self.only_tickets else {"url": self.address_of(scene)})

    def address_of(self, scene: str) -> str:
        """What is in the QR code of a scene."""
        return f"http://weixin.qq.com/q/{hashlib.sha256(scene.encode()).hexdigest()[:22]}"

    def quota(self, body: dict[str, Any]) -> dict[str, Any]:
        """``POST /cgi-bin/openapi/quota/get``: calls left today."""
        limit, used = 500_000, self.calls[str(body.get("cgi_path")).removeprefix("/cgi-bin/")]
        return {"quota": {"daily_limit": limit, "used": used, "remain": limit - used}}

    def _person(self, body: dict[str, Any]) -> Follower:
        person = self.followers.get(str(body.get("touser")))
        if person is None:
            raise Failure(40003)
        return person

    def _deliver(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.on_message(sent)
