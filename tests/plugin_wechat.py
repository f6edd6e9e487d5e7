"""WeChat's console twin as the other side of the application under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.wechat.twin import Twin
from webapp.models import ChatMessage, Conversation, WechatFollower, utcnow

OPENID = "oTwin-1"


@pytest.fixture
def twin(app: Flask) -> Iterator[Twin]:
    """WeChat's servers, which the application knows as its own."""
    with Twin("wx-test", "a secret") as server:
        app.config.update(
            WECHAT_APP_ID=server.app_id, WECHAT_APP_SECRET=server.secret, WECHAT_API_URL=server.url
        )
        yield server


@dataclass
class Person:
    """Somebody on WeChat who has just spoken."""

    conversation_id: int
    openid: str = OPENID

    def tell(self, *texts: str, author: str = "bot") -> list[int]:
        """Put bubbles before them; returns their ids."""
        bubbles = [
            ChatMessage(conversation_id=self.conversation_id, author=author, text=text, created_at=utcnow())
            for text in texts
        ]
        db.session.add_all(bubbles)
        db.session.commit()
        return [bubble.id for bubble in bubbles]

    def row(self) -> WechatFollower:
        """Their row as it is now."""
        statement = db.select(WechatFollower).where(WechatFollower.conversation_id == self.conversation_id)
        return db.session.scalars(statement.execution_options(populate_existing=True)).one()


@pytest.fixture
def person(context: Flask, twin: Twin) -> Person:
    """A follower who has just written a word, on both sides."""
    return make_person(twin)


def make_person(twin: Twin) -> Person:
    """As the fixture ``person``, in the database of the current application context."""
    identity = crypto.keyed_hash("wechat", OPENID)
    conversation = Conversation(sender=f"wx:{identity[:40]}", channel="wechat", identity=identity, offered={})
    db.session.add(conversation)
    db.session.flush()
    openid = crypto.encrypt(OPENID)
    assert openid
    db.session.add(WechatFollower(conversation_id=conversation.id, openid=openid, openid_index=identity))
    db.session.commit()
    twin.did(OPENID)
    return Person(conversation.id)
