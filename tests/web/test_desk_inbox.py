"""The inbox: conversations that wait for a person, answered by one, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.models import AuditEntry, ChatMessage, Conversation
from webapp.services import chat

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"
PHONE = "13612345678"


def _messages(browser: FlaskClient, address: str) -> list[dict[str, Any]]:
    body = browser.get(address).json
    assert body is not None
    return list(body["messages"])


@pytest.fixture
def talk(app: Flask) -> int:
    """A conversation in which the resident asked for a person (the bot is down in tests)."""
    with app.app_context():
        conversation = chat.conversation_of("web:a", "web", "a")
        chat.receive(conversation, f"给我转人工{ATTACK}，电话{PHONE}")
        return chat.hand_over("web:a", "asked").id


def test_a_person_answers_and_gives_back(app: Flask, login: Login, talk: int) -> None:
    agent = login("hotline_agent")
    assert f"/desk/inbox/{talk}" in agent.get("/desk/inbox").text
    reply = agent.post(f"/desk/inbox/{talk}/reply", data={"text": "您好，我是工作人员"})
    assert reply.status_code == 302
    with app.app_context():
        conversation = db.session.get_one(Conversation, talk)
        assert (conversation.handler, conversation.needs_human) == ("person", False)
        assert conversation.messages[-1].user_id is not None
        # The resident writes again: it waits again, and the bot is silent.
        assert chat.receive(conversation, "还有一个问题") == []
        assert conversation.needs_human
    assert f"/desk/inbox/{talk}" in agent.get("/desk/inbox").text
    assert agent.post(f"/desk/inbox/{talk}/give-back").status_code == 302
    assert f"/desk/inbox/{talk}" not in agent.get("/desk/inbox").text
    assert f"/desk/inbox/{talk}" in agent.get("/desk/inbox?all=1").text
    with app.app_context():
        assert db.session.get_one(Conversation, talk).handler == "bot"


def test_live_refresh_gives_what_is_new(app: Flask, login: Login, talk: int) -> None:
    agent = login("hotline_agent")
    first = _messages(agent, f"/desk/inbox/{talk}/messages")
    assert [m["author"] for m in first] == ["resident", "system"]
    assert PHONE not in first[0]["text"]
    last = first[-1]["id"]
    assert _messages(agent, f"/desk/inbox/{talk}/messages?after={last}") == []
    assert _messages(agent, f"/desk/inbox/{talk}/messages?after={'9' * 30}") == []
    with app.app_context():
        chat.receive(db.session.get_one(Conversation, talk), "在吗")
    fresh = _messages(agent, f"/desk/inbox/{talk}/messages?after={last}")
    assert [m["text"] for m in fresh] == ["在吗"]


def test_phone_numbers_only_on_record(app: Flask, login: Login, talk: int) -> None:
    agent = login("hotline_agent")
    for address in ("/desk/inbox", f"/desk/inbox/{talk}"):
        page = agent.get(address).text
        assert PHONE not in page
        assert ATTACK not in page
    clear = agent.post(f"/desk/inbox/{talk}/words").text
    assert PHONE in clear
    assert ATTACK not in clear
    with app.app_context():
        looks = db.session.query(AuditEntry).filter_by(action="chat.unmask").all()
        assert [look.subject for look in looks] == [f"conversation:{talk}"]


def test_cards_and_buttons_of_the_bot_are_named(app: Flask, login: Login, talk: int) -> None:
    with app.app_context():
        buttons = {"buttons": [{"title": "是", "payload": "/affirm"}, {"title": "不是", "payload": "/deny"}]}
        db.session.add(ChatMessage(conversation_id=talk, author="bot", text="", payload=buttons))
        db.session.add(
            ChatMessage(conversation_id=talk, author="bot", text="", payload={"custom": {"type": "x"}})
        )
        db.session.commit()
    texts = [m["text"] for m in _messages(login("dispatcher"), f"/desk/inbox/{talk}/messages")]
    assert texts[-2:] == ["[是]　[不是]", "（卡片或图片）"]


def test_danger_comes_first(app: Flask, login: Login, talk: int) -> None:
    with app.app_context():
        chat.receive(chat.conversation_of("web:b", "web", "b"), "我不想活了")
        later = chat.hand_over("web:b", "self_harm").id
    page = login("hotline_agent").get("/desk/inbox").text
    assert page.index(f'/desk/inbox/{later}"') < page.index(f'/desk/inbox/{talk}"')
    assert "可能有生命危险" in page


@pytest.mark.parametrize(("text", "status"), [("  ", 422), ("长" * 2001, 422)])
def test_a_refused_reply_keeps_the_words(login: Login, talk: int, text: str, status: int) -> None:
    answer = login("hotline_agent").post(f"/desk/inbox/{talk}/reply", data={"text": text})
    assert answer.status_code == status
    assert text.strip() in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/messages"), ("POST", "/reply"), ("POST", "/give-back"), ("POST", "/words")],
)
def test_departments_do_not_read_chats(login: Login, talk: int, method: str, path: str) -> None:
    assert login("clerk").open(f"/desk/inbox/{talk}{path}", method=method).status_code == 403


def test_no_such_conversation(login: Login) -> None:
    agent = login("hotline_agent")
    assert agent.get("/desk/inbox/999").status_code == 404
    assert agent.get(f"/desk/inbox/{'9' * 30}").status_code == 404
    assert agent.post("/desk/inbox/999/reply", data={"text": "x"}).status_code == 404
    assert "没有等待人工的对话" in agent.get("/desk/inbox").text
