"""Pages of officials and departments: the funnel, rising words, areas step by step, silence, topics; numbers lead to cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Area, MonthlyTopic, ServiceRequest, utcnow
from webapp.queries import heard, monthly, peers, words
from webapp.queries.scoring import usual_window
from webapp.queries.units import COMMUNITY
from webapp.services import casework, follow_up, hot_topics, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
PAGES = (
    "/insight/peers",
    "/insight/heard",
    "/insight/topics",
    "/insight/monthly",
    "/insight/monthly/new",
    "/insight/areas?area=T",
    "/insight/areas?area=T1&measure=experience",
    "/insight/areas?area=T11&measure=unmet",
    "/insight/areas?area=T111&measure=resolution",
    "/insight/areas?area=T1111",
)
HORN = "奶茶店喇叭从早喊到晚"


def _square(west: float) -> dict[str, object]:
    return {
        "type": "Polygon",
        "coordinates": [[[west, 30], [west + 1, 30], [west + 1, 31], [west, 31], [west, 30]]],
    }


def _fill(town: Town) -> None:
    """Votes; requests of this window and of the one before it, some answered; new talk of a loud shop; outlines."""
    for code in ("T11", "T111", "T1111"):
        db.session.get_one(Area, town.areas[code]).outline = _square(100.0)
    for number in range(20):
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"a{number}", 5 if number % 4 else 1))
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"o{number}", 4), utcnow() - timedelta(days=120))
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    for number in range(24):
        loud = number < 12
        text = f"{HORN}，第{number}天" if loud else f"社保窗口排队太久，排了{number}分钟"
        at = utcnow() - timedelta(days=3 if loud or number % 2 else 120)
        request = submit.submit_request(
            RequestDraft(text=text, service_code="HR-001", area_code="T1111", category_code="010101", identity=f"p{number}"),
            at,
        ).request  # fmt: skip
        request.analysis = {"keywords": ["喇叭", "奶茶店"] if loud else ["窗口", "社保"]}
        if number % 3 == 0:
            casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
            casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
            follow_up.answer(
                request, follow_up.FollowUp(True, Solved.NO if loud else Solved.YES, 3), RESIDENT
            )
    db.session.commit()
    hot_topics.refresh()


@pytest.fixture
def filled(app: Flask, after: After) -> Flask:
    after(_fill)
    return app


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_empty(login: Login, path: str, town: Town) -> None:
    assert login("official").get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_full(filled: Flask, login: Login, path: str) -> None:
    page = login("official").get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/insight/topics", "topics"), ("/insight/heard", "heard-services"), ("/insight/heard", "heard-streets"),
        ("/insight/areas?area=T11", "parts"), ("/insight/departments/HR", "words"), ("/insight/peers", "departments"),
    ],
)  # fmt: skip
def test_every_table_is_a_file_too(filled: Flask, login: Login, path: str, key: str) -> None:
    browser = login("official")
    address = f"{path}{'&' if '?' in path else '?'}format=csv&table={key}"
    rows = browser.get(address).data.decode("utf-8-sig").splitlines()
    assert len(rows) > 1


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("head", "/insight/peers", 403), ("clerk", "/insight/heard", 403), ("head", "/insight/topics", 403),
        ("head", "/insight/monthly", 200), ("head", "/insight/monthly/new", 403), ("reviewer", "/insight/monthly", 403),
        ("official", "/insight/areas?area=none", 404), ("official", "/insight/monthly/77", 404),
        ("official", "/insight/monthly/new?category=999999", 404), ("official", "/insight/monthly/new?hot=99", 404),
    ],
)  # fmt: skip
def test_who_sees_what(login: Login, user: str, path: str, status: int) -> None:
    assert login(user).get(path).status_code == status


def _cell(page: str, table: str, column: int, row: int = 0) -> tuple[str, str]:
    """Text and address of a cell of a table."""
    body = re.search(rf'id="table-{table}".*?<tbody>(.*?)</tbody>', page, re.S)
    assert body, table
    line = re.findall(r"<tr>(.*?)</tr>", body.group(1), re.S)[row]
    cell = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", line, re.S)[column]
    href = re.search(r'href="([^"]+)"', cell)
    return re.sub(r"<.*?>", "", cell).split("(")[0].strip(), unescape(href.group(1)) if href else ""


def _column(page: str, table: str, label: str) -> int:
    head = re.search(rf'id="table-{table}".*?<thead>(.*?)</thead>', page, re.S)
    assert head, table
    return [re.sub(r"<.*?>", "", th) for th in re.findall(r"<th.*?</th>", head.group(1), re.S)].index(label)


def _listed(browser: FlaskClient, href: str) -> int:
    """How many the desk's list says there are."""
    page = browser.get(href)
    assert page.status_code == 200
    found = re.search(r"共 (\d+) 件", page.text) or re.search(r"<strong>(\d+)\+?</strong> 条", page.text)
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize(
    ("path", "table", "label"),
    [
        ("/insight/services", "services", "评价数"), ("/insight/services", "services", "诉求数"),
        ("/insight/departments/HR", "complaints", "诉求数"), ("/insight/departments/HR", "complaints", "回访未解决或部分解决"),
        ("/insight/", "districts", "诉求数"), ("/insight/departments/HR", "services", "评价数"),
        ("/insight/categories", "categories", "诉求数"), ("/insight/categories", "categories", "上期"),
        ("/insight/topics", "topics", "诉求数"), ("/insight/topics", "topics", "说没解决"),
        ("/insight/heard", "heard-streets", "诉求数"), ("/insight/areas?area=T11", "parts", "诉求数"),
        ("/insight/services/HR-001", "ratings", "评价数"),
    ],
)  # fmt: skip
def test_a_number_leads_to_as_many_cases(
    filled: Flask, login: Login, path: str, table: str, label: str
) -> None:
    browser = login("official")
    page = browser.get(path).text
    column = _column(page, table, label)
    body = re.search(rf'id="table-{table}".*?<tbody>(.*?)</tbody>', page, re.S)
    assert body
    cells = [_cell(page, table, column, row) for row in range(body.group(1).count("<tr>"))]
    linked = [(int(text.replace(",", "")), href) for text, href in cells if href]
    assert linked
    for number, href in linked:
        assert number > 0
        assert _listed(browser, href) == number


