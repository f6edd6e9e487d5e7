"""Every route is guarded or listed as public; every answer carries the security headers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.domain.workflow import Role
from webapp.security import PUBLIC, access_of

STAFF_PREFIXES = ("/desk", "/insight", "/admin")
STAFF_ROLES = [role for role in Role if role not in (Role.RESIDENT, Role.SYSTEM)]


def test_every_route_is_marked(app: Flask) -> None:
    with app.app_context():
        unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if access_of(rule.endpoint) is None]
    assert unmarked == []


def test_staff_pages_are_not_public(app: Flask) -> None:
    with app.app_context():
        leaks = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(STAFF_PREFIXES) and access_of(rule.endpoint) == PUBLIC
        ]
    assert leaks == []


def test_an_unmarked_view_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403


def _url(rule: str) -> str:
    """An address that ``rule`` matches: a number, the first of a choice, or a word for each variable part."""

    def value(part: re.Match[str]) -> str:
        converter, choices = part.group(1), part.group(2)
        if converter == "any":
            return str(choices.split(",")[0])
        return "1" if converter == "int" else "json"

    return re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", value, rule)


def test_staff_routes_turn_strangers_away(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        with app.app_context():
            if access_of(rule.endpoint) == PUBLIC:
                continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(_url(rule.rule), method=method)
            assert answer.status_code in (302, 401), (method, rule.rule, answer.status_code)
            if answer.status_code == 302:
                assert "/account/login" in answer.headers["Location"]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_staff_routes_turn_other_roles_away(
    app: Flask, login: Callable[[str], FlaskClient], role: Role
) -> None:
    browser = login(role.value)
    for rule in app.url_map.iter_rules():
        with app.app_context():
            access = access_of(rule.endpoint)
        if access == PUBLIC or access is None or role.value in access or "GET" not in rule.methods:
            continue
        assert browser.get(_url(rule.rule)).status_code == 403, rule.rule


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
