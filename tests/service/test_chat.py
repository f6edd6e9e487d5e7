"""Words in chat survive every fault of the bot; a stand-in for Rasa speaks its REST protocol on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask

from webapp.extensions import db
from webapp.models import ChatMessage, Conversation
from webapp.queries import conversations
from webapp.services import chat
from webapp.services.actor import SYSTEM

pytestmark = pytest.mark.usefixtures("context")


class _Rasa(BaseHTTPRequestHandler):
    """Answers by what the sender is called: a fault to play, or an echo with a button."""

    heard: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append(body["message"])
        fault = body["sender"].split(":")[1]
        if fault == "slow":
            time.sleep(1.5)
        if fault == "error":
            self.send_error(500)
            return
        echo = [{"text": body["message"], "buttons": [{"title": "对", "payload": "/affirm"}]}]
        answer = {"empty": b"[]", "rubbish": b"<html>"}.get(fault, json.dumps(echo).encode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def heard(context: Flask) -> Iterator[list[str]]:
    """Messages that the stand-in bot was sent."""
    messages: list[str] = []
    handler = type("Rasa", (_Rasa,), {"heard": messages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context.config.update(RASA_URL=f"http://127.0.0.1:{server.server_port}", CHAT_TIMEOUT_S=30.0)
    yield messages
    server.shutdown()
    server.server_close()


def _talk(fault: str, text: str, client_id: str | None = None) -> list[ChatMessage]:
    return chat.receive(chat.conversation_of(f"web:{fault}", "chat", "someone"), text, client_id)


def _stored() -> list[tuple[str, str]]:
    return [(m.author, m.text) for m in db.session.query(ChatMessage).order_by(ChatMessage.id)]


@pytest.mark.parametrize("fault", ["empty", "rubbish", "error", "slow"])
def test_a_fault_of_the_bot_loses_nothing(context: Flask, heard: list[str], fault: str) -> None:
    if fault == "slow":
        context.config["CHAT_TIMEOUT_S"] = 0.5
    answers = _talk(fault, "路灯坏了")
    assert [m.author for m in answers] == ["system"]
    assert _stored()[0] == ("resident", "路灯坏了")
    conversation = db.session.query(Conversation).one()
    reason = "bot_slow" if fault == "slow" else "bot_unavailable"
    assert (conversation.needs_human, conversation.reason) == (True, reason)


def test_a_bot_that_is_down_loses_nothing(context: Flask) -> None:
    assert [m.author for m in _talk("down", "路灯坏了")] == ["system"]
    assert _stored()[0] == ("resident", "路灯坏了")


def test_typed_commands_never_reach_the_bot(heard: list[str]) -> None:
    _talk("ok", "/affirm")
    _talk("ok", "/affirm")
    _talk("ok", "／reset {}")
    _talk("ok", "/send_photo")
    # The first is words; by the second, the button "/affirm" has been offered, as if pressed.
    assert heard == ["affirm", "/affirm", "reset {}", "send_photo"]
    assert ("resident", "对") in _stored()


def test_a_retry_is_stored_and_answered_once(heard: list[str]) -> None:
    first = _talk("ok", "路灯坏了", "c1")
    again = _talk("ok", "路灯坏了", "c1")
    assert [m.id for m in first] == [m.id for m in again]
    assert len(heard) == 1


def test_after_a_handover_a_person_answers(heard: list[str]) -> None:
    _talk("ok", "转人工")
    chat.hand_over("web:ok", "asked")
    # Nobody has come yet: they are told once that they were heard.
    (told,) = _talk("ok", "有人吗")
    assert (told.author, told.payload["custom"]["type"]) == ("system", "waiting_for_person")
    assert _talk("ok", "在不在") == []
    assert len(heard) == 1
    conversation = db.session.query(Conversation).one()
    chat.reply_as_person(conversation.id, "您好，我在", SYSTEM)
    assert not conversation.needs_human
    chat.give_back(conversation.id)
    assert [m.author for m in _talk("ok", "谢谢")] == ["bot"]


def test_while_a_person_is_awaited_a_plain_question_still_gets_its_number(heard: list[str]) -> None:
    _talk("ok", "不想活了")
    chat.hand_over("web:ok", conversations.DANGER)
    (told,) = _talk("ok", "那我的血汗钱找哪个要嘛")
    assert "12333" in told.text
    assert "12356" in told.text  # they are no less waited for
    (number,) = _talk("ok", "翻到个纸条，写的MPQX00ZZ99")  # again at once: it is asked about something else
    assert "核对" in number.text
    assert _talk("ok", "在不在") == []
    assert db.session.query(Conversation).one().handler == "person"
