"""What a person on WeChat has not had: sent once, within quota and window, again after a crash, else kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from tests.plugin_wechat import OPENID, Person, make_person
from webapp.extensions import db
from webapp.gateways.wechat.client import Busy
from webapp.gateways.wechat.twin import Twin
from webapp.models import ChatMessage, OutboxMessage, utcnow
from webapp.services import notify, wechat_delivery
from webapp.services.wechat_delivery import deliver

LONG = "路灯坏了，天黑看不见路。" * 80


def _texts(twin: Twin) -> list[str]:
    return [sent.text for sent in twin.sent]


def test_several_bubbles_are_one_message_sent_once(twin: Twin, person: Person) -> None:
    person.tell("您好", "工单号 MP123")
    assert deliver(person.conversation_id)
    assert deliver(person.conversation_id)
    assert _texts(twin) == ["您好\n\n工单号 MP123"]
    row = person.row()
    assert (row.sent_since, row.sending_until) == (1, None)


def test_a_long_answer_follows_in_parts(twin: Twin, person: Person) -> None:
    person.tell("先说一句", LONG)
    assert deliver(person.conversation_id)
    assert "".join(_texts(twin)).replace("\n", "") == "先说一句" + LONG
    assert all(len(text.encode()) <= 2048 for text in _texts(twin))
    assert wechat_delivery.waiting(person.conversation_id) == []


def test_five_messages_and_no_more_until_the_next_word(twin: Twin, person: Person) -> None:
    for n in range(5):
        person.tell(f"第{n}条")
        assert deliver(person.conversation_id)
    person.tell("第六条")
    assert not deliver(person.conversation_id)
    assert len(twin.sent) == twin.calls["message/custom/send"] == 5
    # They speak: both sides count anew.
    row = person.row()
    row.sent_since, row.last_seen_at = 0, utcnow()
    db.session.commit()
    twin.did(OPENID)
    assert deliver(person.conversation_id)
    assert _texts(twin)[-1] == "第六条"


def test_after_48_hours_nothing_is_sent(twin: Twin, person: Person) -> None:
    person.tell("办好了")
    with time_machine.travel(utcnow() + timedelta(hours=48, seconds=1), tick=False):
        assert not deliver(person.conversation_id)
    assert twin.calls["message/custom/send"] == 0
    assert len(wechat_delivery.waiting(person.conversation_id)) == 1
    with time_machine.travel(utcnow() + timedelta(hours=47, minutes=59), tick=False):
        assert deliver(person.conversation_id)


def test_after_a_tap_wechat_allows_less_and_we_stop_there(twin: Twin, person: Person) -> None:
    twin.followers.clear()
    twin.did(OPENID, "touch")
    for n in range(4):
        person.tell(f"第{n}条")
        assert deliver(person.conversation_id) == (n < 3)
    person.tell("第五条")
    assert not deliver(person.conversation_id)
    assert (len(twin.sent), twin.calls["message/custom/send"]) == (3, 4)
    assert len(wechat_delivery.waiting(person.conversation_id)) == 2


@pytest.mark.parametrize("code", [45015, 45047, 43004])
def test_a_window_that_wechat_calls_closed_is_closed(twin: Twin, person: Person, code: int) -> None:
    twin.failures["message/custom/send"].append(code)
    person.tell("办好了")
    assert not deliver(person.conversation_id)
    assert not deliver(person.conversation_id)
    assert twin.calls["message/custom/send"] == 1


def test_who_left_is_not_written_to(twin: Twin, person: Person) -> None:
    person.row().subscribed = False
    person.tell("办好了")
    assert not deliver(person.conversation_id)
    assert twin.calls["message/custom/send"] == 0


def test_without_a_secret_it_waits_for_the_next_word(app: Flask, twin: Twin, person: Person) -> None:
    app.config["WECHAT_APP_SECRET"] = ""
    person.tell("办好了")
    assert not deliver(person.conversation_id)
    assert person.row().sent_since == 0
    assert len(wechat_delivery.waiting(person.conversation_id)) == 1


def test_busy_servers_cost_no_quota_and_the_sweep_tries_again(twin: Twin, person: Person) -> None:
    twin.failures["message/custom/send"].append(-1)
    person.tell("办好了")
    wechat_delivery.later(person.conversation_id)
    db.session.commit()
    assert notify.deliver() == {"sent": 0, "failed": 1}
    assert person.row().sent_since == 0
    assert notify.deliver() == {"sent": 0, "failed": 0}
    with time_machine.travel(utcnow() + timedelta(seconds=61), tick=False):
        assert notify.deliver() == {"sent": 1, "failed": 0}
    assert _texts(twin) == ["办好了"]


DYING = """
import os, signal, sys
from pathlib import Path
from tests.plugin_app import app_config
from webapp import create_app
from webapp.services import wechat_account, wechat_delivery
database, url, conversation_id = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
account = {"WECHAT_APP_ID": "wx-test", "WECHAT_APP_SECRET": "a secret", "WECHAT_API_URL": url}
app = create_app(app_config(database, database.parent) | account)
call = wechat_account.call
# The process dies after WeChat took the message and before anybody wrote that down.
wechat_account.call = lambda path, body: (call(path, body), os.kill(os.getpid(), signal.SIGKILL))
with app.app_context():
    wechat_delivery.deliver(conversation_id)
