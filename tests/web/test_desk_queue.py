"""The queue: whose cases, which tab, which filter, in which order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest, utcnow
from webapp.services import casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
# What each case is about → (service, area, channel)
CASES = {
    "plain": ("窗口排队太久", "HR-001", "T111", "web"),
    "overdue": ("失业金一直没到账", "HR-002", "T211", "wechat"),
    "soon": ("社保卡信息写错了", "HR-001", "T1111", "hotline"),
    "check": ("办事指南看不懂100%", "HR-001", "T21", "web"),
    "done": ("咨询电话没人接", "HR-001", "T11", "web"),
    "other": ("维修资金怎么用", "HOUSING-001", "T11", "web"),
}


def _cases(_town: Town) -> dict[str, str]:
    """Five cases of HR in different states, one of HOUSING; tracking numbers by name."""
    found = {}
    for name, (text, service, area, channel) in CASES.items():
        draft = RequestDraft(text=text, service_code=service, area_code=area, channel=channel)
        request = submit.submit_request(draft).request
        request.needs_human = name == "check"
        request.urgency, request.complexity = "normal", "ordinary"
        found[name] = request.service_request_id
        db.session.commit()
    hr = Actor(Role.CLERK, department_id=request_of(found["done"]).department_id)
    for action in (Action.ACCEPT, Action.RESOLVE):
        casework.act(found["done"], Step(action, "已办妥"), hr)
    request_of(found["overdue"]).due_at = utcnow() - timedelta(days=3)
    request_of(found["soon"]).due_at = utcnow() + timedelta(hours=5)
    request_of(found["check"]).category_id = db.session.query(Category.id).filter_by(code="010101").scalar()
    db.session.commit()
    return found


@pytest.fixture
def numbers(after: After) -> dict[str, str]:
    told: dict[str, str] = after(_cases)
    return told


def request_of(number: str) -> ServiceRequest:
    return db.session.query(ServiceRequest).filter_by(service_request_id=number).one()


def _listed(browser: FlaskClient, address: str, numbers: dict[str, str]) -> set[str]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return {name for name, number in numbers.items() if f"/desk/requests/{number}" in answer.text}


@pytest.mark.parametrize(
    ("user", "query", "expected"),
    [
        ("clerk", "", {"plain", "overdue", "soon", "check"}),
        ("clerk", "view=overdue", {"overdue"}),
        ("clerk", "view=soon", {"soon"}),
        ("clerk", "view=waiting", {"done"}),
        ("clerk", "view=all", {"plain", "overdue", "soon", "check", "done"}),
        ("clerk", "view=dispatch", {"plain", "overdue", "soon", "check"}),
        ("clerk", "view=all&status=resolved", {"done"}),
        ("clerk", "clock=overdue", {"overdue"}),
        ("clerk", "clock=due_soon", {"soon"}),
        ("clerk", "check=1", {"check"}),
        ("clerk", "channel=wechat", {"overdue"}),
        ("clerk", "view=all&channel=hotline&clock=overdue", set()),
        ("clerk", "area=T2", {"overdue", "check"}),
        ("clerk", "area=T1", {"plain", "soon"}),
        ("clerk", "category=01&check=1", {"check"}),
        ("clerk", "words=失业金", {"overdue"}),
        ("clerk", "words=失业金 到账", {"overdue"}),
        ("clerk", "words=100%25", {"check"}),
        ("clerk", "words=_", set()),
        ("clerk", "department=HOUSING", set()),
        ("clerk.housing", "view=all", {"other"}),
        ("dispatcher", "", {"check"}),
        ("dispatcher", "view=todo", {"plain", "overdue", "soon", "check", "other"}),
        ("dispatcher", "view=todo&department=HOUSING", {"other"}),
        ("reviewer", "", {"done"}),
        ("grid_worker", "view=all", {"soon"}),
        ("official", "view=all", set(CASES)),
    ],
)
def test_who_sees_what(
    login: Login, numbers: dict[str, str], user: str, query: str, expected: set[str]
) -> None:
    assert _listed(login(user), f"/desk/?{query}", numbers) == expected


def test_search_by_number(login: Login, numbers: dict[str, str]) -> None:
    assert _listed(login("clerk"), f"/desk/?view=all&words={numbers['done'].lower()}", numbers) == {"done"}


def test_the_next_deadline_comes_first(login: Login, numbers: dict[str, str]) -> None:
    page = login("clerk").get("/desk/").text
    order = sorted(
        ("overdue", "soon", "plain"), key=lambda name: page.index(f"/desk/requests/{numbers[name]}")
    )
    assert order == ["overdue", "soon", "plain"]


def test_counts_and_clocks_in_words(login: Login, numbers: dict[str, str]) -> None:
    page = login("clerk").get("/desk/").text
    counts = dict(re.findall(r'view=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', page))
    assert counts == {
        "paused": "0",
        "todo": "4",
        "overdue": "1",
        "soon": "1",
        "reopened": "0",
        "waiting": "1",
        "mentions": "0",
    }
    assert "已超 3 天" in page
    assert "还剩 4 小时" in page or "还剩 5 小时" in page


def test_links_keep_the_filters(login: Login, numbers: dict[str, str]) -> None:
    page = login("clerk").get("/desk/?channel=web&words=窗口&page=3").text
    link = re.search(r'href="(/desk/\?[^"]*view=overdue[^"]*)"', page)
    assert link
    assert "channel=web" in link.group(1)
    assert "page" not in link.group(1)


@pytest.mark.parametrize(
    "query",
    [
        "page=x&sort=evil&view=none&status=%27", "page=²", "page=99999999999999999999", "page=-1", "area=NONE",
        "clock=tomorrow", "words=%00", "_scheme=javascript&_external=1&_anchor=x&_method=POST", "words=" + "长" * 500,
    ],
)  # fmt: skip
def test_any_address_gets_an_answer(login: Login, numbers: dict[str, str], query: str) -> None:
    answer = login("clerk").get(f"/desk/?{query}")
    assert answer.status_code == 200
    assert "javascript:" not in answer.text


def test_an_empty_queue_says_so(login: Login, app: Flask) -> None:
    clerk = login("clerk")
    assert "没有符合条件的诉求" in clerk.get("/desk/").text
    assert "没有超期的诉求" in clerk.get("/desk/?view=overdue").text
    assert "清除条件" in clerk.get("/desk/?words=没有").text


def test_pages(app: Flask, login: Login) -> None:
    with app.app_context():
        area = db.session.query(Area.id).filter_by(code="T").scalar()
        first = submit.submit_request(RequestDraft(text="第一件事情", service_code="HR-001")).request
        assert first.area_id == area
        for index in range(30):
            submit.submit_request(RequestDraft(text=f"又一件事情{index}", service_code="HR-001"))
    clerk = login("clerk")
    first_page, second = clerk.get("/desk/?sort=oldest").text, clerk.get("/desk/?sort=oldest&page=2").text
    numbers = [set(re.findall(r"/desk/requests/(MP\w+)", page)) for page in (first_page, second)]
    assert [len(found) for found in numbers] == [25, 6]
    assert not numbers[0] & numbers[1]
