"""Signing in and out, one's own password: lock, limit, no way out of the site, sessions that end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD
from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models import AuditEntry, User, utcnow

Login = Callable[[str], FlaskClient]
WRONG = {"username": "clerk", "password": "wrong"}
RIGHT = {"username": "clerk", "password": PASSWORD}


def _user(username: str = "clerk") -> User:
    return db.session.query(User).filter_by(username=username).one()


@pytest.mark.parametrize(
    ("username", "page"),
    [
        ("clerk", "/desk/"), ("head", "/desk/"), ("dispatcher", "/desk/"), ("hotline_agent", "/desk/"),
        ("reviewer", "/desk/"), ("grid_worker", "/grid/"), ("official", "/insight/"), ("admin", "/admin/"),
        ("auditor", "/admin/audit"),
    ],
)  # fmt: skip
def test_each_role_lands_on_its_own_page(app: Flask, username: str, page: str) -> None:
    browser = app.test_client()
    answer = browser.post("/account/login", data={"username": username, "password": PASSWORD})
    assert answer.headers["Location"] == page
    assert browser.get(page).status_code == 200


def test_signing_in_leads_back_to_the_page_asked_for(app: Flask) -> None:
    browser = app.test_client()
    asked = browser.get("/desk/?view=all&words=a")
    assert asked.status_code == 302
    answer = browser.post(asked.headers["Location"], data=RIGHT)
    assert answer.headers["Location"] == "/desk/?view=all&words=a"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "https://evil.example/x", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "javascript:alert(1)", "evil.example", "", "/\n/evil.example", "///evil.example",
    ],
)  # fmt: skip
def test_signing_in_never_leads_away(app: Flask, target: str) -> None:
    browser = app.test_client()
    answer = browser.post("/account/login", query_string={"next": target}, data=RIGHT)
    assert answer.headers["Location"] == "/desk/"
    again = browser.get("/account/login", query_string={"next": target})
    assert again.headers["Location"] == "/desk/"


def test_a_wrong_password_keeps_the_name_and_tells_nothing(app: Flask) -> None:
    browser = app.test_client()
    # The clock stands still: the form's CSRF token is signed with the second it was made in.
    with time_machine.travel(utcnow(), tick=False):
        known, unknown = (
            browser.post("/account/login", data={"username": name, "password": "wrong"})
            for name in ("clerk", "nobody")
        )
    assert known.status_code == unknown.status_code == 403
    assert 'value="clerk"' in known.text
    assert (
        known.text.replace("clerk", "").split("<form")[1]
        == unknown.text.replace("nobody", "").split("<form")[1]
    )


def test_eight_wrong_passwords_lock_the_account(app: Flask) -> None:
    browser = app.test_client()
    for _ in range(8):
        assert browser.post("/account/login", data=WRONG).status_code == 403
    locked = browser.post("/account/login", data=RIGHT)
    assert locked.status_code == 403
    assert "15" in locked.text
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="login.failed").count() == 8
        _user().locked_until = utcnow() - timedelta(seconds=1)
        db.session.commit()
    assert browser.post("/account/login", data=RIGHT).status_code == 302


def test_an_account_that_is_off_stays_out(app: Flask, login: Login) -> None:
    inside = login("clerk")
    with app.app_context():
        _user().active = False
        db.session.commit()
    assert inside.get("/desk/").status_code == 302
    assert app.test_client().post("/account/login", data=RIGHT).status_code == 403


def test_guessing_is_slowed_down(town_database: tuple[Path, object], app: Flask, tmp_path: Path) -> None:
    limited = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), "RATELIMIT_ENABLED": True})
    browser = limited.test_client()
    answers = [browser.post("/account/login", data={"username": f"u{n}"}).status_code for n in range(22)]
    assert answers[:20] == [403] * 20
    assert answers[20:] == [429] * 2


def test_signing_out_needs_a_post_and_ends_the_session(login: Login) -> None:
    clerk = login("clerk")
    assert clerk.get("/account/logout").status_code == 405
    assert clerk.post("/account/logout").headers["Location"] == "/account/login"
    assert clerk.get("/desk/").status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"again": "different"}, "again"),
        ({"new": "short", "again": "short"}, "new"),
    ],
)
def test_a_password_that_cannot_be_changed(login: Login, change: dict[str, str], field: str) -> None:
    clerk = login("clerk")
    form = {"old": PASSWORD, "new": "a much longer one", "again": "a much longer one", **change}
    answer = clerk.post("/account/password", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert form["new"] not in answer.text, "passwords are never sent back"


def test_changing_the_password_ends_other_sessions(app: Flask, login: Login) -> None:
    here, there = login("clerk"), login("clerk")
    form = {"old": PASSWORD, "new": "a much longer one", "again": "a much longer one"}
    assert here.post("/account/password", data=form).status_code == 302
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302
    browser = app.test_client()
    assert browser.post("/account/login", data=RIGHT).status_code == 403
    assert browser.post("/account/login", data={**RIGHT, "password": form["new"]}).status_code == 302


def test_the_desk_speaks_english_when_asked(login: Login) -> None:
    clerk = login("clerk")
    clerk.get("/preferences?lang=en&next=/desk/")
    assert "Sign out" in clerk.get("/desk/").text
