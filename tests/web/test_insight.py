"""Insight pages: who may see what, that their numbers are the database's, and that files say what pages say."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.scores import Tier
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import AuditEntry, Review, Service, utcnow
from webapp.queries import evaluation
from webapp.queries.scorecards import Scorecard, Unit
from webapp.services import casework, follow_up, integrity, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft
from webapp.views.insight import areas

Login = Callable[[str], FlaskClient]
XSS = "<script>alert(1)</script>坏"
PAGES = (
    "/insight/",
    "/insight/services",
    "/insight/areas",
    "/insight/categories",
    "/insight/set-aside",
    "/insight/departments/HR",
    "/insight/departments/T1-OFFICE",
    "/insight/services/HR-001",
)


def _fill(town: Town) -> None:
    """A town with reviews of two services, requests with their residents' word, one overdue, three set aside."""
    for number in range(20):
        reviews.submit_review(
            reviews.ReviewDraft(
                "HR-001", f"a{number}", 5 if number % 4 else 1, ["态度差"], XSS if number == 4 else ""
            )
        )
        reviews.submit_review(reviews.ReviewDraft("HR-002", f"b{number}", 2 + number % 3))
    for word in [Solved.YES] * 6 + [Solved.NO] * 5:
        request = submit.submit_request(
            RequestDraft(text="社保窗口排队太久", service_code="HR-001", area_code="T1111")
        ).request
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        number = request.service_request_id
        casework.act(number, Step(Action.ACCEPT), clerk)
        casework.act(number, Step(Action.RESOLVE, "已办"), clerk)
        follow_up.answer(request, follow_up.FollowUp(True, word, 4), RESIDENT)
    late = submit.submit_request(RequestDraft(text="失业金没到账", service_code="HR-002")).request
    late.due_at = utcnow() - timedelta(days=3)
    db.session.commit()
    for number in range(6):
        reviews.submit_review(
            reviews.ReviewDraft("HR-002", "again", 5, matter=str(number)),
            utcnow() - timedelta(hours=number),
        )
    assert integrity.sweep() == 3


@pytest.fixture
def filled(app: Flask, after: After) -> Flask:
    after(_fill)
    return app


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "query", ["", "?days=30&district=T1", "?days=x&to=never&district=no&department=no&measure=no"]
)
def test_pages_open_empty_and_full(app: Flask, login: Login, path: str, query: str, town: Town) -> None:
    browser = login("official")
    assert browser.get(path + query).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_full_pages_open_and_escape_what_residents_wrote(filled: Flask, login: Login, path: str) -> None:
    page = login("admin").get(path)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("clerk", "/insight/", 403),
        ("head", "/insight/services", 403),
        ("clerk", "/insight/departments/HR", 200),
        ("head", "/insight/departments/HR", 200),
        ("clerk", "/insight/departments/HOUSING", 403),
        ("clerk.housing", "/insight/services/HR-001", 403),
        ("clerk", "/insight/services/HR-001", 200),
        ("clerk.housing", "/insight/set-aside?service=HR-001", 403),
        ("clerk", "/insight/set-aside?service=HR-001", 200),
        ("auditor", "/insight/departments/HOUSING", 200),
        ("dispatcher", "/insight/", 200),
        ("official", "/insight/departments/nothing", 404),
        ("official", "/insight/services/nothing", 404),
        ("official", "/insight/services/general:HR", 404),
        ("reviewer", "/insight/", 403),
        ("hotline_agent", "/insight/departments/HR", 403),
    ],
)
def test_who_sees_what(login: Login, user: str, path: str, status: int) -> None:
    assert login(user).get(path).status_code == status


def test_the_own_department_is_one_click_away(login: Login) -> None:
    answer = login("clerk").get("/insight/departments")
    assert answer.headers["Location"].endswith("/insight/departments/HR")


def test_the_page_shows_the_numbers_of_the_scorecard(filled: Flask, login: Login) -> None:
    with filled.app_context():
        card = evaluation.service_scorecard("HR-001")
    assert card is not None
    assert card.score is not None
    page = login("clerk").get("/insight/services/HR-001").text
    assert f'<span class="score-value">{card.score:.1f}</span>' in page
    # 15 fives and 5 ones; 6 of 11 said solved
    assert "75.0%" in page
    assert re.search(r'class="number" data-label="分子">(?:<a [^>]*>)?6<', page)
    assert re.search(r'class="number" data-label="分母">(?:<a [^>]*>)?11<', page)


