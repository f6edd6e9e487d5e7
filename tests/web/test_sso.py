"""Single sign-on, against a provider that is really there (the twin, on loopback), and that is made to lie."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from webapp.extensions import db
from webapp.gateways import oidc
from webapp.gateways.oidc_twin import Lies, Twin, serve
from webapp.models import AuditEntry, SecondFactor, StaffSession, User, utcnow
from webapp.services import second_factor

Login = Callable[[str], FlaskClient]
FOREIGN = RSAKey.generate_key(2048)


@pytest.fixture(scope="session")
def provider() -> Iterator[Twin]:
    """A provider of its own process-wide port and key."""
    twin = Twin("minping", "a secret/with+signs")
    server = serve(twin)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield twin
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def twin(provider: Twin, app: Flask) -> Iterator[Twin]:
    """The provider, honest again, and known to the application."""
    oidc._known.clear()
    provider.lies, provider.claims = Lies(), {}
    app.config.update(
        OIDC_ISSUER=provider.issuer, OIDC_CLIENT_ID=provider.client_id, OIDC_CLIENT_SECRET=provider.client_secret
    )  # fmt: skip
    yield provider
    oidc._known.clear()


def _go(browser: FlaskClient, username: str, target: str = "") -> str:
    """Off to the provider, sign in there, and the address that leads back."""
    off = browser.get("/account/sso", query_string={"next": target} if target else {})
    assert off.status_code == 302, off.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(off.headers["Location"]).query).items()}
    endpoint = off.headers["Location"].partition("?")[0]
    assert httpx.get(off.headers["Location"]).status_code == 200
    back = httpx.post(endpoint, data={**asked, "username": username})
    assert back.status_code == 302
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def _arrive(app: Flask, username: str, target: str = "") -> tuple[FlaskClient, int, str]:
    browser = app.test_client()
    answer = browser.get(_go(browser, username, target))
    return browser, answer.status_code, answer.headers.get("Location", answer.text)


def test_whom_the_provider_vouches_for_is_in(app: Flask, twin: Twin) -> None:
    assert "单点登录" in app.test_client().get("/account/login").text
    browser, status, where = _arrive(app, "clerk", "/desk/?view=all")
    assert (status, where) == (302, "/desk/?view=all")
    assert browser.get("/desk/").status_code == 200
    with app.app_context():
        assert db.session.query(User).filter_by(username="clerk").one().sso_subject == "subject-of-clerk"
        assert db.session.query(StaffSession).one().method == "sso"
        assert [e.action for e in db.session.query(AuditEntry).order_by(AuditEntry.id)] == [
            "user.sso",
            "login",
        ]


@pytest.mark.parametrize(
    ("claims", "drop"),
    [
        ({"nonce": "another"}, ()), ({}, ("nonce",)), ({"aud": "somebody-else"}, ()), ({}, ("aud",)),
        ({"aud": ["minping", "other"]}, ()), ({"aud": ["minping", "other"], "azp": "other"}, ()),
        ({"iss": "https://evil.example"}, ()), ({}, ("iss",)), ({}, ("sub",)), ({}, ("exp",)),
        ({"exp": int(time.time()) - 120}, ()), ({"iat": int(time.time()) + 3600}, ()), ({"nbf": int(time.time()) + 3600}, ()),
    ],
    ids=lambda value: ",".join(value) or "-",
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    app: Flask, twin: Twin, claims: dict[str, object], drop: tuple[str, ...]
) -> None:
    twin.lies = Lies(claims=claims, drop=drop)
    browser, status, page = _arrive(app, "clerk")
    assert status == 403
    assert "单点登录没有成功" in page
    assert browser.get("/desk/").status_code == 302
    with app.app_context():
        assert db.session.query(StaffSession).count() == 0


@pytest.mark.parametrize(
    "lies",
    [Lies(key=FOREIGN), Lies(key=FOREIGN, algorithm="PS256")],
    ids=["foreign key", "another algorithm"],
)
def test_a_signature_of_somebody_else_is_refused(app: Flask, twin: Twin, lies: Lies) -> None:
    twin.lies = lies
    assert _arrive(app, "clerk")[1] == 403


def test_a_key_that_was_changed_is_fetched(app: Flask, twin: Twin) -> None:
    assert _arrive(app, "clerk")[1] == 302
    kept = twin.key
    try:
        twin.key = RSAKey.generate_key(2048, auto_kid=True)
        assert _arrive(app, "clerk")[1] == 302
    finally:
        twin.key = kept


def test_an_answer_is_for_the_browser_that_set_out_and_once(app: Flask, twin: Twin) -> None:
    setter, other = app.test_client(), app.test_client()
    back = _go(setter, "clerk")
    assert other.get(back).status_code == 403, "another browser"
    assert setter.get(back.replace("state=", "state=x")).status_code == 403, "another state"
    assert setter.get(back).status_code == 403, "what was set out with is used up"
    again = _go(setter, "clerk")
    assert setter.get(again).status_code == 302
    assert setter.get(again).status_code == 403


def test_the_provider_does_not_hand_codes_to_who_did_not_ask(app: Flask, twin: Twin) -> None:
    """PKCE: a code that was read from the address bar is worth nothing without the verifier."""
    browser = app.test_client()
    back = _go(browser, "clerk")
    with browser.session_transaction() as cookie:
        cookie["sso"] = {**cookie["sso"], "verifier": "guessed" * 8}
    assert browser.get(back).status_code == 403


def test_nobody_of_ours_gets_no_account(app: Flask, twin: Twin) -> None:
    _browser, status, page = _arrive(app, "stranger")
    assert status == 403
    assert "还没有对应的工作人员账号" in page
    with app.app_context():
        assert db.session.query(User).filter_by(username="stranger").count() == 0


def test_accounts_are_made_where_the_city_says_so(app: Flask, twin: Twin) -> None:
    app.config["OIDC_CREATE_ROLE"] = "reviewer"
    twin.claims["stranger"] = {"name": "新来的"}
    browser, status, _where = _arrive(app, "stranger")
    assert status == 302
    assert browser.get("/desk/").status_code == 200
    assert browser.get("/admin/").status_code == 403
    with app.app_context():
        made = db.session.query(User).filter_by(username="stranger").one()
        assert (made.name, made.role) == ("新来的", "reviewer")


def test_a_name_that_changed_hands_opens_nothing(app: Flask, twin: Twin, login: Login) -> None:
    assert _arrive(app, "clerk")[1] == 302
    twin.claims["clerk"] = {"sub": "somebody-new"}
    assert _arrive(app, "clerk")[1] == 403
    # The one it was bound to is known by the subject, whatever their user name is now.
    twin.claims["renamed"] = {"sub": "subject-of-clerk"}
    assert _arrive(app, "renamed")[1] == 302
    with app.app_context():
        number = db.session.query(User.id).filter_by(username="clerk").scalar()
    admin = login("admin")
    assert "解除单点登录绑定" in admin.get(f"/admin/users/{number}").text
    assert admin.post(f"/admin/users/{number}/sso/untie").status_code == 302
    assert _arrive(app, "clerk")[1] == 302
    assert _arrive(app, "renamed")[1] == 403


def test_another_claim_can_name_the_account(app: Flask, twin: Twin) -> None:
    app.config["OIDC_CLAIM"] = "employee"
    twin.claims["zhang.san"] = {"employee": "head"}
    browser, status, _where = _arrive(app, "zhang.san")
    assert status == 302
    assert "测试单位负责人" in browser.get("/desk/").text


def test_an_account_that_is_off_or_locked_stays_out(app: Flask, twin: Twin) -> None:
    with app.app_context():
        db.session.query(User).filter_by(username="clerk").one().active = False
        db.session.query(User).filter_by(username="head").one().locked_until = utcnow().replace(year=2999)
        db.session.commit()
    assert _arrive(app, "clerk")[1] == 403
    assert _arrive(app, "head")[1] == 403


def test_the_second_factor_is_asked_for_all_the_same(app: Flask, twin: Twin) -> None:
    with app.app_context():
        user = db.session.query(User).filter_by(username="clerk").one()
        second_factor.begin(user)
        secret = second_factor.pending_secret(user.id)
        assert secret
        db.session.get_one(SecondFactor, user.id).confirmed_at = utcnow()
        db.session.commit()
    browser, status, where = _arrive(app, "clerk")
    assert (status, where) == (302, "/account/code")
    assert browser.get("/desk/").status_code == 302
    assert browser.post("/account/code", data={"code": pyotp.TOTP(secret).now()}).status_code == 302
    assert browser.get("/desk/").status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_it_never_leads_away(app: Flask, twin: Twin, target: str) -> None:
    assert _arrive(app, "clerk", target)[2] == "/desk/"


def test_a_provider_that_is_down_leaves_the_password(app: Flask, free_port: int) -> None:
    app.config.update(
        OIDC_ISSUER=f"http://127.0.0.1:{free_port}", OIDC_CLIENT_ID="minping", OIDC_CLIENT_SECRET="x"
    )  # fmt: skip
    answer = app.test_client().get("/account/sso")
    assert answer.status_code == 403
    assert "请用密码登录" in answer.text
    assert 'name="password"' in answer.text


def test_a_provider_under_another_name_is_not_believed(app: Flask, twin: Twin) -> None:
    app.config["OIDC_ISSUER"] = twin.issuer.replace("127.0.0.1", "localhost")
    assert app.test_client().get("/account/sso").status_code == 403


def test_without_a_provider_there_is_no_such_page(client: FlaskClient) -> None:
    assert client.get("/account/sso").status_code == 404
    assert client.get("/account/sso/back").status_code == 404
    assert "单点登录" not in client.get("/account/login").text
