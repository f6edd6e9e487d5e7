"""Slow, dead and rubbish bots, deliveries that come together, processes that die: every word is answered once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.plugin_wechat_push import AES_KEY, APP_ID, TOKEN, Pusher, StandIn
from webapp import crypto
from webapp.extensions import db
from webapp.gateways.wechat.twin import Twin
from webapp.models import ChatMessage, Conversation, WechatDelivery, WechatFollower, utcnow
from webapp.services import chat, wechat_answering, wechat_delivery, wechat_replies

PATIENCE_S = 60.0


def _until(true: Callable[[], object]) -> None:
    """Wait until ``true()``: what happens in other threads has no moment of its own."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def _settled() -> bool:
    db.session.rollback()
    return db.session.scalar(select(WechatDelivery.id).where(WechatDelivery.answered_at.is_(None))) is None


@dataclass
class Slow:
    """A bot that answers when it is let."""

    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _sender: str, message: str) -> list[dict[str, Any]]:
        self.go.wait(PATIENCE_S)
        return [{"text": f"听到：{message}"}]


@pytest.fixture
def slow(wechat: Pusher, bot: StandIn) -> Iterator[Slow]:
    """The bot takes longer than a delivery may."""
    bot.answers = answers = Slow()
    wechat.app.config["WECHAT_ANSWER_S"] = 0.2
    yield answers
    answers.go.set()


def test_a_late_answer_goes_out_by_itself(
    wechat: Pusher, twin: Twin, slow: Slow, bot: StandIn, context: Flask
) -> None:
    message = wechat.message("text", Content="路灯坏了")
    twin.did("oUser")
    promises = {wechat.read(wechat.push(message)) for _ in range(3)}
    assert promises == {"收到了，正在处理，马上回复您。"}
    slow.go.set()
    _until(lambda: twin.sent)
    assert [(sent.openid, sent.text) for sent in twin.sent] == [("oUser", "听到：路灯坏了")]
    assert wechat.read(wechat.push(message)) in promises
    assert bot.words == ["路灯坏了"]
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    assert wechat.say("水管坏了") == "听到：水管坏了"


def test_without_the_right_to_send_it_waits_for_the_word_we_asked_for(
    wechat: Pusher, slow: Slow, bot: StandIn, context: Flask
) -> None:
    assert "回复“好”" in wechat.say("路灯坏了")
    slow.go.set()
    _until(_settled)
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    assert wechat.say("好") == "听到：路灯坏了"
    # The person has seen all there is: now the word is an answer.
    assert wechat.say("好") == "听到：好"
    assert bot.words == ["路灯坏了", "好"]


def test_the_word_we_asked_for_waits_too(wechat: Pusher, slow: Slow, bot: StandIn, context: Flask) -> None:
    wechat.say("路灯坏了")
    assert "回复“好”" in wechat.say("好")
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(wechat.say, "好的")
        _until(lambda: db.session.scalar(select(func.count(WechatDelivery.id))) == 3)
        slow.go.set()
        assert asked.result() == "听到：路灯坏了"
    _until(_settled)
    assert bot.words == ["路灯坏了"]
    assert wechat_delivery.waiting(db.session.scalars(select(Conversation.id)).one()) == []


def test_a_number_is_not_meant_for_a_list_that_nobody_has_seen(
    wechat: Pusher, slow: Slow, bot: StandIn, context: Flask
) -> None:
    question = {"text": "哪里满意？", "buttons": [{"title": "态度好", "payload": "态度好"}]}
    bot.answers = lambda sender, message: [*slow(sender, message), question]
    wechat.say("非常满意")
    slow.go.set()
    _until(_settled)
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    assert wechat.say("1").endswith("1. 态度好")
    assert bot.words == ["非常满意"]
    wechat.say("1")
    assert bot.words == ["非常满意", "态度好"]


def test_a_late_answer_comes_before_the_next(
    wechat: Pusher, slow: Slow, bot: StandIn, context: Flask
) -> None:
    wechat.say("路灯坏了")
    slow.go.set()
    _until(_settled)
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    assert wechat.say("水管坏了") == "听到：路灯坏了\n\n听到：水管坏了"


def test_beyond_the_quota_it_waits(wechat: Pusher, twin: Twin, slow: Slow, context: Flask) -> None:
    wechat.say("路灯坏了")
    # WeChat itself knows of no word of this person: the window is closed.
    twin.followers.clear()
    slow.go.set()
    _until(lambda: twin.calls["message/custom/send"])
    _until(_settled)
    assert twin.sent == []
    wechat.app.config["WECHAT_ANSWER_S"] = 30.0
    _until(lambda: _lease_is_free())
    assert wechat.say("水管坏了").startswith("听到：路灯坏了")


