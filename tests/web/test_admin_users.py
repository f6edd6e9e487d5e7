"""Accounts: opened, changed, switched off, unlocked; nobody locks the last administrator out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Town
from webapp.extensions import db
from webapp.models import AuditEntry, User, utcnow

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"
NEW = {
    "username": "new.clerk", "name": "李新", "role": "clerk", "department_code": "HR", "area_code": "",
    "password": "quite a long one", "active": "1",
}  # fmt: skip


def _signs_in(app: Flask, username: str, password: str) -> bool:
    answer = app.test_client().post("/account/login", data={"username": username, "password": password})
    return answer.status_code == 302


def test_a_new_account_can_work(app: Flask, login: Login) -> None:
    assert login("admin").post("/admin/users/new", data=NEW).status_code == 302
    assert _signs_in(app, "new.clerk", NEW["password"])
    with app.app_context():
        user = db.session.query(User).filter_by(username="new.clerk").one()
        assert (user.role, user.department.code if user.department else "") == ("clerk", "HR")
        entry = db.session.query(AuditEntry).filter_by(action="user.save").one()
        assert entry.details == {"role": "clerk", "active": True, "department": "HR", "new_password": True}
        assert NEW["password"] not in str(entry.details)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "clerk"}, "username"),
        ({"username": "u" * 61}, "username"),
        ({"name": " "}, "name"),
        ({"role": "resident"}, "role"),
        ({"role": "system"}, "role"),
        ({"role": ""}, "role"),
        ({"department_code": ""}, "department_code"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_wrong_entry_comes_back_beside_its_field(
    app: Flask, login: Login, change: dict[str, str], field: str
) -> None:
    answer = login("admin").post("/admin/users/new", data={**NEW, **change})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "李新" in answer.text or "name" in change
    assert NEW["password"] not in answer.text
    with app.app_context():
        assert db.session.query(User).filter_by(name="李新").count() == 0


def test_moving_and_switching_off(app: Flask, login: Login, town: Town) -> None:
    clerk, admin = login("clerk"), login("admin")
    address = f"/admin/users/{town.users['clerk']}"
    form = {**NEW, "username": "clerk", "department_code": "HOUSING", "password": ""}
    assert admin.post(address, data=form).status_code == 302
    assert _signs_in(app, "clerk", PASSWORD), "an empty field leaves the password"
    assert clerk.get("/desk/").status_code == 200
    assert admin.post(address, data={**form, "active": ""}).status_code == 302
    assert clerk.get("/desk/").status_code == 302, "open sessions end"
    assert not _signs_in(app, "clerk", PASSWORD)


def test_a_new_password_lifts_the_lock_and_ends_sessions(app: Flask, login: Login, town: Town) -> None:
    clerk, admin = login("clerk"), login("admin")
    with app.app_context():
        db.session.get_one(User, town.users["clerk"]).locked_until = utcnow() + timedelta(minutes=10)
        db.session.commit()
    assert "暂时锁定" in admin.get("/admin/users").text
    form = {**NEW, "username": "clerk"}
    assert admin.post(f"/admin/users/{town.users['clerk']}", data=form).status_code == 302
    assert clerk.get("/desk/").status_code == 302
    assert _signs_in(app, "clerk", NEW["password"])


@pytest.mark.parametrize(("change", "field"), [({"active": ""}, "active"), ({"role": "clerk"}, "role")])
def test_administrators_cannot_shut_themselves_out(
    app: Flask, login: Login, town: Town, change: dict[str, str], field: str
) -> None:
    admin = login("admin")
    form = {**NEW, "username": "admin", "role": "admin", "password": "", **change}
    answer = admin.post(f"/admin/users/{town.users['admin']}", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert admin.get("/admin/users").status_code == 200


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ("words=housing", "clerk.housing", "auditor"),
        ("words=住建", "clerk.housing", "clerk.office"),
        ("role=auditor", "auditor", "clerk.housing"),
        ("words=%25", None, "clerk.housing"),
        ("page=²&role=%27", None, "clerk.housing"),
    ],
)
def test_finding_an_account(login: Login, query: str, there: str | None, missing: str) -> None:
    page = login("admin").get(f"/admin/users?{query}").text
    assert (f">{there}</a>" in page) if there else ("没有符合条件的账号" in page)
    assert f">{missing}</a>" not in page


def test_names_are_shown_as_words(app: Flask, login: Login) -> None:
    admin = login("admin")
    form = {**NEW, "name": ATTACK, "username": "<i>x</i>"}
    assert admin.post("/admin/users/new", data=form).status_code == 302
    assert ATTACK not in admin.get("/admin/users").text
    browser = app.test_client()
    browser.post("/account/login", data={"username": "<i>x</i>", "password": NEW["password"]})
    page = browser.get("/desk/").text
    assert ATTACK not in page
    assert "&lt;script&gt;" in page
    assert "<i>x</i>" not in admin.get("/admin/audit").text


def test_no_such_account(login: Login) -> None:
    admin = login("admin")
    assert [admin.get(f"/admin/users/{number}").status_code for number in (9999, "9" * 30)] == [404, 404]
