"""An official's morning and a head's afternoon in a real browser, without a barrier on any page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, Town
from tests.plugin_browser import DESK, Visitor
from tests.plugin_stories import After
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Area, utcnow
from webapp.services import (
    casework,
    follow_up,
    integrity,
    open_data,
    public_scores,
    reviews,
    submit,
)
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]
OFFICIAL_PAGES = (
    "/insight/",
    "/insight/services",
    "/insight/services/HR-001",
    "/insight/departments/HR",
    "/insight/departments/HOUSING",
    "/insight/areas",
    "/insight/areas?area=T1",
    "/insight/areas?area=T111",
    "/insight/peers",
    "/insight/heard",
    "/insight/topics",
    "/insight/monthly",
    "/insight/monthly/new",
    "/insight/reports",
    "/insight/reports/last30/city",
    "/insight/reports/last30/departments/HR",
    "/insight/categories",
    "/insight/set-aside",
    "/insight/set-aside?service=HR-002",
)


def _outline(west: float, south: float, size: float) -> dict[str, object]:
    east, north = west + size, south + size
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def _season(town: Town) -> None:
    """Reviews of three services over half a year, casework, one request overdue, a surge, a few bought votes."""
    for code, place in {"T1": 0.0, "T2": 0.2}.items():
        for area_code, size in ((code, 0.2), (f"{code}1", 0.2)):
            area = db.session.get_one(Area, town.areas[area_code])
            area.outline = _outline(100 + place, 30, size)
    for days in (150, 110, 70, 40, 5):
        for number in range(12):
            at = utcnow() - timedelta(days=days)
            levels = {"HR-001": 4 + number % 2, "HR-002": 1 + number % 3, "HOUSING-001": 3 + number % 3}
            for code, level in levels.items():
                words = "窗口排队太久了" if level < 3 and number < 3 else ""
                reviews.submit_review(
                    reviews.ReviewDraft(code, f"v{days}-{number}", level, ["等候久"], words), at
                )
    for number in range(24):
        at = utcnow() - timedelta(days=3 + number % 3 if number < 12 else 20 + 3 * (number - 12))
        request = submit.submit_request(
            RequestDraft(
                text="失业金申领一直没有结果",
                service_code="HR-002",
                area_code="T1111",
                category_code="010101",
            ),
            at,
        ).request
        if number % 2:
            clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
            casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
            casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
            word = Solved.YES if number % 4 == 1 else Solved.NO
            follow_up.answer(request, follow_up.FollowUp(True, word, 3), RESIDENT)
    for number in range(6):
        reviews.submit_review(reviews.ReviewDraft("HR-002", "again", 5, matter=str(number)))
    integrity.sweep()


@pytest.fixture(autouse=True)
def a_season(after: After) -> None:
    after(_season)


def _sign_in(visitor: Visitor, name: str) -> Page:
    page = visitor.go("/account/login")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    return page


PUBLIC_PAGES = (
    "/",
    "/services",
    "/services/HR-001",
    "/departments",
    "/departments/HR",
    "/open-data",
    "/open-data/dictionary",
    "/monthly",
    "/method",
)
# A4 on its side less the margins, at 96 dots an inch.
PAPER = {"width": 1039, "height": 710}


@pytest.mark.parametrize(("viewport", "language"), [(None, "en"), (DESK, "zh_CN")], ids=["phone", "desk"])
def test_no_insight_page_has_a_barrier(visit: Visit, viewport: object, language: str) -> None:
    visitor = visit(viewport=viewport) if viewport else visit()
    _sign_in(visitor, "official")
    visitor.go(f"/preferences?lang={language}")
    for path in OFFICIAL_PAGES:
        visitor.go(path)
        visitor.check()


@pytest.mark.parametrize(("viewport", "language"), [(None, "zh_CN"), (DESK, "en")], ids=["phone", "desk"])
def test_no_public_page_about_the_evaluation_has_a_barrier(
    app: Flask, visit: Visit, viewport: object, language: str
) -> None:
    with app.app_context():
        assert public_scores.close_day()
        open_data.publish_due(utcnow() + timedelta(days=60))
    visitor = visit(viewport=viewport) if viewport else visit()
    visitor.go(f"/preferences?lang={language}")
    for path in PUBLIC_PAGES:
        visitor.go(path)
        visitor.check()


def test_nothing_is_cut_off_on_paper(visit: Visit) -> None:
    visitor = visit(viewport=PAPER)
    page = _sign_in(visitor, "official")
    page.emulate_media(media="print")
    for path in OFFICIAL_PAGES:
        visitor.go(path)
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main .table-wrap, main .chart-card")]
                .filter((box) => box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > innerWidth)
                .map((box) => box.querySelector("table, svg")?.id || box.className)"""
        )
        assert cut == [], path
        # A table of cards, made for phones, takes a page for six rows.
        assert page.locator("main table.table-cards thead").evaluate_all(
            "heads => heads.every((head) => getComputedStyle(head).position === 'static')"
        ), path
        folded = page.locator("main details:not([open]) table")
        assert folded.evaluate_all("tables => tables.every((table) => table.checkVisibility())"), path


