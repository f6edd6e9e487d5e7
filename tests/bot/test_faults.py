"""Rasa and the action server killed, frozen and started again: no word is lost, and the dialogue goes on."""

from __future__ import annotations

import signal
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import httpx
import pytest
import time_machine

from tests.bot.running import RunningBot
from webapp.extensions import db
from webapp.models import Conversation, ServiceRequest, utcnow
from webapp.queries import conversations as inbox
from webapp.services import bot_sweeps, chat

pytestmark = pytest.mark.needs_bot
WORDS = "海棠新村3号楼电梯坏了"


@pytest.fixture
def bot(running_bot: RunningBot) -> Iterator[RunningBot]:
    """The servers that all tests share; after each test both run and the web application is patient again."""
    app = running_bot.app
    with app.app_context():
        yield running_bot
        db.session.remove()
    app.config["CHAT_TIMEOUT_S"] = 30.0
    for server in (running_bot.actions, running_bot.rasa):
        server.restore()


@contextmanager
def frozen(bot: RunningBot) -> Iterator[None]:
    """Rasa stands still, and the web application has half a second of patience."""
    bot.app.config["CHAT_TIMEOUT_S"] = 0.5
    bot.rasa.send(signal.SIGSTOP)
    try:
        yield
    finally:
        bot.rasa.send(signal.SIGCONT)
        bot.app.config["CHAT_TIMEOUT_S"] = 30.0


def begin() -> Conversation:
    return chat.conversation_of(f"web:{uuid.uuid4().hex}", "chat", uuid.uuid4().hex)


def said(conversation: Conversation) -> list[tuple[str, str]]:
    """Author and beginning of every bubble, as stored."""
    db.session.expire_all()
    return [(m.author, m.text) for m in conversation.messages]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
        db.session.rollback()
        db.session.expire_all()


def sweep(minutes: float = 0.5) -> None:
    """The worker's sweep, so much later."""
    with time_machine.travel(utcnow() + timedelta(minutes=minutes), tick=True):
        bot_sweeps.catch_up()


def requests_of(conversation: Conversation) -> int:
    return db.session.query(ServiceRequest).filter_by(identity=conversation.identity).count()


def is_waiting(conversation: Conversation) -> bool:
    db.session.expire_all()
    return conversation in [row[0] for row in inbox.inbox(only_waiting=True)]


def tracker_of(bot: RunningBot, conversation: Conversation) -> str:
    """What Rasa has stored of a dialogue."""
    with closing(sqlite3.connect(bot.folder / "rasa.sqlite3")) as connection:
        rows = connection.execute("SELECT data FROM events WHERE sender_id = ?", (conversation.sender,))
        return "\n".join(row[0] for row in rows)


def apologised(answers: list[chat.ChatMessage]) -> bool:
    (only,) = answers
    return only.author == "system" and "已经收到并保存" in only.text and "一恢复就接着答复您" in only.text


def test_late_answer_comes_once_and_the_next_turn_goes_on(bot: RunningBot) -> None:
    conversation = begin()
    with frozen(bot):
        assert apologised(chat.receive(conversation, WORDS))
        assert (conversation.reason, is_waiting(conversation)) == ("bot_slow", True)
        sweep()
        # Nothing to be done for a turn that is still being taken.
        assert conversation.reason == "bot_slow"
    until(lambda: not conversation.needs_human)
    shown = said(conversation)
    # The card, and perhaps a neighbour's report of the same trouble from another test.
    assert [author for author, _ in shown][:3] == ["resident", "system", "bot"]
    assert {author for author, _ in shown[3:]} <= {"bot"}
    done = chat.receive(conversation, "对，提交")
    assert "单号" in done[0].text
    assert sum("类别：" in text for _, text in said(conversation)) == 1


def test_two_messages_to_a_frozen_bot_are_both_answered(bot: RunningBot) -> None:
    conversation = begin()
    with frozen(bot):
        assert apologised(chat.receive(conversation, "电梯坏了"))
        assert apologised(chat.receive(conversation, "海棠新村3号楼"))
    until(lambda: not conversation.needs_human)
    shown = said(conversation)
    assert [text for author, text in shown if author == "resident"] == ["电梯坏了", "海棠新村3号楼"]
    assert "海棠新村3号楼" in [text for author, text in shown if author == "bot"][-1]
    # What was offered last is what may be pressed.
    assert "单号" in chat.receive(conversation, "对，提交")[0].text


