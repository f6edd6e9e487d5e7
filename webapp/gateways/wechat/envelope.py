"""WeChat's XML: what its servers deliver, and what they take for an answer.

Source: developers.weixin.qq.com/doc/offiaccount/Message_Management (receiving standard messages and events, passive
replies).
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.domain.texts import writable


class BadEnvelope(ValueError):
    """No XML, XML that defines things (DTD, entities), or not a message."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivered message or event: the text of each element by its name, as sent."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        """The text of element ``name``, '' without one."""
        return self.fields.get(name, "")

    @property
    def openid(self) -> str:
        """Who sent it. Personal data."""
        return self.get("FromUserName")

    @property
    def account(self) -> str:
        """To which account (gh_…)."""
        return self.get("ToUserName")

    @property
    def kind(self) -> str:
        """``text``, ``image``, ``voice``, ``location``, ``event`` …"""
        return self.get("MsgType").lower()

    @property
    def event(self) -> str:
        """``subscribe``, ``scan``, ``click`` … in small letters; '' for a message."""
        return self.get("Event").lower() if self.kind == "event" else ""


def read_fields(body: bytes) -> dict[str, str]:
    """Texts of the elements right under ``<xml>``; of two with the same name the first. Raises ``BadEnvelope``."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadEnvelope(type(error).__name__) from error
    if root.tag != "xml":
        raise BadEnvelope("root")
    fields: dict[str, str] = {}
    for element in root:
        fields.setdefault(element.tag, writable(element.text or "").strip())
    return fields


def incoming(fields: dict[str, str]) -> Incoming:
    """The message in ``fields``. Raises ``BadEnvelope`` when it does not say from whom, to whom and what it is."""
    message = Incoming(fields)
    if not (message.openid and message.account and message.kind) or len(message.openid) > 128:
        raise BadEnvelope("incomplete")
    return message


def _cdata(text: str) -> str:
    # The one thing that ends a CDATA section is put into two of them.
    return f"<![CDATA[{writable(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_reply(to: str, account: str, content: str, created_at: int) -> str:
    """A passive text reply (``created_at`` in Unix seconds)."""
    return (
        f"<xml><ToUserName>{_cdata(to)}</ToUserName><FromUserName>{_cdata(account)}</FromUserName>"
        f"<CreateTime>{created_at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(content)}</Content></xml>"
    )


def sealed_reply(ciphertext: str, signature: str, timestamp: str, nonce: str) -> str:
    """An encrypted passive reply."""
    return (
        f"<xml><Encrypt>{_cdata(ciphertext)}</Encrypt><MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )
