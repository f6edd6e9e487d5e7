"""One-time codes: set up, asked for, never taken twice, lost and reset; and the roles that must have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Town
from webapp.config import load_config
from webapp.extensions import db
from webapp.models import AuditEntry, RecoveryCode, SecondFactor, User

Login = Callable[[str], FlaskClient]
NOON = datetime(2026, 3, 2, 4, 0, 5, tzinfo=UTC)
PAGE = "/account/second-factor"


def _set_up(browser: FlaskClient) -> tuple[str, list[str]]:
    """Set one-time codes up at the clock's present step; returns the secret and the recovery codes."""
    assert browser.post(PAGE, data={"step": "begin"}).status_code == 302
    page = browser.get(PAGE).text
    shown = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert shown
    assert "data:image/svg+xml" in page
    secret = shown.group(1).replace(" ", "")
    answer = browser.post(PAGE, data={"step": "confirm", "code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return secret, re.findall(r"<li><code>([0-9A-Z-]{11})</code>", answer.text)


def _half_way(app: Flask, username: str = "clerk") -> FlaskClient:
    browser = app.test_client()
    answer = browser.post(
        "/account/login?next=/desk/?view=all", data={"username": username, "password": PASSWORD}
    )
    assert answer.headers["Location"].startswith("/account/code")
    return browser


def _actions(app: Flask) -> list[str]:
    with app.app_context():
        return [e.action for e in db.session.query(AuditEntry).order_by(AuditEntry.id) if e.action != "login"]


def test_it_is_set_up_and_asked_for(app: Flask, login: Login) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        secret, recovery = _set_up(login("clerk"))
        assert len(set(recovery)) == 10
        clock.shift(31)
        browser = _half_way(app)
        assert browser.get("/desk/").status_code == 302, "the password alone opens nothing"
        wrong = browser.post("/account/code", data={"code": "000000"})
        assert wrong.status_code == 403
        assert 'id="code-error"' in wrong.text
        done = browser.post("/account/code?next=/desk/?view=all", data={"code": pyotp.TOTP(secret).now()})
        assert done.headers["Location"] == "/desk/?view=all"
        assert browser.get("/desk/").status_code == 200
        with app.app_context():
            assert [e.details["method"] for e in db.session.query(AuditEntry).filter_by(action="login")] == [
                "password", "password+totp",
            ]  # fmt: skip
            stored = db.session.query(SecondFactor).one().secret
            assert secret not in stored
            kept = {c.code_hash for c in db.session.query(RecoveryCode)}
            assert not kept & {code.replace("-", "") for code in recovery}
    assert _actions(app) == ["totp.on", "login.failed"]
    # What was shown once is not shown again.
    again = login_with(app, secret).get(PAGE).text
    assert secret[:4] not in again.replace(" ", "")
    assert not any(code in again for code in recovery)


def login_with(app: Flask, secret: str) -> FlaskClient:
    browser = _half_way(app)
    assert browser.post("/account/code", data={"code": pyotp.TOTP(secret).now()}).status_code == 302
    return browser


def test_no_code_is_taken_twice(app: Flask, login: Login) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        secret, _recovery = _set_up(login("clerk"))
        used = pyotp.TOTP(secret).now()
        assert _half_way(app).post("/account/code", data={"code": used}).status_code == 403, (
            "used for setting up"
        )
        clock.shift(30)
        code = pyotp.TOTP(secret).now()
        assert _half_way(app).post("/account/code", data={"code": code}).status_code == 302
        assert _half_way(app).post("/account/code", data={"code": code}).status_code == 403
        assert _half_way(app).post("/account/code", data={"code": used}).status_code == 403, (
            "older than the last"
        )
        clock.shift(30)
        assert (
            _half_way(app).post("/account/code", data={"code": pyotp.TOTP(secret).now()}).status_code == 302
        )


@pytest.mark.parametrize(("late", "status"), [(-60, 403), (-28, 302), (0, 302), (28, 302), (65, 403)])
def test_clocks_may_differ_by_one_step(app: Flask, login: Login, late: int, status: int) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        secret, _recovery = _set_up(login("clerk"))
        clock.shift(300)
        code = pyotp.TOTP(secret).at(NOON + timedelta(seconds=300 - late))
        assert _half_way(app).post("/account/code", data={"code": code}).status_code == status


def test_a_recovery_code_works_once(app: Flask, login: Login) -> None:
    _secret, recovery = _set_up(login("clerk"))
    first = _half_way(app)
    assert (
        first.post("/account/code", data={"code": recovery[3].lower().replace("-", " ")}).status_code == 302
    )
    assert "还剩 9 个恢复码" in first.get(PAGE).text
    assert _half_way(app).post("/account/code", data={"code": recovery[3]}).status_code == 403
    with app.app_context():
        newest = db.session.query(AuditEntry).filter_by(action="login").order_by(AuditEntry.id.desc()).first()
        assert newest is not None
        assert newest.details == {"method": "password+recovery"}


def test_somebody_elses_code_is_no_code(app: Flask, login: Login) -> None:
    _secret, of_head = _set_up(login("head"))
    _other, _of_clerk = _set_up(login("clerk"))
    assert _half_way(app).post("/account/code", data={"code": of_head[0]}).status_code == 403


def test_wrong_codes_lock_and_the_right_password_does_not_wash_them_away(app: Flask, login: Login) -> None:
    secret, _recovery = _set_up(login("clerk"))
    for _n in range(8):
        assert _half_way(app).post("/account/code", data={"code": "123123"}).status_code == 403
    browser = app.test_client()
    locked = browser.post("/account/login", data={"username": "clerk", "password": PASSWORD})
    assert locked.status_code == 403
    assert "15 分钟" in locked.text
    assert secret


def test_half_way_ends_after_five_minutes(app: Flask, login: Login) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        secret, _recovery = _set_up(login("clerk"))
        browser = _half_way(app)
        clock.shift(301)
        answer = browser.post("/account/code?next=/desk/", data={"code": pyotp.TOTP(secret).now()})
        assert answer.headers["Location"].startswith("/account/login")
        assert browser.get("/desk/").status_code == 302
    assert app.test_client().get("/account/code").headers["Location"] == "/account/login"


def test_setting_up_ends_the_sessions_begun_without_it(login: Login) -> None:
    here, there = login("clerk"), login("clerk")
    _set_up(here)
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302


def test_a_wrong_first_code_turns_nothing_on(app: Flask, login: Login) -> None:
    browser = login("clerk")
    browser.post(PAGE, data={"step": "begin"})
    answer = browser.post(PAGE, data={"step": "confirm", "code": "000000"})
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert app.test_client().post(
        "/account/login", data={"username": "clerk", "password": PASSWORD}
    ).headers["Location"].startswith("/desk/")  # fmt: skip


def test_renewing_and_turning_off_need_a_code(app: Flask, login: Login) -> None:
    browser = login("clerk")
    with time_machine.travel(NOON, tick=False) as clock:
        browser = login("clerk")
        secret, old = _set_up(browser)
        for step in ("codes", "off"):
            assert browser.post(PAGE, data={"step": step, "code": "000000"}).status_code == 422
        clock.shift(30)
        renewed = browser.post(PAGE, data={"step": "codes", "code": pyotp.TOTP(secret).now()}).text
        assert old[0] not in renewed
        assert _half_way(app).post("/account/code", data={"code": old[0]}).status_code == 403
        clock.shift(30)
        assert browser.post(PAGE, data={"step": "off", "code": pyotp.TOTP(secret).now()}).status_code == 302
    assert _actions(app) == ["totp.on", "totp.codes", "login.failed", "totp.off"]
    with app.app_context():
        assert db.session.query(SecondFactor).count() == db.session.query(RecoveryCode).count() == 0


def test_roles_that_must_have_one_do_nothing_before(app: Flask, login: Login) -> None:
    app.config["REQUIRE_TOTP_ROLES"] = frozenset({"admin"})
    admin = login("admin")
    for page in ("/admin/", "/admin/audit", "/admin/users/new"):
        assert admin.get(page).headers["Location"] == PAGE
    assert admin.post("/admin/users/new", data={}).headers["Location"] == PAGE
    assert "必须使用动态验证码" in admin.get(PAGE).text
    with time_machine.travel(NOON, tick=False) as clock:
        admin = login("admin")
        secret, _codes = _set_up(admin)
        assert admin.get("/admin/").status_code == 200
        clock.shift(30)
        kept = admin.post(PAGE, data={"step": "off", "code": pyotp.TOTP(secret).now()})
        assert kept.status_code == 422
    assert login("clerk").get("/desk/").status_code == 200


def test_an_administrator_resets_another_but_not_themselves(app: Flask, login: Login, town: Town) -> None:
    clerk = login("clerk")
    _set_up(clerk)
    admin = login("admin")
    _set_up(admin)
    address = f"/admin/users/{town.users['clerk']}"
    assert "重置动态验证码" in admin.get(address).text
    assert admin.post(f"{address}/second-factor/reset").status_code == 302
    assert clerk.get("/desk/").status_code == 302
    assert login("clerk").get("/desk/").status_code == 200, "with the password alone"
    own = admin.post(f"/admin/users/{town.users['admin']}/second-factor/reset", follow_redirects=True)
    assert "另一位管理员" in own.text
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="totp.reset").one()
        assert (entry.user_id, entry.subject) == (town.users["admin"], f"user:{town.users['clerk']}")


def test_an_operator_resets_the_last_administrator(app: Flask, login: Login) -> None:
    _set_up(login("admin"))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["accounts", "reset-second-factor", "nobody"]).exit_code == 1
    assert runner.invoke(args=["accounts", "reset-second-factor", "admin"]).exit_code == 0
    assert runner.invoke(args=["accounts", "reset-second-factor", "admin"]).exit_code == 1
    assert login("admin").get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, frozenset()),
        ({"REQUIRE_TOTP_ROLES": "admin, auditor"}, {"admin", "auditor"}),
        ({"REQUIRE_TOTP_ROLES": "king"}, None),
        ({"REQUIRE_TOTP_ROLES": "resident"}, None),
        ({"OIDC_ISSUER": "https://x"}, None),
        ({"OIDC_CREATE_ROLE": "admin"}, None),
    ],
    ids=["none", "two roles", "unknown", "resident", "half a provider", "made by name"],
)
def test_the_configuration_says_what_is_wrong(
    tmp_path: object, env: dict[str, str], expected: set[str] | None
) -> None:
    whole = {"MINPING_VAR": str(tmp_path), **env}
    if expected is None:
        with pytest.raises(RuntimeError, match=next(iter(env))):
            load_config(whole)
    else:
        assert load_config(whole)["REQUIRE_TOTP_ROLES"] == expected


def test_all_roles_can_be_required(tmp_path: object) -> None:
    found = load_config({"MINPING_VAR": str(tmp_path), "REQUIRE_TOTP_ROLES": "all"})["REQUIRE_TOTP_ROLES"]
    assert {"clerk", "admin", "grid_worker"} <= found


def test_accounts_are_not_touched_by_half_a_sign_in(app: Flask, login: Login) -> None:
    _set_up(login("clerk"))
    with app.app_context():
        before = db.session.query(User).filter_by(username="clerk").one().last_login_at
    _half_way(app)
    with app.app_context():
        assert db.session.query(User).filter_by(username="clerk").one().last_login_at == before