"""


def test_a_crash_between_sending_and_committing_sends_again(
    app: Flask, twin: Twin, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.tell("办好了")
    database = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    command = [sys.executable, "-c", DYING, database, twin.url, str(person.conversation_id)]
    done = subprocess.run(command, cwd=Path(app.root_path).parent, check=False)
    assert done.returncode == -signal.SIGKILL
    # Its lease holds others off for a while.
    monkeypatch.setattr(wechat_delivery, "WAIT_S", 0.1)
    with pytest.raises(Busy):
        deliver(person.conversation_id)
    [again] = person.tell("再说一句")
    assert not wechat_delivery.take(person.conversation_id, again, again)
    with time_machine.travel(utcnow() + timedelta(seconds=61), tick=False):
        assert deliver(person.conversation_id)
    assert _texts(twin) == ["办好了", "办好了\n\n再说一句"]
    assert person.row().sent_since == 2


def test_a_passive_reply_takes_what_waits_once(twin: Twin, person: Person) -> None:
    last = person.tell("您好", "工单号 MP123")[-1]
    assert wechat_delivery.take(person.conversation_id, last, last)
    assert not wechat_delivery.take(person.conversation_id, last, last)
    db.session.commit()
    assert deliver(person.conversation_id)
    assert twin.sent == []


def test_a_reply_does_not_repeat_what_another_took_meanwhile(person: Person) -> None:
    first, second = person.tell("一", "二")
    assert wechat_delivery.take(person.conversation_id, first, first)
    db.session.commit()
    # It read both bubbles before.
    assert not wechat_delivery.take(person.conversation_id, first, second)
    assert wechat_delivery.take(person.conversation_id, second, second)


def test_the_queue_holds_no_personal_data(person: Person) -> None:
    wechat_delivery.later(person.conversation_id)
    db.session.commit()
    assert db.session.query(OutboxMessage).one().payload == {"conversation_id": person.conversation_id}
    assert OPENID not in person.row().openid
    assert db.session.query(ChatMessage).count() == 0


@pytest.fixture
def both(either_app: Flask) -> Iterator[tuple[Flask, Twin, Person]]:
    """WeChat's twin and a follower, on either database."""
    with Twin("wx-test", "a secret") as twin, either_app.app_context():
        either_app.config.update(
            WECHAT_APP_ID=twin.app_id, WECHAT_APP_SECRET=twin.secret, WECHAT_API_URL=twin.url
        )
        yield either_app, twin, make_person(twin)


def _together(app: Flask, jobs: Sequence[Callable[[], object]]) -> list[object]:
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        with app.app_context():
            gate.wait()
            try:
                return job()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_senders_at_once_send_each_word_once(both: tuple[Flask, Twin, Person]) -> None:
    app, twin, person = both
    for n in range(4):
        person.tell(f"第{n}条")
    jobs: list[Callable[[], object]] = [lambda: deliver(person.conversation_id)] * 5
    assert _together(app, [*jobs, lambda: bool(person.tell("最后一条"))]) == [True] * 6
    deliver(person.conversation_id)
    assert "\n\n".join(_texts(twin)) == "第0条\n\n第1条\n\n第2条\n\n第3条\n\n最后一条"
    assert twin.calls["stable_token"] == 1
    row = person.row()
    assert (row.sent_since, row.sending_until) == (len(twin.sent), None)


def test_a_passive_reply_and_a_sender_at_once_say_it_once(both: tuple[Flask, Twin, Person]) -> None:
    app, twin, person = both
    last = person.tell("您好")[-1]

    def reply() -> bool:
        taken = wechat_delivery.take(person.conversation_id, last, last)
        db.session.commit()
        return taken

    taken, _sent = _together(app, [reply, lambda: deliver(person.conversation_id)])
    assert len(twin.sent) + bool(taken) == 1


def test_the_quota_holds_when_many_send_at_once(both: tuple[Flask, Twin, Person]) -> None:
    app, twin, person = both

    def one_more() -> bool:
        person.tell(LONG)
        return deliver(person.conversation_id)

    _together(app, [one_more] * 4)
    assert twin.calls["message/custom/send"] == len(twin.sent) == person.row().sent_since == 5


def test_two_sweeps_at_once_send_a_message_once(both: tuple[Flask, Twin, Person]) -> None:
    app, twin, person = both
    person.tell("您好")
    wechat_delivery.later(person.conversation_id)
    db.session.commit()
    counts = _together(app, [notify.deliver] * 3)
    assert sorted(str(count) for count in counts) == sorted(
        ["{'sent': 0, 'failed': 0}"] * 2 + ["{'sent': 1, 'failed': 0}"]
    )
    assert _texts(twin) == ["您好"]
