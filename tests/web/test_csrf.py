"""Forms need a token; programs use the API, where no staff session works."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.factories import PASSWORD
from tests.plugin_app import app_config
from webapp import create_app


def test_a_form_without_token_is_refused(app: Flask, tmp_path: Path) -> None:
    # On the copy of this test: a sign-in writes, and the town is shared.
    strict = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), "WTF_CSRF_ENABLED": True})
    answer = strict.test_client().post("/account/login", data={"username": "clerk", "password": PASSWORD})
    assert answer.status_code == 400


def test_session_cookies_are_strict(app: Flask, tmp_path: Path) -> None:
    # On the copy of this test: a sign-in writes, and the town is shared.
    strict = create_app({**app_config(tmp_path / "minping.sqlite3", tmp_path), "SESSION_COOKIE_SECURE": True})
    answer = strict.test_client().post(
        "/account/login", data={"username": "clerk", "password": PASSWORD}, base_url="https://localhost"
    )
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"]
