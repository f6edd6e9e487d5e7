"""评价服务: find, rate, thank; a bad review leads on; numbers are public only where enough people rated."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Review, utcnow
from webapp.services import integrity, open_data, rectifications, reviews
from webapp.services.actor import Actor
from webapp.services.reviews import ReviewDraft


def _rate(app: Flask, count: int, rating: int = 5, comment: str = "") -> None:
    with app.app_context():
        for number in range(count):
            reviews.submit_review(
                ReviewDraft("HR-001", f"{comment}{rating}-{number}", rating, comment=comment)
            )


def _all(app: Flask) -> list[Review]:
    with app.app_context():
        return list(db.session.scalars(select(Review).order_by(Review.id)))


@pytest.mark.parametrize(
    ("words", "found"),
    [("社保咋转", "HR-001"), ("失业", "HR-002"), ("住建局", "HOUSING-001"), ("hr-002", "HR-002")],
    ids=["nickname", "name", "department", "code"],
)
def test_a_service_is_found_by_what_people_call_it(client: FlaskClient, words: str, found: str) -> None:
    page = client.get("/rate", query_string={"q": words}).text
    assert f'href="/rate/{found}"' in page


def test_nothing_found_leads_on(client: FlaskClient) -> None:
    page = client.get("/rate?q=完全没有的东西").text
    assert "没有找到" in page
    assert 'href="/report"' in page


def test_a_review_is_stored_with_the_tags_of_its_level_only(app: Flask, client: FlaskClient) -> None:
    answer = client.post(
        "/rate/HR-001", data={"rating": "2", "tags": ["态度差", "态度好", "<b>"], "comment": "等了两小时"}
    )
    assert answer.headers["Location"] == "/rate/done"
    (review,) = _all(app)
    assert (review.rating, review.tags, review.comment, review.channel) == (
        2,
        ["态度差"],
        "等了两小时",
        "web",
    )
    done = client.get("/rate/done").text
    (review,) = _all(app)
    with app.app_context():
        mending = db.session.get_one(Review, review.id).rectification
        assert mending is not None
        # The promise is the clock that runs, not a sentence beside it.
        assert f"{local(mending.rectify_due_at):%Y-%m-%d %H:%M} 前整改并回复" in done
    link = re.search(r'href="(/report\?service=HR-001&amp;review=\w+)"', done)
    assert link is not None
    form = client.get(link[1].replace("&amp;", "&")).text
    assert "等了两小时" in form
    data = {"step": "send", "text": "等了两小时没人管", "service": "HR-001", "review": review.review_id}
    app.test_client().post("/report", data=data)
    assert _all(app)[0].service_request_id is None
    client.post("/report", data=data)
    assert _all(app)[0].service_request_id == 2


def test_the_code_on_the_counter_counts_as_the_counter(app: Flask, client: FlaskClient) -> None:
    page = client.get("/rate/HR-001?via=qr").text
    assert 'name="via" value="qr"' in page
    client.post("/rate/HR-001", data={"rating": "5", "via": "qr"})
    assert _all(app)[0].channel == "counter"


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "rating"), ({"rating": "6"}, "rating"), ({"rating": "5", "comment": "字" * 1001}, "comment")],
    ids=["nothing chosen", "no such level", "too long"],
)
def test_a_review_that_cannot_be_used_comes_back(
    app: Flask, client: FlaskClient, data: dict[str, str], field: str
) -> None:
    answer = client.post("/rate/HR-001", data={"tags": ["态度好"], **data})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert re.search(r'value="态度好" checked', answer.text)
    assert _all(app) == []


def test_the_same_visitor_on_the_same_day_has_one_vote(app: Flask, client: FlaskClient) -> None:
    client.post("/rate/HR-001", data={"rating": "5"})
    assert "会替换刚才的评价" in client.get("/rate/HR-001").text
    client.post("/rate/HR-001", data={"rating": "3"})
    assert [r.rating for r in _all(app)] == [3]


@pytest.mark.parametrize("path", ["/rate/NONE", "/services/NONE", "/services/NONE/qr", "/qr/NONE.svg"])
def test_unknown_services_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_only_the_reviewer_judges_what_was_put_right(app: Flask, client: FlaskClient, town: Town) -> None:
    client.post("/rate/HR-001", data={"rating": "1", "comment": "没人理"})
    number = _all(app)[0].review_id
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    with app.app_context():
        reviews.reply_to_review(number, "对不起，已批评教育", clerk)
        rectifications.rectify(number, "增加引导员一名", clerk)
    page = client.get("/rate/mine").text
    assert "增加引导员一名" in page
    assert "对不起，已批评教育" in page
    assert app.test_client().post(f"/rate/mine/{number}", data={"satisfied": "5"}).status_code == 404
    client.post(f"/rate/mine/{number}", data={"satisfied": "4"})
    with app.app_context():
        review = db.session.scalars(select(Review)).one()
        assert review.rectification is not None
        assert review.rectification.satisfied == 4


def _publish(app: Flask) -> None:
    """As if the month were over for a while."""
    with app.app_context():
        assert open_data.publish_due(local(utcnow()).replace(day=1) + timedelta(days=51))


def test_fewer_than_five_votes_are_not_published(app: Flask, client: FlaskClient) -> None:
    _rate(app, 4)
    assert "尚未公布" in client.get("/services/HR-001").text
    _publish(app)
    page = client.get("/services/HR-001").text
    assert "评价太少" in page
    assert "100%" not in page
    assert "100%" not in client.get("/services").text


def test_enough_votes_are_published_once_and_stay(app: Flask, client: FlaskClient) -> None:
    _rate(app, 20)
    _rate(app, 5, rating=2)
    _publish(app)
    page = client.get("/services/HR-001").text
    assert "25 人次评价" in page
    assert "每 100 人里约 80 人给了好评" in page
    _rate(app, 9, rating=1)
    assert "25 人次评价" in client.get("/services/HR-001").text


def test_words_are_public_without_the_person_and_replies_stand_below(
    app: Flask, client: FlaskClient, town: Town
) -> None:
    _rate(app, 1, 1, "窗口让我打13912345678找人")
    with app.app_context():
        number = db.session.scalars(select(Review)).one().review_id
        reviews.reply_to_review(
            number, "已核实并致歉", Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        )
    page = client.get("/services/HR-001").text
    assert "窗口让我打" in page
    assert "13912345678" not in page
    assert "已核实并致歉" in page


@pytest.mark.parametrize("sort", ["score", "low", "votes", "name", "nonsense"])
def test_the_list_sorts_and_filters(app: Flask, client: FlaskClient, sort: str) -> None:
    _rate(app, 6)
    _publish(app)
    page = client.get("/services", query_string={"sort": sort}).text
    codes = re.findall(r'href="/services/([\w-]+)">', page)
    assert sorted(codes) == ["HOUSING-001", "HR-001", "HR-002"]
    if sort == "votes":
        assert codes[0] == "HR-001"
    assert re.findall(r'href="/services/([\w-]+)">', client.get("/services?department=HOUSING").text) == [
        "HOUSING-001"
    ]


def test_the_code_holds_the_public_address(client: FlaskClient) -> None:
    expected = BytesIO()
    code = segno.make("http://127.0.0.1:8000/rate/HR-001?via=qr", error="q", micro=False)
    code.save(expected, kind="svg", scale=8, border=4, xmldecl=False)
    answer = client.get("/qr/HR-001.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.data == expected.getvalue()
    sheet = client.get("/services/HR-001/qr").text
    assert "http://127.0.0.1:8000/rate/HR-001?via=qr" in sheet
    assert client.get("/qr-sheets?department=HR").text.count('class="card qr-sheet"') == 2


def test_votes_that_do_not_count_are_told_with_their_reason(app: Flask, client: FlaskClient) -> None:
    _rate(app, 12, 3)
    with app.app_context():
        # Within the month that is published.
        at = max(utcnow() - timedelta(hours=1), local(utcnow()).replace(day=1, hour=0, minute=0))
        for number in range(60):
            draft = ReviewDraft("HR-001", f"buyer{number % 3}", 5, matter=f"m{number}")
            reviews.submit_review(draft, at + timedelta(minutes=number))
        assert integrity.sweep() >= 50
    _publish(app)
    page = client.get("/services/HR-001").text
    assert "搁置、没有计入的评价：同一人对同一事项评价次数超过上限 51" in page