def _lease_is_free() -> bool:
    db.session.rollback()
    return db.session.scalars(select(WechatFollower.sending_until)).one() is None


@pytest.mark.parametrize("rubbish", [b"[]", b"<html>", b"", b'{"text": 1}'])
def test_a_bot_that_talks_rubbish_is_apologised_for(
    wechat: Pusher, bot: StandIn, context: Flask, rubbish: bytes
) -> None:
    bot.answers = lambda *_: rubbish
    message = wechat.message("text", Content="路灯坏了")
    answers = {wechat.read(wechat.push(message)) for _ in range(2)}
    assert len(answers) == 1
    assert "已经收到并保存" in answers.pop()
    conversation = db.session.scalars(select(Conversation)).one()
    assert (conversation.needs_human, conversation.reason) == (True, "bot_unavailable")
    assert [m.text for m in conversation.messages if m.author == "resident"] == ["路灯坏了"]


def test_a_bot_that_is_down_is_apologised_for(wechat: Pusher, context: Flask) -> None:
    assert "已经收到并保存" in wechat.say("路灯坏了")


def test_a_long_answer_goes_on_by_itself(wechat: Pusher, twin: Twin, bot: StandIn, context: Flask) -> None:
    long = "".join(f"这是第{number}句话。" for number in range(200))
    bot.answers = lambda *_: [{"text": long}]
    twin.did("oUser")
    begun = wechat.say("怎么办社保转移")
    _until(lambda: begun + "".join(sent.text for sent in twin.sent) == long)


def test_a_long_answer_goes_on_with_the_next_word(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    long = "".join(f"这是第{number}句话。" for number in range(200))
    bot.answers = lambda *_: [{"text": long}]
    told = wechat.say("怎么办社保转移")
    while len(told) < len(long):
        part = wechat.say("好")
        assert part
        told += part
    assert told == long
    assert len(bot.heard) == 1


def test_an_inner_error_is_told_politely_and_staff_see_it(
    wechat: Pusher, bot: StandIn, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("路灯坏了")

    monkeypatch.setattr(chat, "answer", broken)
    answer = wechat.say("路灯坏了")
    assert "编号" in answer
    assert "ZeroDivision" not in answer
    assert db.session.scalars(select(Conversation)).one().needs_human
    assert _settled()


def test_a_database_that_is_down_is_told_politely(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    db.session.execute(db.text("DROP TABLE wechat_deliveries"))
    db.session.commit()
    answer = wechat.say("路灯坏了")
    assert "请过一会儿再发一次" in answer
    assert "wechat_deliveries" not in answer
    assert wechat.do("event", Event="subscribe") == ""


def test_many_waiting_for_a_slow_bot_leave_threads_for_the_pages(
    wechat: Pusher, slow: Slow, context: Flask
) -> None:
    wechat.app.config |= {"CHAT_CONCURRENCY": 1, "WECHAT_ANSWER_S": PATIENCE_S}
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(wechat.say, "路灯坏了", openid=f"o{n}") for n in range(2)]
        _until(lambda: wechat_replies._room(2)._value == 0)
        # Both places to wait are taken: the third is promised an answer at once.
        assert "正在处理" in wechat.say("水管坏了", openid="o3")
        slow.go.set()
        assert {job.result() for job in waiting} == {"听到：路灯坏了"}


# A process that dies.


def _abandoned(wechat: Pusher, minutes: float = 2, **fields: Any) -> int:
    """A delivery that was stored by a process which then died."""
    conversation = chat.conversation_of("wx:1", "wechat", "1")
    follower = WechatFollower(
        conversation=conversation, openid=crypto.encrypt("oUser") or "", openid_index="1"
    )
    delivery = WechatDelivery(
        key="msg:1", follower=follower, received_at=utcnow() - timedelta(minutes=minutes), **fields
    )
    db.session.add(delivery)
    db.session.commit()
    return delivery.id


def test_the_sweep_answers_what_a_dead_process_left(wechat: Pusher, context: Flask) -> None:
    conversation = chat.conversation_of("wx:1", "wechat", "1")
    _abandoned(wechat, message=chat.record(conversation, "路灯坏了"))
    assert wechat_answering.answer_forgotten() == 1
    assert [m.author for m in conversation.messages] == ["resident", "system"]
    assert conversation.needs_human
    assert wechat_answering.answer_forgotten() == 0


def test_what_the_sweep_says_is_sent(wechat: Pusher, twin: Twin, context: Flask) -> None:
    twin.did("oUser")
    _abandoned(wechat, message=chat.record(chat.conversation_of("wx:1", "wechat", "1"), "路灯坏了"))
    wechat_answering.answer_forgotten()
    _until(lambda: twin.sent)
    assert "已经收到并保存" in twin.sent[0].text


def test_what_the_sweep_cannot_send_comes_with_the_next_reply(wechat: Pusher, context: Flask) -> None:
    _abandoned(wechat)
    wechat_answering.answer_forgotten()
    assert len(wechat_delivery.waiting(db.session.scalars(select(Conversation.id)).one())) == 1


def test_the_sweep_asks_for_a_photo_again(wechat: Pusher, context: Flask) -> None:
    _abandoned(wechat)
    wechat_answering.answer_forgotten()
    assert "再发一次" in db.session.scalars(select(ChatMessage)).one().text


def test_the_sweep_leaves_what_is_being_answered(wechat: Pusher, context: Flask) -> None:
    _abandoned(wechat, minutes=0.5)
    assert wechat_answering.answer_forgotten() == 0


def test_the_sweep_does_not_apologise_for_an_answer_that_was_stored(wechat: Pusher, context: Flask) -> None:
    conversation = chat.conversation_of("wx:1", "wechat", "1")
    message = chat.record(conversation, "路灯坏了")
    db.session.flush()
    db.session.add(
        ChatMessage(conversation=conversation, author="bot", text="听到", payload={}, created_at=utcnow())
    )
    _abandoned(wechat, message=message)
    wechat_answering.answer_forgotten()
    assert [m.author for m in conversation.messages] == ["resident", "bot"]
    assert not conversation.needs_human


def test_old_deliveries_are_forgotten(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    wechat.say("路灯坏了")
    delivery = db.session.scalars(select(WechatDelivery)).one()
    delivery.received_at -= timedelta(days=3)
    db.session.commit()
    wechat_answering.answer_forgotten()
    assert db.session.scalars(select(WechatDelivery)).all() == []
    assert len(db.session.scalars(select(ChatMessage)).all()) == 2


# Together, on both databases.


@pytest.fixture
def both(either_app: Flask, stand_in: tuple[StandIn, str]) -> tuple[Pusher, StandIn]:
    """WeChat's servers and the bot, with the small town on either database."""
    either_app.config.update(
        WECHAT_TOKEN=TOKEN,
        WECHAT_APP_ID=APP_ID,
        WECHAT_AES_KEY=AES_KEY,
        WECHAT_APP_SECRET="",
        WECHAT_ANSWER_S=30.0,
        RASA_URL=stand_in[1],
    )
    return Pusher(either_app), stand_in[0]


def _together(jobs: list[Callable[[], str]]) -> list[str]:
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], str]) -> str:
        gate.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.parametrize("first", [True, False], ids=["first word", "known person"])
