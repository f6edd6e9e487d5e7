"""Every page of staff leads only where its reader may go, and what somebody needs is a click away."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.permissions import TABLE, Permission
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.security import access_of
from webapp.services import casework, mediations, monthly, reviews, rights, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.mediations import Referral
from webapp.services.reviews import ReviewDraft
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
STAFF = ("/desk", "/grid", "/insight", "/admin", "/account")
# Begun elsewhere (a form, a chat) or of no use as a page of its own.
NOT_BY_LINK = {
    "account.login", "account.code", "account.sso", "account.sso_back", "account.open_notification", "desk.case",
    "desk.conversation", "desk.new_messages", "desk.file", "desk.follow_up_call", "grid.case", "grid.offline",
    "grid.service_worker", "grid.token", "desk.print_case", "insight.set_aside", "desk.joint_tasks",
}  # fmt: skip


@pytest.fixture
def lived(app: Flask, town: Town) -> str:
    """A case at work with a mediation and a data request, an answered one, a bad review, a topic; the first one's number."""
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    with app.app_context():
        draft = RequestDraft(text="社保窗口没人", service_code="HR-001", area_code="T1111", identity="a")
        first, second = (submit.submit_request(draft).request for _round in range(2))
        for one in (first, second):
            casework.act(one.service_request_id, Step(Action.ACCEPT), clerk)
        mediations.refer(
            first.service_request_id, Referral("people", "wages", "柳树街道调委会", "phone"), clerk
        )
        rights.ask(first, "correction", "地点不对")
        casework.act(second.service_request_id, Step(Action.RESOLVE, "开了窗口"), clerk)
        reviews.submit_review(ReviewDraft("HR-001", "b", 1, comment="太慢", channel="web"))
        official = Actor(Role.OFFICIAL, town.users["official"], None, town.areas["T"])
        monthly.adopt(monthly.Draft(date(2026, 11, 1), "老旧小区电梯", "说的人最多"), official)
        return first.service_request_id


def _endpoint(app: Flask, path: str) -> str:
    with app.app_context():
        return str(app.url_map.bind("localhost").match(path, method="GET")[0])


def _walk(app: Flask, browser: FlaskClient, start: list[str]) -> tuple[set[str], list[str]]:
    """Endpoints that can be reached by links from ``start``, one page of each, and what was refused on the way."""
    ahead, reached, refused = [(path, "typed") for path in start], set[str](), list[str]()
    while ahead:
        path, came_from = ahead.pop()
        endpoint = _endpoint(app, urlsplit(path).path)
        if endpoint in reached:
            continue
        answer = browser.get(path, follow_redirects=True)
        if answer.status_code >= 400:
            refused.append(f"{came_from} → {path}: {answer.status_code}")
            continue
        reached |= {endpoint, _endpoint(app, answer.request.path)}
        if "html" in answer.content_type:
            links = {unescape(link) for link in re.findall(r'<a [^>]*?href="(/[^"#]*)', answer.text)}
            # Another language, the same page.
            switches = [parse_qs(urlsplit(link).query)["next"][0] for link in links if "preferences?" in link]
            refused += [f"{path}: leads to {to}" for to in switches if not to.startswith(answer.request.path)]
            ahead += [(link, path) for link in sorted(links) if link.startswith(STAFF)]
    return reached, refused


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.RESIDENT, Role.SYSTEM)])
def test_no_link_leads_to_a_refusal_and_every_page_can_be_found(
    app: Flask, login: Login, lived: str, role: Role
) -> None:
    browser = login(role.value)
    home = browser.get("/account/login", follow_redirects=True).request.path
    start = [home]
    if role in TABLE[Permission.SEE_CASE] and browser.get(f"/desk/requests/{lived}").status_code == 200:
        start.append(f"/desk/requests/{lived}")
    reached, refused = _walk(app, browser, start)
    assert refused == []
    with app.app_context():
        pages = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(STAFF) and "GET" in (rule.methods or ())
            if role in TABLE[access_of(rule.endpoint) or Permission.PUBLIC]
        }
    assert pages - reached - NOT_BY_LINK == set()


def test_an_auditor_counts_the_mediations_that_an_official_counts(login: Login, lived: str) -> None:
    for role in ("auditor", "official", "clerk"):
        assert lived in login(role).get("/desk/mediations").text


def test_an_extension_is_not_offered_twice(app: Flask, login: Login, town: Town, lived: str) -> None:
    head = login("head")
    assert 'id="step-extend"' in head.get(f"/desk/requests/{lived}").text
    with app.app_context():
        actor = Actor(Role.HEAD, town.users["head"], town.departments["HR"])
        casework.act(lived, Step(Action.EXTEND, "等材料", workdays=3), actor)
        db.session.remove()
    assert 'id="step-extend"' not in head.get(f"/desk/requests/{lived}").text


def test_a_conflict_says_what_happened_meanwhile_and_keeps_the_words(
    app: Flask, login: Login, town: Town, lived: str
) -> None:
    clerk = login("clerk")
    seen = re.search(r'name="version" value="(\d+)"', clerk.get(f"/desk/requests/{lived}").text)
    assert seen
    with app.app_context():
        actor = Actor(Role.HEAD, town.users["head"], town.departments["HR"])
        casework.act(lived, Step(Action.REPLY, "已派人"), actor)
    fields = {"action": "reply", "note": "我也写了一段", "version": seen[1]}
    answer = clerk.post(f"/desk/requests/{lived}/act", data=fields)
    assert answer.status_code == 409
    assert "最新一步是“回复”" in answer.text
    assert "我也写了一段" in answer.text


def test_officials_find_supervision_first(login: Login, lived: str) -> None:
    page = login("official").get(f"/desk/requests/{lived}").text
    assert re.findall(r'id="step-(\w+)"', page)[0] == "supervise"


def test_templates_of_the_administration_are_everybodys(login: Login) -> None:
    form = {"title": "全市统一", "body": "您反映的{{编号}}已受理。", "shared": "1"}
    assert login("admin").post("/desk/templates", data=form).status_code == 302
    for name in ("clerk", "clerk.housing", "hotline_agent"):
        assert "全市统一" in login(name).get("/desk/templates").text
    assert (
        "改" not in re.findall(r"全市统一.*?</li>", login("head").get("/desk/templates").text, re.DOTALL)[0]
    )
