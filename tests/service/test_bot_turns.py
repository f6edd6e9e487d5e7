"""A bot that answers rubbish, nothing, late or without end; a server on loopback plays it. See also tests/bot/test_faults.py."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from flask import Flask, current_app
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.gateways import rasa
from webapp.models import ChatMessage, Conversation, OutboxMessage, utcnow
from webapp.services import bot_sweeps, chat, chat_media
from webapp.services.actor import SYSTEM

pytestmark = pytest.mark.usefixtures("context")
GOOD = [{"text": "好的", "buttons": [{"title": "对", "payload": "/affirm"}]}]


@dataclass
class FakeBot:
    """What it heard, and what it says: bytes, a status, or a function that writes to the connection."""

    heard: list[str] = field(default_factory=list)
    says: Any = None
    late: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def bot(context: Flask) -> Iterator[FakeBot]:
    """In Rasa's place."""
    fake = FakeBot(says=json.dumps(GOOD).encode())
    fake.late.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.heard.append(body["message"])
            fake.late.wait(120)
            self.send_response(fake.says if isinstance(fake.says, int) else 200)
            self.end_headers()
            try:
                if callable(fake.says):
                    fake.says(self.wfile.write)
                elif isinstance(fake.says, bytes):
                    self.wfile.write(fake.says)
            except OSError:
                fake.gone.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    context.config.update(
        RASA_URL=f"http://127.0.0.1:{server.server_port}", CHAT_TIMEOUT_S=30.0, CHAT_LATE_S=120.0
    )
    yield fake
    fake.late.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def talk(context: Flask) -> Conversation:
    """A conversation."""
    return chat.conversation_of("web:somebody", "chat", "somebody")


def shown(conversation: Conversation) -> list[tuple[str, str]]:
    db.session.expire_all()
    return [(m.author, m.text) for m in conversation.messages]


def authors(conversation: Conversation) -> list[str]:
    return [author for author, _ in shown(conversation)]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
        db.session.rollback()
        db.session.expire_all()


def sweep(minutes: float = 1) -> int:
    with time_machine.travel(utcnow() + timedelta(minutes=minutes), tick=True):
        return bot_sweeps.catch_up()


def _fifty_megabytes(write: Callable[[bytes], object]) -> None:
    for _ in range(50):
        write(b'["' + b"x" * 1_000_000)


def _for_ever(write: Callable[[bytes], object]) -> None:
    while True:
        write(b" ")
        time.sleep(0.05)


RUBBISH: dict[str, Any] = {
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "broken": b'[{"text": "\xe5\xa5',
    "nothing": b"",
    "no list": b'{"text": "hello"}',
    "a string": b'"hello"',
    "empty": b"[]",
    "no parts": b"[1, null, []]",
    "no words": b'[{"text": 5, "buttons": "yes", "custom": ["x"], "image": {}}]',
    "deep": b"[" * 100_000,
    "not a number": b"[NaN]",
    "500": 500,
    "503": 503,
    "302": 302,
}


