"""A person on WeChat's console twin: what they say and do is signed and delivered to an account as WeChat would.

Five seconds for an answer, three deliveries in all, each signed anew; plain or in safe mode; if wished late, or several
times at once. Sources: developers.weixin.qq.com/doc/offiaccount, Message Management (receiving, passive reply).
"""

from __future__ import annotations

import itertools
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.gateways.wechat.cipher import MessageCipher, Undecipherable
from webapp.gateways.wechat.signature import matches, sign
from webapp.gateways.wechat.twin import TEXT_BYTES, Follower, Twin

TIMEOUT_S = 5.0
DELIVERIES = 3
ACCOUNT = "gh_twin"
_numbers = itertools.count(time.time_ns() // 1000)


@dataclass(frozen=True)
class Account:
    """Where to deliver, and with which token; with a cipher in safe mode."""

    url: str
    token: str
    cipher: MessageCipher | None = None


@dataclass(frozen=True)
class Manner:
    """How to deliver: ``delay`` seconds after signing, ``copies`` at the same moment."""

    delay: float = 0.0
    copies: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came back: a text ('' for silence), after how long and how many deliveries; ``problem`` '' if all was well.

    With a problem WeChat would show "this account is out of order" to the person.
    """

    text: str = ""
    seconds: float = 0.0
    deliveries: int = 1
    problem: str = ""


class _NoAnswer(Exception):
    """No usable answer; says why."""


class Person:
    """Somebody with an ``openid`` who talks to ``account``."""

    def __init__(self, twin: Twin, account: Account, openid: str, manner: Manner | None = None) -> None:
        self.twin, self.account, self.openid = twin, account, openid
        self.manner = manner or Manner()

    def say(self, text: str) -> Outcome:
        """Write a text."""
        return self._message("text", Content=text)

    def picture(self, data: bytes) -> Outcome:
        """Send a picture."""
        media_id, url = self.twin.add_picture(data)
        return self._message("image", PicUrl=url, MediaId=media_id)

    def speak(self, recognised: str) -> Outcome:
        """Send a voice message that WeChat understood as ``recognised`` ('' if it did not)."""
        media_id = self.twin.add_picture(b"#!AMR\n")[0]
        return self._message("voice", MediaId=media_id, Format="amr", Recognition=recognised)

    def locate(self, latitude: float, longitude: float, label: str) -> Outcome:
        """Send a position."""
        return self._message(
            "location", Location_X=f"{latitude:.6f}", Location_Y=f"{longitude:.6f}", Scale="16", Label=label
        )

    def click(self, key: str) -> Outcome:
        """Tap the item ``key`` of the menu."""
        return self._touch(Event="CLICK", EventKey=key)

    def scan(self, scene: str) -> Outcome:
        """Scan a QR code with this scene; who does not follow yet then does."""
        if self._follower().subscribed:
            return self._touch(Event="SCAN", EventKey=scene, Ticket=secrets.token_urlsafe(60))
        return self.subscribe(scene)

    def subscribe(self, scene: str = "") -> Outcome:
        """Follow the account, from the QR code of a ``scene`` or without one."""
        self._follower().subscribed = True
        key = (
            {"EventKey": f"qrscene_{scene}", "Ticket": secrets.token_urlsafe(60)}
            if scene
            else {"EventKey": ""}
        )
        return self._touch(Event="subscribe", **key)

    def unsubscribe(self) -> Outcome:
        """Follow no more."""
        self._follower().subscribed = False
        return self._deliver({"MsgType": "event", "Event": "unsubscribe", "EventKey": ""})

    def _follower(self) -> Follower:
        return self.twin.followers.setdefault(self.openid, Follower())

    def _message(self, kind: str, **fields: str) -> Outcome:
        self.twin.did(self.openid, "word")
        return self._deliver({"MsgType": kind, **fields, "MsgId": str(next(_numbers))})

    def _touch(self, **fields: str) -> Outcome:
        self.twin.did(self.openid, "touch")
        return self._deliver({"MsgType": "event", **fields})

    def _deliver(self, fields: dict[str, str]) -> Outcome:
        """Deliver until an answer is usable, three times at most."""
        head = {"ToUserName": ACCOUNT, "FromUserName": self.openid, "CreateTime": str(int(time.time()))}
        body = _xml({**head, **fields})
        started = time.perf_counter()
        reason = ""
        for delivery in range(1, DELIVERIES + 1):
            try:
                text = self._deliver_copies(body)
            except _NoAnswer as problem:
                reason = str(problem)
            else:
                return Outcome(text, time.perf_counter() - started, delivery)
        return Outcome("", time.perf_counter() - started, DELIVERIES, reason)

    def _deliver_copies(self, body: str) -> str:
        if self.manner.copies == 1:
            return self._post(body)
        with ThreadPoolExecutor(self.manner.copies) as pool:
            texts = list(pool.map(self._post, [body] * self.manner.copies))
        # A copy may be answered with silence: the person sees one answer all the same.
        spoken = [text for text in texts if text]
        if len(set(spoken)) > 1:
            raise _NoAnswer("copies of one message got different answers")
        return spoken[0] if spoken else ""

    def _post(self, body: str) -> str:
        timestamp, nonce, token = str(int(time.time())), secrets.token_hex(5), self.account.token
        query = {
            "signature": sign(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce,
            "openid": self.openid,
        }  # fmt: skip
        if self.account.cipher:
            sealed = self.account.cipher.encrypt(body.encode())
            query |= {"encrypt_type": "aes", "msg_signature": sign(token, timestamp, nonce, sealed)}
            body = _xml({"ToUserName": ACCOUNT, "Encrypt": sealed})
        time.sleep(self.manner.delay)
        try:
            response = httpx.post(
                self.account.url, params=query, content=body.encode(), headers={"Content-Type": "text/xml"},
                timeout=TIMEOUT_S, trust_env=False,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise _NoAnswer(type(error).__name__) from None
        if response.status_code != 200:
            raise _NoAnswer(f"status {response.status_code}")
        return self._read(response.content)

    def _read(self, body: bytes) -> str:
        """The text in an answer; '' for silence. Raises ``_NoAnswer`` for what WeChat would not take."""
        if body in (b"", b"success"):
            return ""
        reply = _parsed(body)
        if self.account.cipher:
            reply = self._unsealed(self.account.cipher, reply)
        addressed = (reply.findtext("ToUserName"), reply.findtext("FromUserName"))
        text = reply.findtext("Content") or ""
        if addressed != (self.openid, ACCOUNT) or reply.findtext("MsgType") != "text" or not text:
            raise _NoAnswer("the reply is no text to this person")
        if len(text.encode()) > TEXT_BYTES:
            raise _NoAnswer("the reply is too long")
        return text

    def _unsealed(self, cipher: MessageCipher, reply: Element) -> Element:
        names = ("TimeStamp", "Nonce", "Encrypt")
        timestamp, nonce, sealed = (reply.findtext(name) or "" for name in names)
        if not matches(reply.findtext("MsgSignature") or "", self.account.token, timestamp, nonce, sealed):
            raise _NoAnswer("the reply is not signed, or not sealed")
        try:
            return _parsed(cipher.decrypt(sealed))
        except Undecipherable as error:
            raise _NoAnswer(f"the reply cannot be read: {error}") from None


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body)
    except (ParseError, DefusedXmlException):
        raise _NoAnswer("the reply is no XML") from None


def _xml(fields: dict[str, str]) -> str:
    parts = []
    for name, value in fields.items():
        # The end mark may occur in what somebody writes; XML allows to split it.
        words = value.replace("]]>", "]]]]><![CDATA[>")
        bare = name in ("CreateTime", "MsgId", "Location_X", "Location_Y", "Scale")
        parts.append(f"<{name}>{value}</{name}>" if bare else f"<{name}><![CDATA[{words}]]></{name}>")
    return f"<xml>{''.join(parts)}</xml>"
