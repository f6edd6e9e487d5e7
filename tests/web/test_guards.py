"""Every route is marked; every answer carries the security headers. Who may call what: test_permissions."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.plugin_app import app_config
from webapp import create_app
from webapp.domain.permissions import Permission
from webapp.security import access_of

STAFF_PREFIXES = ("/desk", "/grid", "/insight", "/admin")


def test_every_route_is_marked(app: Flask) -> None:
    with app.app_context():
        unmarked = [
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if not isinstance(access_of(rule.endpoint), Permission)
        ]
    assert unmarked == []


def test_staff_pages_are_not_public(app: Flask) -> None:
    with app.app_context():
        leaks = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(STAFF_PREFIXES) and access_of(rule.endpoint) is Permission.PUBLIC
        ]
    assert leaks == []


def test_an_unmarked_view_is_refused(tmp_path: Path) -> None:
    app = create_app(app_config(tmp_path / "minping.sqlite3", tmp_path))
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403


def test_headers(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "nonce-" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    nonces = {client.get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(nonces) == 3


def test_no_page_has_inline_handlers_or_styles(app: Flask) -> None:
    import pathlib

    folder = pathlib.Path(app.root_path) / "templates"
    bad = [
        path.name
        for path in folder.rglob("*.html")
        if re.search(r"\son\w+=[\"']|\sstyle=[\"']|\|\s*safe\b", path.read_text(encoding="utf-8"))
    ]
    assert bad == []
