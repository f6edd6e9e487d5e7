"""The attack on everything that is public at once: pages, files and the course of monthly topics, subtracted from one another.

The tables alone are attacked in tests/unit/test_domain_disclosure.py; here whatever pages say beside them is known, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Town
from webapp.domain import disclosure
from webapp.domain.open_tables import system
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Category, MonthlyTopic, Publication, Review
from webapp.queries import monthly_public, publications
from webapp.queries.publications import Published
from webapp.services import casework, follow_up, open_data, rectifications, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

AT = datetime(2025, 7, 10, 3, tzinfo=UTC)
LATER = datetime(2025, 8, 20, tzinfo=UTC)


def _requests(town: Town, category: str, count: int, area: str = "T1111") -> None:
    for number in range(count):
        submit.submit_request(
            RequestDraft(text=f"{category} 第{number}件", area_code=area, category_code=category), AT
        )


def _kinds(town: Town) -> None:
    second = db.session.get_one(Category, town.categories["0101"])
    for code, name, level in (("010102", "另一种", 3), ("0102", "别的", 2), ("010201", "别的一种", 3)):
        parent = second.id if code.startswith("0101") else second.parent_id
        row = Category(code=code, name=name, level=level, parent_id=parent, is_active=True)
        db.session.add(row)
        db.session.flush()
        town.categories[code] = row.id
    db.session.commit()


def _topic(town: Town, code: str, area: str = "T", month: int = 7) -> MonthlyTopic:
    topic = MonthlyTopic(
        month=date(2025, month, 1), area_id=town.areas[area], title="一题", reason="很多人说", category_id=town.categories[code]
    )  # fmt: skip
    db.session.add(topic)
    db.session.commit()
    return topic


@pytest.fixture
def context(app: Flask, town: Town) -> Iterator[None]:
    with app.app_context():
        _kinds(town)
        yield


def _july(topic: MonthlyTopic) -> monthly_public.PublicMonth | None:
    found = [m for m in monthly_public.public_course(topic) if m.first == date(2025, 7, 1)]
    return found[0] if found else None


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(("rest", "shown"), [(0, 20), (1, None), (4, None), (5, 20), (9, 20)])
def test_the_rest_of_a_row_does_not_follow_from_a_topics_course(
    town: Town, rest: int, shown: int | None
) -> None:
    _requests(town, "010101", 20)
    _requests(town, "010102", rest)
    _requests(town, "010201", 30)
    topic = _topic(town, "010101")
    assert _july(topic) == monthly_public.PublicMonth(date(2025, 7, 1), None, None, True, False)
    assert open_data.publish_due(LATER) == ["2025-07"]
    month = _july(topic)
    assert month is not None
    assert (month.is_out, month.received) == (True, shown)


@pytest.mark.usefixtures("context")
def test_a_row_that_is_hidden_stays_hidden_on_the_topics_page(town: Town) -> None:
    _requests(town, "010101", 20)
    _requests(town, "010201", 3)
    topic = _topic(town, "0101")
    part = _topic(town, "010101", month=6)
    open_data.publish_due(LATER)
    found = publications.published("2025-07")
    assert found is not None
    # 23 in all and 3 hidden: the 20 must be hidden as well, or they follow.
    assert found.count("requests", ("0101", ""), "received") is None
    for one in (topic, part):
        month = _july(one)
        assert month is None or month.received is None


@pytest.mark.usefixtures("context")
def test_two_topics_of_one_row_do_not_leave_a_small_rest(town: Town) -> None:
    _requests(town, "010101", 20)
    _requests(town, "010102", 10)
    first, second = _topic(town, "010101"), _topic(town, "010102", month=8)
    open_data.publish_due(LATER)
    month = _july(first)
    assert month is not None
    assert month.received == 20
    assert monthly_public.public_course(second) == []


@pytest.mark.usefixtures("context")
def test_a_streets_topic_shows_no_counts(town: Town) -> None:
    _requests(town, "010101", 20)
    open_data.publish_due(LATER)
    assert monthly_public.public_course(_topic(town, "010101", "T11")) == []
    district = _july(_topic(town, "010101", "T1"))
    assert district is not None
    assert district.received == 20


@pytest.mark.usefixtures("context")
def test_a_share_tells_no_single_no(town: Town) -> None:
    _requests(town, "010201", 30)
    for number, word in enumerate([Solved.YES] * 19 + [Solved.NO]):
        request = submit.submit_request(
            RequestDraft(text=f"第{number}件", area_code="T1111", category_code="010101"), AT
        ).request
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
        follow_up.answer(request, follow_up.FollowUp(True, word, 4), RESIDENT)
    topic = _topic(town, "010101")
    open_data.publish_due(LATER)
    month = _july(topic)
    assert month is not None
    assert month.resolution is None


def _attacked(found: Published) -> list[str]:
    """What follows from the published numbers and what the pages of the same month say: the narrow ranges of small counts."""
    stored = db.session.scalars(select(Publication)).one()
    counts = {(t, (a, b), c): int(n) for t, a, b, c, n, _hidden in stored.counts}
    cells, tables = system({stored.period: counts}, stored.parents, stored.good_from)
    seen = [found.count(cell.table, cell.row, cell.column) for cell in cells]
    values = np.array([np.nan if n is None else float(n) for n in seen])
    small = [
        i
        for i, cell in enumerate(cells)
        if seen[i] is None and 0 < counts[cell.table, cell.row, cell.column] < 5
    ]
    bounds = disclosure.attack(values, tables.relations, small)
    return [
        f"{cells[i]}: {low} to {high}"
        for i, low, high in zip(bounds.cells, bounds.low, bounds.high, strict=True)
        if high - low < 3 - 1e-6
    ]


def _reviews_of(level: int) -> list[str]:
    return list(
        db.session.scalars(select(Review.review_id).where(Review.rating == level).order_by(Review.id))
    )


@pytest.mark.usefixtures("context")
def test_pages_say_nothing_that_the_tables_hide(app: Flask, town: Town) -> None:
    """Home, services, departments: every number of a page is a published one, and no small one follows."""
    votes = {"HR-001": (6, 3, 0, 9, 30), "HR-002": (0, 1, 2, 0, 4), "HOUSING-001": (0, 0, 7, 8, 20)}
    for service, levels in votes.items():
        for level, count in enumerate(levels, 1):
            for number in range(count):
                reviews.submit_review(reviews.ReviewDraft(service, f"{service}{level}{number}", level), AT)
    _requests(town, "010101", 12)
    _requests(town, "010102", 2, "T2111")
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    bad = _reviews_of(1)
    rectifications.rectify(bad[0], "增加引导员", clerk)
    rectifications.answer_own(bad[0], 1, "HR-00110")
    assert open_data.publish_due(LATER) == ["2025-07"]
    found = publications.published("2025-07")
    assert found is not None
    assert _attacked(found) == []
    client: FlaskClient = app.test_client()
    page = client.get("/services/HR-002").text
    for shown in re.findall(r'<td class="number nowrap">(.*?)</td>', page):
        assert "不公布" in shown or shown == "0"
    # One person's word on what was put right is no count, and nobody's business.
    assert "评价人" not in client.get("/departments/HR").text
    assert "增加引导员" in client.get("/departments/HR").text


@pytest.mark.usefixtures("context")
def test_the_home_page_does_not_count_along(app: Flask, town: Town) -> None:
    """Its numbers are of a published month: the last resident's word moves none."""
    client = app.test_client()
    assert "figures-title" not in client.get("/").text
    _requests(town, "010101", 12)
    for number in range(9):
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"a{number}", 5), AT)
    open_data.publish_due(LATER)

    def figures() -> str:
        page = client.get("/").text
        return page[page.index("figures-title") : page.index("</dl>")]

    before = figures()
    assert "2025 年 7 月" in before
    assert ">12<" in before
    assert ">9<" in before
    _requests(town, "010101", 1)
    reviews.submit_review(reviews.ReviewDraft("HR-001", "late", 1), AT + timedelta(days=1))
    reviews.submit_review(reviews.ReviewDraft("HR-001", "now", 1))
    assert figures() == before