def test_numbers_of_the_indicators_lead_to_the_answers(filled: Flask, login: Login) -> None:
    browser = login("official")
    page = browser.get("/insight/departments/HR").text
    table = re.search(r'id="table-indicators".*?</table>', page, re.S)
    assert table
    row = re.findall(r'<th scope="row">([^<]*)', table.group(0)).index("解决率")
    for label, expected in (("分子", 2), ("分母", 6)):
        number, href = _cell(page, "indicators", _column(page, "indicators", label), row)
        assert int(number) == expected
        assert _listed(browser, href) == expected


def test_what_more_people_say_stands_on_the_departments_page_with_masked_words(
    filled: Flask, login: Login, town: Town
) -> None:
    with filled.app_context():
        for request in db.session.query(ServiceRequest).filter(ServiceRequest.text.startswith(HORN)):
            request.text = f"{HORN}，打我电话13612345678"
        db.session.commit()
        found = words.rising_words(town.departments["HR"], usual_window())
        assert {word.line.word for word in found} == {"喇叭", "奶茶店"}
        assert {word.line.now for word in found} == {12}
    page = login("head").get("/insight/departments/HR").text
    assert "<mark>喇叭</mark>" in page
    assert "13612345678" not in page


def test_a_hidden_complaint_gives_no_word(filled: Flask, login: Login, town: Town) -> None:
    with filled.app_context():
        for request in db.session.query(ServiceRequest).filter(ServiceRequest.text.startswith(HORN)):
            request.reported_department_id = town.departments["HR"]
        db.session.commit()
        assert words.rising_words(town.departments["HR"], usual_window()) == []
    assert "<mark>" not in login("head").get("/insight/departments/HR").text


def test_the_map_goes_down_to_the_grid_and_ends_at_its_cases(filled: Flask, login: Login) -> None:
    browser, path = login("official"), "/insight/areas?area=T1"
    for below in ("T11", "T111"):
        page = browser.get(path).text
        assert f'<a href="/insight/areas?area={below}" aria-label=' in page
        path = f"/insight/areas?area={below}"
    page = unescape(browser.get(path).text)
    assert re.search(
        r'<a href="/desk/\?view=all&area=T1111&since=[\d-]+&until=[\d-]+" aria-label="柳树第一网格', page
    )
    way = re.search(r'class="breadcrumbs".*?</nav>', page, re.S)
    assert way
    assert re.findall(r">([^<›]+)</a>", way.group(0)) == ["小城市", "东门区", "柳树街道"]