@pytest.mark.parametrize("says", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_apologised_for(bot: FakeBot, talk: Conversation, says: Any) -> None:
    bot.says = says
    (apology,) = chat.receive(talk, "路灯坏了")
    assert (apology.author, apology.payload["custom"]) == ("system", {"type": "form_link"})
    assert "已经收到并保存" in apology.text
    assert "一恢复就接着答复您" in apology.text
    assert shown(talk)[0] == ("resident", "路灯坏了")
    assert (talk.needs_human, talk.reason) == (True, "bot_unavailable")


def test_a_huge_answer_is_cut_off(bot: FakeBot, talk: Conversation) -> None:
    bot.says = _fifty_megabytes
    assert [m.author for m in chat.receive(talk, "路灯坏了")] == ["system"]
    # The connection was closed long before the end.
    assert bot.gone.wait(120)
    assert talk.reason == "bot_unavailable"


@pytest.mark.parametrize(
    ("words", "number", "state"),
    [
        ("我不想活了，活着没意思", "12356", ("person", "self_harm")),
        ("家里煤气泄漏了，味道很大", "119", ("bot", "bot_unavailable")),
        ("小孩坐在五楼窗户外面，谁也够不着", "119", ("bot", "bot_unavailable")),
        ("路灯坏了", "您的话已经收到", ("bot", "bot_unavailable")),
    ],
)
def test_danger_does_not_wait_for_the_bot(
    bot: FakeBot, talk: Conversation, words: str, number: str, state: tuple[str, str]
) -> None:
    bot.says = 503
    (apology,) = chat.receive(talk, words)
    assert number in apology.text
    assert (talk.needs_human, (talk.handler, talk.reason)) == (True, state)


def test_an_answer_without_end_is_cut_off(bot: FakeBot, talk: Conversation, context: Flask) -> None:
    bot.says = _for_ever
    context.config.update(CHAT_TIMEOUT_S=0.2, CHAT_LATE_S=0.6)
    chat.receive(talk, "路灯坏了")
    assert talk.reason == "bot_slow"
    until(lambda: talk.reason == "bot_unavailable")
    assert bot.gone.wait(120)


def test_of_a_mixed_answer_what_is_usable_is_shown(bot: FakeBot, talk: Conversation) -> None:
    bot.says = json.dumps(
        [
            None,
            {"text": "好\0的\ud800", "custom": "card", "buttons": [{"title": 7}, {"title": "对"}, "x", {"payload": "/a"}]},
            {"custom": {"type": "stars"}},
            {"custom": {"no": "type"}},
        ]
    ).encode()  # fmt: skip
    first, second = chat.receive(talk, "路灯坏了")
    assert (first.text, first.payload) == ("好的", {"buttons": [{"title": "对", "payload": ""}]})
    assert (second.text, second.payload) == ("", {"custom": {"type": "stars"}})
    assert talk.offered == {}


def test_a_late_answer_is_stored_once_and_nobody_needs_to_look(bot: FakeBot, talk: Conversation) -> None:
    _too_late(bot, talk, "路灯坏了")
    bot.late.set()
    until(lambda: not talk.needs_human)
    assert authors(talk) == ["resident", "system", "bot"]
    assert (talk.reason, talk.offered) == ("", {"/affirm": "对"})


def _too_late(bot: FakeBot, talk: Conversation, text: str) -> None:
    bot.late.clear()
    current_app.config["CHAT_TIMEOUT_S"] = 0.2
    chat.receive(talk, text)
    current_app.config["CHAT_TIMEOUT_S"] = 30.0
    assert talk.reason == "bot_slow"


@pytest.mark.parametrize(("card", "kept"), [("stars", False), ("tracking", True)])
def test_a_late_answer_beside_a_person(bot: FakeBot, talk: Conversation, card: str, kept: bool) -> None:
    """Questions of the bot would only confuse; a tracking number is needed."""
    _too_late(bot, talk, "对，提交")
    chat.reply_as_person(talk.id, "我来帮您", SYSTEM)
    bot.says = json.dumps([{"text": "登记好了"}, {"custom": {"type": card}}]).encode()
    bot.late.set()
    until(lambda: not [t for t in threading.enumerate() if t.name == "bot"])
    assert ("登记好了" in [text for _, text in shown(talk)]) is kept
    assert (talk.handler, talk.reason) == ("person", "taken_over")


def test_missed_words_are_said_again_before_the_next(bot: FakeBot, talk: Conversation) -> None:
    bot.says = 503
    for text in ("路灯坏了", "有人吗", "有人吗"):
        chat.receive(talk, text)
    chat_media.receive_position(talk, 30.0, 120.0)
    bot.says, bot.heard[:] = json.dumps(GOOD).encode(), []
    answers = chat.receive(talk, "/在幸福路")
    assert bot.heard == ["路灯坏了", "有人吗", "/send_position", "在幸福路"]
    assert answers[0].payload["custom"] == {"type": "bot_back"}
    assert {m.author for m in answers[1:]} == {"bot"}
    assert (talk.needs_human, talk.reason) == (False, "")
    bot.heard.clear()
    assert authors(talk).count("system") == 5
    chat.receive(talk, "谢谢")
    assert bot.heard == ["谢谢"]


def test_the_sweep_catches_up_once(bot: FakeBot, talk: Conversation) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    assert sweep() == 0
    assert (talk.needs_human, authors(talk)) == (True, ["resident", "system"])
    bot.says = json.dumps(GOOD).encode()
    # Less and less often.
    assert bot_sweeps.catch_up() == 0
    assert (sweep(3), sweep(3)) == (1, 0)
    assert authors(talk) == ["resident", "system", "system", "bot"]
    assert (talk.needs_human, talk.reason) == (False, "")


def test_a_slow_sweep_loses_nothing_either(bot: FakeBot, talk: Conversation, context: Flask) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    bot.says = json.dumps(GOOD).encode()
    bot.late.clear()
    context.config["CHAT_TIMEOUT_S"] = 0.2
    assert sweep() == 0
    db.session.expire_all()
    assert talk.reason == "bot_slow"
    bot.late.set()
    until(lambda: not talk.needs_human)
    assert authors(talk) == ["resident", "system", "bot"]


@pytest.mark.parametrize("reason", ["bot_slow", "bot_catching_up"])
def test_who_waited_for_an_answer_and_died_is_relieved(bot: FakeBot, talk: Conversation, reason: str) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    bot.says = json.dumps(GOOD).encode()
    talk.reason = reason
    db.session.commit()
    assert sweep(5) == 0
    assert sweep(11) == 1
    assert (talk.needs_human, authors(talk)[-1]) == (False, "bot")


def test_who_was_answered_by_a_person_is_left_alone(bot: FakeBot, talk: Conversation) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    bot.says = json.dumps(GOOD).encode()
    chat.person_types(talk.id)
    with time_machine.travel(utcnow() + timedelta(seconds=60), tick=True):
        assert bot_sweeps.catch_up() == 0
    chat.reply_as_person(talk.id, "已经派人去了", SYSTEM)
    assert sweep(5) == 0
    # Given back, the bot does not begin with what the person has answered.
    chat.give_back(talk.id)
    bot.heard.clear()
    chat.receive(talk, "谢谢")
    assert bot.heard == ["谢谢"]


def test_whoever_looks_takes_it_off_the_list_without_a_word(bot: FakeBot, talk: Conversation) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    chat.give_back(talk.id)
    assert (talk.needs_human, talk.reason, authors(talk)) == (False, "", ["resident", "system"])


def test_words_of_yesterday_stay_with_a_person(bot: FakeBot, talk: Conversation) -> None:
    bot.says = 503
    chat.receive(talk, "路灯坏了")
    bot.says = json.dumps(GOOD).encode()
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=True):
        assert bot_sweeps.catch_up() == 0
        bot.heard.clear()
        chat.receive(talk, "在吗")
    assert bot.heard == ["在吗"]
    assert talk.needs_human