def test_late_submission_is_not_done_twice(bot: RunningBot) -> None:
    conversation = begin()
    chat.receive(conversation, WORDS)
    with frozen(bot):
        chat.receive(conversation, "对，提交")
    until(lambda: not conversation.needs_human)
    assert any("单号" in text for author, text in said(conversation) if author == "bot")
    chat.receive(conversation, "对，提交")
    assert requests_of(conversation) == 1


def test_a_turn_is_finished_although_nobody_waits_for_it(bot: RunningBot) -> None:
    """A web process that dies takes its connection with it; what the turn did must not be done again by the next."""
    conversation = begin()
    chat.receive(conversation, WORDS)
    bot.actions.send(signal.SIGSTOP)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{bot.rasa_url}/webhooks/rest/webhook",
            json={"sender": conversation.sender, "message": "对，提交"},
            timeout=2,
        )
    bot.actions.send(signal.SIGCONT)
    until(lambda: requests_of(conversation) == 1)
    chat.receive(conversation, "对，提交")
    assert requests_of(conversation) == 1


def test_a_person_who_answered_meanwhile_is_not_talked_over(bot: RunningBot) -> None:
    conversation = begin()
    with frozen(bot):
        chat.receive(conversation, WORDS)
        chat.take_over(conversation.id)
    until(lambda: "report_form" in tracker_of(bot, conversation))
    assert [author for author, _ in said(conversation)] == ["resident", "system", "system"]
    assert conversation.handler == "person"


def test_rasa_killed_and_started_again_in_the_middle_of_a_form(bot: RunningBot) -> None:
    in_form, new, impatient = begin(), begin(), begin()
    assert "地方" in chat.receive(in_form, "电梯坏了")[0].text
    with frozen(bot):
        # Killed while it holds this one.
        assert apologised(chat.receive(impatient, "路灯坏了"))
        bot.rasa.kill()
    until(lambda: impatient.reason == "bot_unavailable")
    assert apologised(chat.receive(in_form, "海棠新村3号楼"))
    assert apologised(chat.receive(new, WORDS))
    assert all(is_waiting(one) for one in (in_form, new, impatient))
    sweep()
    assert is_waiting(new)
    bot.rasa.start()
    bot.rasa.wait()
    # Who speaks first is answered first, beginning with what was missed.
    answers = chat.receive(impatient, "海棠新村3号楼门口")
    assert [m.author for m in answers][:2] == ["system", "bot"]
    assert "海棠新村3号楼门口" in answers[-1].text
    assert not is_waiting(impatient)
    # Who waits is answered without another word: the form goes on where it was.
    sweep()
    sweep()
    for conversation in (in_form, new):
        assert not is_waiting(conversation)
        shown = said(conversation)
        assert shown.count(("system", "智能助手恢复了，接着回答您前面说的话。")) == 1
        assert "海棠新村3号楼" in shown[-1][1]
        assert "电梯" in shown[-1][1]
        assert "单号" in chat.receive(conversation, "对，提交")[0].text


def test_action_server_killed_and_started_again_in_the_middle_of_a_form(bot: RunningBot) -> None:
    in_form, new = begin(), begin()
    assert "地方" in chat.receive(in_form, "电梯坏了")[0].text
    bot.actions.kill()
    assert apologised(chat.receive(in_form, "海棠新村3号楼"))
    assert apologised(chat.receive(new, "歪脖子柳树挡住了信号灯"))
    assert is_waiting(in_form)
    sweep()
    assert is_waiting(in_form)
    bot.actions.start()
    bot.actions.wait()
    answers = chat.receive(in_form, "海棠新村3号楼")
    assert "海棠新村3号楼" in answers[-1].text
    assert not is_waiting(in_form)
    assert "单号" in chat.receive(in_form, "对，提交")[0].text
    sweep(minutes=2)
    assert not is_waiting(new)
    assert said(new)[-1][0] == "bot"
    assert "柳树" not in bot.rasa.log.read_text(errors="replace")
