"""Where one is signed in: listed in words, ended one by one or all at once, and over when nobody was there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, Town
from webapp.extensions import db
from webapp.models import AuditEntry, StaffSession, User, utcnow
from webapp.views.account.browsers import in_words

Login = Callable[[str], FlaskClient]
WECHAT = "Mozilla/5.0 (Linux; Android 14; V2) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"


def _sign_in(app: Flask, agent: str, address: str = "10.1.2.3") -> FlaskClient:
    browser = app.test_client()
    browser.environ_base |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address}
    form = {"username": "clerk", "password": PASSWORD}
    assert browser.post("/account/login", data=form).status_code == 302
    return browser


def _ids(page: str) -> list[str]:
    return re.findall(r'name="session" value="(\d+)"', page)


def test_they_are_listed_in_words(app: Flask) -> None:
    here = _sign_in(app, EDGE)
    _sign_in(app, WECHAT, "10.9.9.9")
    page = here.get("/account/sessions").text
    for words in ("Edge，Windows", "微信，安卓", "10.1.2.3", "10.9.9.9", "就是这里", "退出其他所有登录"):
        assert words in page, words
    assert len(_ids(page)) == 1, "one's own is ended by signing out"


def test_one_is_ended(app: Flask) -> None:
    here, there = _sign_in(app, EDGE), _sign_in(app, WECHAT)
    (other,) = _ids(here.get("/account/sessions").text)
    assert there.get("/desk/").status_code == 200
    assert (
        "已退出那一处登录"
        in here.post("/account/sessions", data={"session": other}, follow_redirects=True).text
    )
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/").status_code == 200


def test_all_others_are_ended(app: Flask) -> None:
    here, *others = _sign_in(app, EDGE), _sign_in(app, EDGE), _sign_in(app, WECHAT)
    assert "其他 2 处登录" in here.post("/account/sessions", follow_redirects=True).text
    assert [browser.get("/desk/").status_code for browser in (here, *others)] == [200, 302, 302]
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="session.end").one().details == {"count": 2}


def test_nobody_ends_somebody_elses(app: Flask, login: Login, town: Town) -> None:
    victim, other = login("head"), login("clerk")
    with app.app_context():
        session = db.session.query(StaffSession).filter_by(user_id=town.users["head"]).one()
    assert other.post("/account/sessions", data={"session": session.id}).status_code == 404
    assert victim.get("/desk/").status_code == 200


def test_a_copied_cookie_dies_with_signing_out(app: Flask, login: Login) -> None:
    browser = login("clerk")
    stolen = browser.get_cookie("session")
    assert stolen
    browser.post("/account/logout")
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get("/desk/").status_code == 302


def test_a_cookie_of_another_account_is_no_session(app: Flask, login: Login, town: Town) -> None:
    browser = login("clerk")
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = str(town.users["admin"])
    assert browser.get("/admin/").status_code == 302


def test_looking_is_rarely_a_write(app: Flask, login: Login) -> None:
    begun = utcnow()
    with time_machine.travel(begun, tick=False) as clock:
        browser = login("clerk")

        def last_seen() -> object:
            with app.app_context():
                return db.session.query(StaffSession).one().last_seen_at

        first = last_seen()
        clock.shift(timedelta(minutes=4))
        browser.get("/desk/")
        assert last_seen() == first
        clock.shift(timedelta(minutes=2))
        browser.get("/desk/")
        assert last_seen() == begun + timedelta(minutes=6)


def test_left_alone_it_is_over(app: Flask, login: Login) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        browser = login("clerk")
        clock.shift(timedelta(hours=11))
        assert browser.get("/desk/").status_code == 200
        clock.shift(timedelta(hours=11))
        assert browser.get("/desk/").status_code == 200, "somebody was there in between"
        clock.shift(timedelta(hours=13))
        assert browser.get("/desk/").status_code == 302


def test_old_ones_are_forgotten(app: Flask, login: Login) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        login("clerk")
        clock.shift(timedelta(days=40))
        login("clerk")
    with app.app_context():
        assert db.session.query(StaffSession).count() == 1


def test_a_new_password_by_the_administrator_ends_all(app: Flask, login: Login, town: Town) -> None:
    clerk = login("clerk")
    form = {
        "username": "clerk", "name": "张三", "role": "clerk", "department_code": "HR", "active": "1",
        "password": "quite another one",
    }  # fmt: skip
    assert login("admin").post(f"/admin/users/{town.users['clerk']}", data=form).status_code == 302
    assert clerk.get("/desk/").status_code == 302
    with app.app_context():
        assert db.session.get_one(User, town.users["clerk"]).active


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, "Edge，Windows"), (WECHAT, "微信，安卓"), ("", "没有认出的浏览器"), ("<script>", "没有认出的浏览器"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/17.0 Safari/605", "Safari，苹果电脑"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 CriOS/120 Mobile Safari/604", "Chrome，iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox，Linux"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537 Chrome/114 Mobile Safari/537 HuaweiBrowser/5", "华为浏览器，鸿蒙"),
    ],
)  # fmt: skip
def test_browsers_have_names(context: Flask, agent: str, words: str) -> None:
    with context.test_request_context():
        assert in_words(agent) == words