def test_an_official_finds_what_comes_first_and_asks_for_it(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(viewport=DESK)
    page = _sign_in(visitor, "official")
    page.get_by_role("link", name="满意度总览").click()
    expect(page.get_by_role("heading", name="满意度总览", level=1)).to_be_visible()

    # What is asked for most and done worst stands first in the table and is a mark in the quadrant.
    first = page.locator("#table-first tbody tr").first
    expect(first).to_contain_text("失业保险金申领")
    expect(page.locator("svg.quadrant a[aria-label*='失业保险金申领']")).to_have_count(1)

    # The file says what the page says.
    with page.expect_download() as waiting:
        page.locator("section", has=page.locator("#table-departments")).get_by_role(
            "link", name="CSV"
        ).first.click()
    file = tmp_path / "departments.csv"
    waiting.value.save_as(file)
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert page.locator("#table-departments tbody tr").count() == len(rows) - 1
    assert rows[1][0] in page.locator("#table-departments").inner_text()

    # A shorter window and one district, kept in the address.
    page.get_by_label("评价期").select_option("30")
    page.get_by_label("区", exact=True).select_option(label="东门区")
    page.get_by_role("button", name="查看").first.click()
    assert "days=30" in page.url
    assert "district=T1" in page.url
    visitor.check()

    # The map by another measure.
    page.get_by_label("地图显示").select_option(label="问题解决")
    page.get_by_role("button", name="换").click()
    assert "days=30" in page.url
    expect(page.locator("svg.map path.area")).to_have_count(2)

    # From a service to its department, and from a number to the cases behind it.
    visitor.go("/insight/")
    page.locator("#table-first").get_by_role("link", name="失业保险金申领").click()
    expect(page.get_by_role("heading", name="失业保险金申领", level=1)).to_be_visible()
    page.get_by_label("位置").get_by_role("link", name="市人社局").click()
    expect(page.get_by_role("heading", name="市人社局", level=1)).to_be_visible()
    page.get_by_role("link", name="群众说没解决、重新打开的").click()
    assert "/desk/?view=reopened" in page.url


def test_a_head_sees_own_numbers_only(visit: Visit) -> None:
    visitor = visit()
    page = _sign_in(visitor, "head")
    page.get_by_role("link", name="本单位评价").click()
    expect(page.get_by_role("heading", name="市人社局", level=1)).to_be_visible()
    expect(page.get_by_text("现在要办")).to_be_visible()
    expect(page.locator("#table-services tbody tr").first).to_be_visible()
    visitor.check()
    assert page.request.get(visitor.page.url.replace("HR", "HOUSING")).status == 403


def test_a_new_review_moves_the_department(visit: Visit) -> None:
    desk = visit(viewport=DESK)
    page = _sign_in(desk, "head")
    desk.go("/insight/services/HR-001")
    before = float(page.locator(".score-value").inner_text())
    resident = visit().go("/rate/HR-001")
    resident.get_by_text("非常不满意", exact=True).first.click()
    resident.get_by_role("button", name="提交").click()
    page.reload()
    assert float(page.locator(".score-value").inner_text()) < before