def test_an_official_of_a_district_sees_no_other(app: Flask, login: Login, town: Town) -> None:
    from webapp.models import User

    with app.app_context():
        db.session.get_one(User, town.users["official"]).area_id = town.areas["T1"]
        db.session.commit()
    browser = login("official")
    assert "东门区" in browser.get("/insight/areas").text
    assert browser.get("/insight/areas?area=T21").status_code == 404
    assert "石桥" not in browser.get("/insight/heard").text


def test_who_is_asked_nothing_counts_as_heard_little(filled: Flask) -> None:
    with filled.app_context():
        lines = {line.unit.code: line for line in heard.areas(COMMUNITY, usual_window())}
        assert lines["T111"].requests == 18
        assert lines["T211"].votes + lines["T211"].requests == 0
        services = heard.services(usual_window())
        assert services[0].votes == 0
        assert {line.unit.code for line in services} == {"HR-001", "HR-002", "HOUSING-001"}


def test_too_few_departments_are_no_funnel(filled: Flask, login: Login) -> None:
    with filled.app_context():
        assert peers.department_peers(usual_window()).funnel is None
    assert "画不出图" in login("official").get("/insight/peers").text


# --- 每月一题 ----------------------------------------------------------------------------------------------------------


def _adopt(browser: FlaskClient, **changed: str) -> str:
    form = {
        "month": utcnow().date().replace(day=1).isoformat(),
        "title": "喇叭要关小",
        "reason": "很多人睡不着",
        **changed,
    }
    answer = browser.post("/insight/monthly", data=form)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_from_a_hot_topic_to_a_public_page_with_progress(
    filled: Flask, login: Login, client: FlaskClient
) -> None:
    official = login("official")
    page = official.get("/insight/topics").text
    hot = re.search(r"/insight/monthly/new\?hot=(\d+)", page)
    assert hot
    form = official.get(f"/insight/monthly/new?hot={hot.group(1)}").text
    assert "12 人反映了 12 件" in form
    address = _adopt(official, hot=hot.group(1))
    assert "已定" in official.get("/insight/topics").text
    due = (utcnow().date() + timedelta(days=9)).isoformat()
    assert (
        official.post(
            f"{address}/tasks", data={"department": "HR", "task": "上门劝导", "due": due}
        ).status_code
        == 302
    )
    head = login("head")
    task = re.search(rf"{address}/tasks/(\d+)", head.get(address).text)
    assert task
    assert head.post(task.group(0), data={"text": "已劝导三家", "done": "1"}).status_code == 302
    number = address.rsplit("/", 1)[-1]
    shown = client.get(f"/monthly/{number}").text
    for words_ in ("喇叭要关小", "上门劝导", "已劝导三家", "已完成", "12 人反映了 12 件"):
        assert words_ in shown
    assert "喇叭要关小" in client.get("/monthly").text


def test_a_refused_form_keeps_what_was_typed(login: Login, town: Town) -> None:
    official = login("official")
    address = _adopt(official)
    again = official.post(
        "/insight/monthly", data={"month": "2099-01-01", "title": "", "reason": "写了很久的理由"}
    )
    assert again.status_code == 422
    assert "写了很久的理由" in again.text
    refused = official.post(f"{address}/tasks", data={"department": "", "task": "写好的任务", "due": ""})
    assert refused.status_code == 422
    assert "写好的任务" in refused.text


def test_the_public_course_waits_for_the_publication(filled: Flask, client: FlaskClient, town: Town) -> None:
    with filled.app_context():
        month = (utcnow() - timedelta(days=40)).date().replace(day=1)
        topic = MonthlyTopic(
            month=month,
            area_id=town.areas["T"],
            title="喇叭",
            reason="吵",
            category_id=town.categories["010101"],
        )
        db.session.add(topic)
        db.session.commit()
        counts = {m.first: m.received for m in monthly.course(topic)}
        address = f"/monthly/{topic.id}"
    page = client.get(address).text
    assert counts
    for first in counts:
        assert re.search(
            rf'<th scope="row">{first:%Y-%m}(?: <span.*?</span>)?</th><td class="number">尚未公布</td>', page
        )
