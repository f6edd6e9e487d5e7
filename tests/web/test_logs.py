"""What residents write never reaches the logs; an inside error gives them an id that does."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import structlog
from flask import Flask, Response
from gunicorn.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.factories import Town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.logs import without_words
from webapp.services import submit


@pytest.fixture
def logging_app(town_database: tuple[Path, Town], tmp_path: Path) -> Flask:
    """An application as it runs: logs on, errors handled."""
    import shutil

    database = tmp_path / "m.sqlite3"
    shutil.copy(town_database[0], database)
    app = create_app(
        {
            **app_config(database, tmp_path),
            "PROPAGATE_EXCEPTIONS": False,
            "LOG_LEVEL": "INFO",
        }
    )
    return app


def test_logs_hold_no_word_of_residents(logging_app: Flask) -> None:
    secrets = ("13812345678", "王小明", "柳树巷口的秘密", "正文里的话")
    browser = logging_app.test_client()
    with structlog.testing.capture_logs() as lines:
        made = browser.post(
            "/api/v1/requests",
            json={
                "text": f"{secrets[3]}，路灯坏了",
                "contact_phone": secrets[0],
                "contact_name": secrets[1],
                "address": secrets[2],
            },
        ).json
        browser.post("/api/v1/chat/messages", json={"sender": "s", "text": f"{secrets[3]} {secrets[0]}"})
        browser.post("/track", data={"number": made["service_request_id"], "secret": made["secret"]})
        browser.get(f"/track/{made['service_request_id']}")
    written = json.dumps(lines, ensure_ascii=False, default=str)
    assert len(lines) >= 4
    for secret in (*secrets, made["secret"], made["service_request_id"]):
        assert secret not in written


def test_an_inside_error_is_an_id_for_the_resident(
    logging_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(submit, "_checked_text", explode)
    with structlog.testing.capture_logs() as lines:
        answer = logging_app.test_client().post("/api/v1/requests", json={"text": "路灯坏了"})
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert answer.json["error_id"] in {line.get("error_id") for line in lines}


def test_an_error_is_logged_with_its_place_and_kind_not_with_what_it_says() -> None:
    name, phone = "王小明", "13812345678"

    def parse() -> int:
        try:
            return int(phone + name)
        except ValueError as error:
            raise LookupError(name + phone) from error

    try:
        parse()
    except LookupError as error:
        for given in (error, True, (type(error), error, error.__traceback__)):
            event = without_words(None, "error", {"event": "unexpected", "exc_info": given})
            assert "builtins.LookupError" in event["exception"]
            assert "builtins.ValueError" in event["exception"]
            assert "in parse" in event["exception"]
            assert "exc_info" not in event
            assert name not in event["exception"]
            assert phone not in event["exception"]
    assert without_words(None, "info", {"event": "fine"}) == {"event": "fine"}


def test_a_refused_statement_does_not_repeat_its_values(logging_app: Flask) -> None:
    with logging_app.app_context(), pytest.raises(DBAPIError) as refused:
        db.session.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "柳树巷口的秘密"})
    assert "柳树巷口的秘密" not in str(refused.value)
    assert "nowhere" in str(refused.value)


def test_too_many_posts_are_told_to_wait(app: Flask, tmp_path: Path) -> None:
    config = {
        **app_config(tmp_path / "minping.sqlite3", tmp_path),
        "RATELIMIT_ENABLED": True,
        "PROPAGATE_EXCEPTIONS": False,
    }
    browser = create_app(config).test_client()
    codes = [
        browser.post("/account/login", data={"username": "x", "password": "y"}).status_code for _ in range(22)
    ]
    assert codes[-1] == 429
    assert "频繁" in browser.post("/account/login", data={"username": "x", "password": "y"}).text


def test_a_new_name_for_every_chat_message_has_its_limit_too(app: Flask, tmp_path: Path) -> None:
    config = {
        **app_config(tmp_path / "minping.sqlite3", tmp_path),
        "RATELIMIT_ENABLED": True,
        "RATE_CHAT_ADDRESS": "5 per minute",
    }
    browser = create_app({**config, "PROPAGATE_EXCEPTIONS": False}).test_client()
    codes = [
        browser.post("/api/v1/chat/messages", json={"sender": f"s{n}", "text": ""}).status_code
        for n in range(7)
    ]
    assert codes == [422] * 5 + [429] * 2


def test_the_server_does_not_quote_requests_that_it_refuses(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config()
    quiet = runpy.run_path(str(Path(__file__).resolve().parents[2] / "gunicorn.conf.py"))["logger_class"](
        config
    )
    monkeypatch.setattr(quiet.error_log, "propagate", True)
    quiet.warning("Invalid request from ip=203.0.113.9: Invalid HTTP request line: '/services?q=王小明'")
    quiet.exception("Error handling request %s", "/services?q=王小明")
    quiet.warning("worker %s is slow", "web-1")
    said = [record.getMessage() for record in caplog.records]
    assert said == ["Invalid request", "Error handling request", "worker web-1 is slow"]


def test_who_loses_a_deadlock_is_told_to_look_again(logging_app: Flask) -> None:
    """PostgreSQL gives one of two up; other trouble with the database is an inside error with an id."""

    class Given(Exception):
        sqlstate = "40P01"

    def answer(cause: Exception) -> tuple[Response, int]:
        with logging_app.test_request_context("/api/v1/requests"):
            return logging_app.handle_user_exception(OperationalError("update", {}, cause))

    assert answer(Given())[1] == 409
    gone, status = answer(Exception("the server closed the connection"))
    assert status == 500
    assert "error_id" in gone.json