def test_a_new_review_changes_the_page(filled: Flask, login: Login) -> None:
    browser = login("clerk")

    def shown() -> str:
        found = re.search(r'score-value">([\d.]+)<', browser.get("/insight/services/HR-001").text)
        assert found
        return found.group(1)

    before = shown()
    assert shown() == before
    answer = filled.test_client().post("/rate/HR-001", data={"rating": "1", "comment": "等了很久没人理"})
    assert answer.status_code in (200, 302, 303)
    assert float(shown()) < float(before)


def test_overdue_and_set_aside_lead_to_their_cases(filled: Flask, login: Login) -> None:
    clerk = login("clerk").get("/insight/departments/HR").text
    assert "/desk/?view=overdue&amp;department=HR" in clerk
    assert "/insight/set-aside?service=HR-002" in clerk
    official = login("official").get("/insight/").text
    assert "超期未办，可以督办" in official
    assert re.search(r"/desk/requests/MP\w+", official)


def _csv(answer: object) -> list[list[str]]:
    data = answer.data  # type: ignore[attr-defined]
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def _table(page: str, key: str) -> list[list[str]]:
    """Text of the cells of a table of the page, notes and bars left out."""
    body = re.search(rf'id="table-{key}">.*?<tbody>(.*?)</tbody>', page, re.S)
    assert body, key
    rows = []
    for row in re.findall(r"<tr>(.*?)</tr>", body.group(1), re.S):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        plain = [
            re.sub(r"<svg.*?</svg>|<span class=\"muted.*?</span>", "", cell, flags=re.S) for cell in cells
        ]
        # What stands under a name is a column of its own in files.
        parts = [part for cell in plain for part in cell.split('<span class="under">')]
        rows.append([re.sub(r"<[^>]+>", "", part).strip() for part in parts])
    return rows


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/insight/services", "services"),
        ("/insight/", "departments"),
        ("/insight/", "districts"),
        ("/insight/areas", "streets"),
        ("/insight/", "indicators"),
        ("/insight/", "supervise"),
        ("/insight/departments/HR", "indicators"),
        ("/insight/departments/HR", "set_aside"),
        ("/insight/services/HR-001", "ratings"),
        ("/insight/services/HR-001", "parts"),
    ],
)
def test_files_say_what_the_page_says(filled: Flask, login: Login, path: str, key: str) -> None:
    browser = login("official")
    shown = _table(browser.get(path).text, key)
    rows = _csv(browser.get(f"{path}?format=csv&table={key}"))
    book = load_workbook(io.BytesIO(browser.get(f"{path}?format=xlsx&table={key}").data))
    sheet = [
        ["" if v is None else str(v) for v in row] for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    assert len(rows) == len(sheet) == len(shown) + 1
    assert sheet[0] == rows[0]
    for written, stored, displayed in zip(rows[1:], sheet[1:], shown, strict=True):
        assert [_plain(v) for v in stored] == [_plain(v) for v in written]
        # Each thing that the page shows stands in the file, in the same order (the file also has codes and bounds).
        left = iter(_plain(v) for v in written)
        for text in displayed:
            if text in ("—", "数据不足"):
                continue
            assert any(_plain(text) == value for value in left), (text, written)


def _plain(text: str) -> str:
    text = text.replace(",", "").replace("%", "").replace("−", "-").lstrip("~ ")
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def test_all_tables_of_a_page_in_one_file(filled: Flask, login: Login) -> None:
    answer = login("official").get("/insight/?format=xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    assert len(book.sheetnames) == len(set(book.sheetnames)) >= 7
    assert "attachment" in answer.headers["Content-Disposition"]


def test_exports_are_on_record(filled: Flask, login: Login) -> None:
    login("official").get("/insight/services?format=csv&days=30")
    with filled.app_context():
        entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "insight.export")).one()
        assert entry.user_id
        assert (entry.subject, entry.details["format"]) == ("/insight/services", "csv")
        assert "days=30" in entry.details["query"]


