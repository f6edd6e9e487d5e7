"""The access token: fetched once for all, renewed once however many find it ended, never readable anywhere."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from webapp.extensions import db
from webapp.gateways.wechat.client import Busy, NoRight, Refused
from webapp.gateways.wechat.twin import Twin
from webapp.models import WechatToken, utcnow
from webapp.services import wechat_account

MENU = {"button": [{"type": "click", "name": "查进度", "key": "track"}]}


@pytest.fixture(autouse=True)
def _in_context(context: Flask, twin: Twin) -> None:
    """Everything here speaks to the twin."""


def _menu() -> object:
    return wechat_account.call("menu/create", MENU)


def _together(app: Flask, jobs: list[Callable[[], object]]) -> list[object]:
    results: list[object] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            results.append(job())

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_token_serves_many_calls_and_is_stored_encrypted(twin: Twin) -> None:
    _menu()
    _menu()
    assert twin.calls == {"stable_token": 1, "menu/create": 2}
    assert twin.menu == MENU
    stored = db.session.query(WechatToken).one()
    assert wechat_account.token() not in stored.token
    assert stored.renewing_until is None


def test_a_new_token_is_fetched_five_minutes_before_the_old_one_ends(twin: Twin) -> None:
    first = wechat_account.token()
    with time_machine.travel(utcnow() + timedelta(minutes=114), tick=False):
        assert wechat_account.token() == first
    with time_machine.travel(utcnow() + timedelta(minutes=116), tick=False):
        assert wechat_account.token() != first
        _menu()


def test_a_token_that_ended_unannounced_is_renewed_once(twin: Twin) -> None:
    _menu()
    twin.end_tokens()
    _menu()
    assert twin.calls == {"stable_token": 2, "menu/create": 3}


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_every_way_of_rejecting_a_token_is_understood(twin: Twin, code: int) -> None:
    twin.failures["menu/create"].append(code)
    _menu()
    assert twin.calls["stable_token"] == 2


def test_a_token_that_is_rejected_again_is_for_later(twin: Twin) -> None:
    twin.failures["menu/create"].extend([40001, 40001])
    with pytest.raises(Busy):
        _menu()


def test_threads_that_find_it_ended_together_renew_it_once(app: Flask, twin: Twin) -> None:
    _menu()
    twin.end_tokens()
    answers = _together(app, [_menu] * 6)
    assert [answer["errcode"] for answer in answers] == [0] * 6  # type: ignore[index]
    assert twin.calls["stable_token"] == 2


CALLING = """
import sys
from pathlib import Path
from tests.plugin_app import app_config
from webapp import create_app
from webapp.services import wechat_account
database, url = Path(sys.argv[1]), sys.argv[2]
account = {"WECHAT_APP_ID": "wx-test", "WECHAT_APP_SECRET": "a secret", "WECHAT_API_URL": url}
app = create_app(app_config(database, database.parent) | account)
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    wechat_account.call("menu/create", {"button": [{"type": "click", "name": "a", "key": "a"}]})
"""


def test_processes_that_find_it_ended_together_renew_it_once(app: Flask, twin: Twin) -> None:
    _menu()
    twin.end_tokens()
    database = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    command = [sys.executable, "-c", CALLING, database, twin.url]
    processes = [
        subprocess.Popen(
            command, cwd=Path(app.root_path).parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    assert twin.calls["stable_token"] == 2


def test_a_renewal_that_died_is_taken_over(twin: Twin) -> None:
    wechat_account.token()
    row = db.session.query(WechatToken).one()
    row.expires_at, row.renewing_until = utcnow(), utcnow() + timedelta(seconds=0.3)
    db.session.commit()
    assert wechat_account.token()
    assert twin.calls["stable_token"] == 2


@pytest.mark.parametrize(
    ("setting", "value"),
    [("WECHAT_APP_SECRET", "wrong"), ("WECHAT_APP_SECRET", ""), ("WECHAT_APP_ID", "wx-other")],
)
def test_without_the_right_secret_there_is_no_right(app: Flask, setting: str, value: str) -> None:
    app.config[setting] = value
    with pytest.raises(NoRight):
        _menu()


@pytest.mark.parametrize(
    ("code", "error"), [(-1, Busy), (45009, Busy), (48001, NoRight), (40164, NoRight), (40018, Refused)]
)
def test_errors_say_what_to_do(twin: Twin, code: int, error: type[Exception]) -> None:
    twin.failures["menu/create"].append(code)
    with pytest.raises(error):
        _menu()


@pytest.mark.parametrize("code", [-1, 45009])
def test_a_busy_token_server_is_for_later(twin: Twin, code: int) -> None:
    twin.failures["stable_token"].append(code)
    with pytest.raises(Busy):
        _menu()
    _menu()


def test_the_older_interface_is_used_where_there_is_no_other(app: Flask, twin: Twin) -> None:
    twin.only_old_tokens = True
    _menu()
    assert twin.calls == {"stable_token": 1, "token": 1, "menu/create": 1}


def test_nothing_there_is_for_later(app: Flask, free_port: int) -> None:
    app.config["WECHAT_API_URL"] = f"http://127.0.0.1:{free_port}"
    with pytest.raises(Busy) as caught:
        _menu()
    assert not caught.value.maybe_done


def test_no_log_carries_a_token(twin: Twin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _menu()
    assert "access_token" not in caplog.text


def test_a_picture_is_fetched_up_to_its_limit(twin: Twin) -> None:
    media_id, _url = twin.add_picture(b"\xff\xd8 a picture")
    assert wechat_account.media(media_id) == b"\xff\xd8 a picture"
    with pytest.raises(Refused):
        wechat_account.media(media_id, limit=5)
    with pytest.raises(Refused):
        wechat_account.media("unknown")
    twin.end_tokens()
    assert wechat_account.media(media_id) == b"\xff\xd8 a picture"