def test_three_deliveries_at_once_are_one_message(both: tuple[Pusher, StandIn], first: bool) -> None:
    wechat, bot = both
    if not first:
        wechat.say("你好")
    message = wechat.message("text", Content="路灯坏了")
    answers = _together([lambda: wechat.push(message).text] * 3)
    assert len(set(answers)) == 1
    assert "听到：路灯坏了" in answers[0]
    assert bot.words.count("路灯坏了") == 1
    with wechat.app.app_context():
        words = db.session.scalars(select(ChatMessage.text).where(ChatMessage.author == "resident")).all()
        assert words.count("路灯坏了") == 1
        assert db.session.scalar(select(func.count(WechatFollower.id))) == 1


def test_three_events_at_once_are_one(both: tuple[Pusher, StandIn]) -> None:
    wechat, bot = both
    event = wechat.message("event", Event="SCAN", EventKey="HR-001")
    answers = _together([lambda: wechat.push(event).text] * 3)
    assert len(set(answers)) == 1
    assert bot.words == ["我要评价社会保险关系转移"]


def test_several_words_of_one_person_at_once_are_each_answered_once(both: tuple[Pusher, StandIn]) -> None:
    wechat, bot = both
    messages = [wechat.message("text", Content=f"第{n}件事") for n in range(3)]
    answers = _together([lambda m=m: wechat.read(wechat.push(m)) for m in messages])  # type: ignore[misc]
    said = "\n".join(answers)
    assert [said.count(f"听到：第{n}件事") for n in range(3)] == [1, 1, 1]
    assert sorted(bot.words) == ["第0件事", "第1件事", "第2件事"]


def test_residents_who_write_at_once_are_each_answered(both: tuple[Pusher, StandIn]) -> None:
    wechat, _bot = both
    wechat.app.config["CHAT_CONCURRENCY"] = 12
    answers = _together([lambda n=n: wechat.say(f"{n}号楼", openid=f"o{n}") for n in range(10)])  # type: ignore[misc]
    assert answers == [f"听到：{n}号楼" for n in range(10)]