def test_no_cell_is_a_formula(filled: Flask, login: Login) -> None:
    with filled.app_context():
        service = db.session.scalars(db.select(Service).where(Service.service_code == "HR-001")).one()
        service.name = '=HYPERLINK("http://x","社保")'
        db.session.commit()
    browser = login("official")
    rows = _csv(browser.get("/insight/services?format=csv"))
    assert any(row[0].startswith("'=HYPERLINK") for row in rows)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    sheet = load_workbook(io.BytesIO(browser.get("/insight/services?format=xlsx").data)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("query", ["?format=csv&table=nothing", "?format=xlsx&table=nothing"])
def test_an_unknown_table_is_not_found(login: Login, query: str) -> None:
    assert login("official").get(f"/insight/{query}").status_code == 404


def test_an_unknown_format_is_the_page(login: Login) -> None:
    assert "<h1>" in login("official").get("/insight/?format=exe").text


def test_a_set_aside_vote_is_restored_by_an_administrator_not_by_who_audits(
    filled: Flask, login: Login
) -> None:
    with filled.app_context():
        number = db.session.scalar(db.select(Review.review_id).where(Review.set_aside.is_not(None)))
    page = login("clerk").get("/insight/set-aside?service=HR-002").text
    assert number in page
    assert "恢复计入" not in page
    for user in ("clerk", "auditor"):
        refused = login(user).post(f"/insight/set-aside/{number}/restore", data={"note": "x"})
        assert refused.status_code == 403
    admin = login("admin")
    refused = admin.post(f"/insight/set-aside/{number}/restore?service=HR-002", data={"note": " "})
    assert refused.status_code == 422
    assert "请写明恢复计入的理由" in refused.text
    done = admin.post(f"/insight/set-aside/{number}/restore?service=HR-002", data={"note": "已电话核实"})
    assert done.status_code == 302
    with filled.app_context():
        assert db.session.scalar(db.select(Review.set_aside).where(Review.review_id == number)) is None


def test_heads_see_only_their_own_set_aside_votes(filled: Flask, login: Login) -> None:
    assert "失业保险金申领" in login("clerk").get("/insight/set-aside").text
    assert "失业保险金申领" not in login("clerk.housing").get("/insight/set-aside").text


def test_filters_stay_in_the_address(filled: Flask, login: Login) -> None:
    browser = login("official")
    page = browser.get("/insight/services?days=30&department=HR&sort=low").text
    assert 'value="30" selected' in page
    assert 'value="HR" selected' in page
    link = re.search(r'href="([^"]*format=csv[^"]*)"', page)
    assert link
    assert all(part in link.group(1) for part in ("days=30", "department=HR", "sort=low"))
    elsewhere = browser.get("/insight/services?district=T1").text
    assert 'value="T1" selected' in elsewhere
    assert "失业保险金申领" not in elsewhere


def test_what_stands_out_is_said_in_words(app: Flask, login: Login, town: Town) -> None:
    """A service whose reviews turned, with bought votes: one sentence each, and the way to the numbers."""
    with app.app_context():
        for number in range(80):
            for days, level in ((120, 2), (5, 5 if number % 5 else 4)):
                reviews.submit_review(
                    reviews.ReviewDraft("HR-001", f"{days}-{number}", level),
                    utcnow() - timedelta(days=days, minutes=40 * number),
                )
            reviews.submit_review(
                reviews.ReviewDraft("HR-002", f"buyer{number % 3}", 5, matter=f"m{number}"),
                utcnow() - timedelta(days=2, minutes=number),
            )
        integrity.sweep()
    page = login("official").get("/insight/").text
    assert re.search(
        r"明显变好</span> <span>社会保险关系转移：得分从 \d+ 变为 \d+"
        r"（变化可能在 \+[\d.]+ 到 \+[\d.]+ 分之间），差评占比从 100% 变为 0%",
        page,
    )
    assert re.search(r"疑似刷分</span> <span>失业保险金申领：收到的 80 条评价里有 \d+ 条", page)
    assert "/insight/set-aside?service=HR-002" in page
    quiet = login("official").get("/insight/?district=T1").text
    assert "这段时间没有超出偶然波动的变化" in quiet


@pytest.mark.parametrize(
    ("query", "tiers", "measure"),
    [("", "around around", "demand"), ("", "around below", "score"), ("?measure=score", "around", "score")],
    ids=["no score differs beyond chance", "one does", "asked for"],
)
def test_the_map_shows_no_shades_of_chance(app: Flask, query: str, tiers: str, measure: str) -> None:
    unit = Unit("area", 1, "A", "A")
    cards = [
        Scorecard(unit, "unit", Counter(), Counter(), 0, score=70.0, tier=Tier(tier))
        for tier in tiers.split()
    ]
    with app.test_request_context(f"/insight/areas{query}"):
        assert areas.chosen_measure(cards) == measure


def test_a_department_shows_official_composites_beside_its_score(filled: Flask, login: Login) -> None:
    page = login("official").get("/insight/departments/HR").text
    assert "官方综合指标与得分对照" in page
    assert "三率综合指数" in page
    rows = list(
        csv.reader(
            io.StringIO(login("official").get("/insight/departments/HR?format=csv&table=official").text)
        )
    )
    assert [row[0].split()[0] for row in rows[-3:]] == ["需求导向得分", "三率综合指数", "解决率与满意率各半"]


def test_a_score_says_who_its_peers_are(filled: Flask, login: Login) -> None:
    page = login("official").get("/insight/services/HR-001").text
    assert re.search(r"<dt>同类</dt><dd>共 \d+ 个</dd>", page)
    assert "同一种对象全部一起比，不分组。" in page