def test_a_crowd_waits_for_its_turn_but_not_in_the_pages_threads(
    bot: FakeBot, talk: Conversation, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.config["CHAT_CONCURRENCY"] = 1
    _too_late(bot, talk, "路灯坏了")
    room = threading.BoundedSemaphore(1)
    room.acquire()
    monkeypatch.setattr(rasa, "_room", lambda size: room)
    other = chat.conversation_of("web:other", "chat", "other")
    (answer,) = chat.receive(other, "井盖没了")
    assert "现在来问的人很多" in answer.text
    assert (bot.heard, other.reason) == (["路灯坏了"], "bot_slow")
    bot.late.set()
    until(lambda: authors(other) == ["resident", "system", "bot"])
    assert bot.heard == ["路灯坏了", "井盖没了"]


def test_more_questions_than_can_wait_are_refused_at_once(
    bot: FakeBot, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rasa, "_backlog", threading.BoundedSemaphore(1))
    _too_late(bot, talk, "路灯坏了")
    other = chat.conversation_of("web:other", "chat", "other")
    assert [m.author for m in chat.receive(other, "井盖没了")] == ["system"]
    assert (bot.heard, other.reason) == (["路灯坏了"], "bot_unavailable")
    bot.late.set()
    until(lambda: authors(talk)[-1] == "bot")


def test_words_of_a_process_that_died_reach_a_person(bot: FakeBot, talk: Conversation) -> None:
    chat.record(talk, "路灯坏了")
    db.session.commit()
    assert bot_sweeps.apologise_forgotten() == 0
    with time_machine.travel(utcnow() + timedelta(seconds=90), tick=True):
        assert bot_sweeps.apologise_forgotten() == 1
        assert bot_sweeps.apologise_forgotten() == 0
    assert authors(talk) == ["resident", "system"]
    assert (talk.needs_human, talk.reason) == (True, "bot_unavailable")
    # And the bot takes it up.
    assert sweep(5) == 1
    assert bot.heard == ["路灯坏了"]


def _answered(talk: Conversation) -> None:
    db.session.add(ChatMessage(conversation=talk, author="bot", text="好的", created_at=utcnow()))


def _with_a_person(talk: Conversation) -> None:
    talk.handler = "person"


def _seen(talk: Conversation) -> None:
    talk.needs_human, talk.reason = True, "lost"


def _on_wechat(talk: Conversation) -> None:
    talk.channel = "wechat"


@pytest.mark.parametrize("change", [_answered, _with_a_person, _seen, _on_wechat])
def test_what_is_cared_for_is_not_apologised_for(
    talk: Conversation, change: Callable[[Conversation], None]
) -> None:
    chat.record(talk, "路灯坏了")
    change(talk)
    db.session.commit()
    with time_machine.travel(utcnow() + timedelta(seconds=90), tick=True):
        assert bot_sweeps.apologise_forgotten() == 0


@pytest.mark.parametrize("reason", ["bot_unavailable", "bot_slow", "bot_catching_up"])
def test_the_desk_says_why(talk: Conversation, login: Callable[[str], FlaskClient], reason: str) -> None:
    chat.record(talk, "路灯坏了")
    talk.needs_human, talk.reason = True, reason
    db.session.commit()
    desk = login("hotline_agent")
    assert "智能助手没有回应" in desk.get("/desk/inbox").text
    assert "它恢复后会自己接着答" in desk.get(f"/desk/inbox/{talk.id}").text


def test_a_late_answer_on_wechat_is_queued(bot: FakeBot, talk: Conversation) -> None:
    talk.channel = "wechat"
    db.session.commit()
    _too_late(bot, talk, "路灯坏了")
    bot.late.set()
    until(lambda: not talk.needs_human)
    (queued,) = db.session.query(OutboxMessage)
    assert (queued.kind, queued.payload) == ("wechat", {"conversation_id": talk.id})
