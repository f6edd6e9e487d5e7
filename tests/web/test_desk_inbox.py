"""The inbox: conversations that wait for a person, answered by one, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.test_chat_media import picture
from webapp.extensions import db
from webapp.models import AuditEntry, ChatMessage, Conversation
from webapp.services import chat, chat_media
from webapp.services.actor import SYSTEM

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
    assert [m["text"] for m in fresh if m["author"] == "resident"] == ["在吗"]


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


def test_what_opens_a_case_is_hidden(app: Flask, login: Login, talk: int) -> None:
    with app.app_context():
        said = "单号：MPABCDEFGHK\n查询码：K7W3QX\n由市住建局办理"
        db.session.add(ChatMessage(conversation_id=talk, author="bot", text=said, payload={}))
        db.session.commit()
    agent = login("hotline_agent")
    assert "K7W3QX" not in agent.get(f"/desk/inbox/{talk}").text
    assert "K7W3QX" not in _messages(agent, f"/desk/inbox/{talk}/messages")[-1]["text"]


def test_cards_and_buttons_of_the_bot_are_named(app: Flask, login: Login, talk: int) -> None:
    with app.app_context():
        buttons = {"buttons": [{"title": "是", "payload": "/affirm"}, {"title": "不是", "payload": "/deny"}]}
        db.session.add(ChatMessage(conversation_id=talk, author="bot", text="", payload=buttons))
        db.session.add(
            ChatMessage(conversation_id=talk, author="bot", text="", payload={"custom": {"type": "x"}})
        )
        db.session.commit()
    texts = [m["text"] for m in _messages(login("dispatcher"), f"/desk/inbox/{talk}/messages")]
    assert texts[-2:] == ["[是]　[不是]", "（卡片）"]


def test_a_person_takes_over_without_being_asked(app: Flask, login: Login) -> None:
    with app.app_context():
        talk = chat.conversation_of("web:z", "web", "z")
        chat.receive(talk, "路灯坏了")
        number = talk.id
    agent = login("hotline_agent")
    assert "恢复后会自己接着答" in agent.get(f"/desk/inbox/{number}").text
    for _ in range(2):
        assert agent.post(f"/desk/inbox/{number}/take-over").status_code == 302
    assert agent.post(f"/desk/inbox/{number}/typing").status_code == 204
    body = agent.get(f"/desk/inbox/{number}/messages").json
    assert body is not None
    assert (body["taken"], body["may_give_back"]) == (True, True)
    assert [m["author"] for m in body["messages"]] == ["resident", "system", "system"]
    assert "工作人员已接入" in body["messages"][-1]["text"]
    with app.app_context():
        talk = db.session.get_one(Conversation, number)
        assert chat.is_person_typing(talk)
        chat.reply_as_person(number, "您好", SYSTEM)
        assert not chat.is_person_typing(talk)
        # Nobody is told twice that somebody came.
        assert [m.author for m in talk.messages] == ["resident", "system", "system", "person"]


def test_a_reply_to_the_bots_conversation_says_that_a_person_came(app: Flask, login: Login) -> None:
    with app.app_context():
        talk = chat.conversation_of("web:z", "web", "z")
        chat.reply_as_person(talk.id, "您好", SYSTEM)
        assert [m.author for m in talk.messages] == ["system", "person"]
        assert talk.handler == "person"


def test_the_resident_is_told_in_chinese_whatever_the_clerk_reads(
    app: Flask, login: Login, talk: int
) -> None:
    agent = login("hotline_agent")
    agent.post(f"/desk/inbox/{talk}/take-over?lang=en")
    agent.post(f"/desk/inbox/{talk}/give-back?lang=en")
    with app.app_context():
        told = [m.text for m in db.session.get_one(Conversation, talk).messages if m.author == "system"]
    assert told[-2].startswith("工作人员已接入")
    assert told[-1].startswith("人工服务已结束")


def test_pictures_and_positions_are_shown(app: Flask, login: Login, talk: int) -> None:
    with app.app_context():
        conversation = db.session.get_one(Conversation, talk)
        chat_media.receive_position(conversation, 28.05, 113.05, f"文澜路12号，电话{PHONE}")
        chat_media.receive_photo(conversation, picture())
    agent = login("dispatcher")
    said = [m for m in _messages(agent, f"/desk/inbox/{talk}/messages") if m["author"] == "resident"]
    photo, place = said[-1], said[-2]
    assert photo["photo"]["width"] == 40
    assert "文澜路12号" in place["text"]
    assert PHONE not in place["text"]
    assert "28.05000, 113.05000" in place["text"]
    page = agent.get(f"/desk/inbox/{talk}").text
    assert f'<img src="{photo["photo"]["url"]}"' in page
    assert "[图片]" in agent.get("/desk/inbox").text


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
    [
        ("GET", ""),
        ("GET", "/messages"),
        ("POST", "/reply"),
        ("POST", "/give-back"),
        ("POST", "/take-over"),
        ("POST", "/typing"),
        ("POST", "/words"),
    ],
)
def test_departments_do_not_read_chats(login: Login, talk: int, method: str, path: str) -> None:
    assert login("clerk").open(f"/desk/inbox/{talk}{path}", method=method).status_code == 403


def test_no_such_conversation(login: Login) -> None:
    agent = login("hotline_agent")
    assert agent.get("/desk/inbox/999").status_code == 404
    assert agent.get(f"/desk/inbox/{'9' * 30}").status_code == 404
    assert agent.post("/desk/inbox/999/reply", data={"text": "x"}).status_code == 404
    assert "没有等待人工的对话" in agent.get("/desk/inbox").text
