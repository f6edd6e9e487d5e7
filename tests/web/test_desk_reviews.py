"""Bad reviews at the desk: listed by deadline, verified, put right, answered in public."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from tests.plugin_stories import After
from webapp.extensions import db
from webapp.models import AuditEntry, Review, utcnow
from webapp.services import reviews
from webapp.services.reviews import ReviewDraft

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"


def _reviews(_town: Town) -> dict[str, str]:
    """Reviews by name: two bad ones of HR (one overdue), a good one with words, a bad one of HOUSING."""
    found = {
        name: reviews.submit_review(ReviewDraft(service, name, rating, comment=comment))
        for name, service, rating, comment in (
            ("bad", "HR-001", 1, f"窗口态度差{ATTACK}，我叫王小明，电话13612345678"),
            ("late", "HR-002", 2, "等了两小时"),
            ("good", "HR-001", 5, "办得很快"),
            ("other", "HOUSING-001", 1, "没人管"),
        )
    }
    assert found["late"].rectification is not None
    found["late"].rectification.rectify_due_at = utcnow() - timedelta(days=1)
    db.session.commit()
    return {name: review.review_id for name, review in found.items()}


@pytest.fixture
def ids(after: After) -> dict[str, str]:
    told: dict[str, str] = after(_reviews)
    return told


def _listed(browser: FlaskClient, query: str, ids: dict[str, str]) -> set[str]:
    answer = browser.get(f"/desk/reviews?{query}")
    assert answer.status_code == 200
    return {name for name, review_id in ids.items() if f'id="{review_id}"' in answer.text}


@pytest.mark.parametrize(
    ("user", "query", "expected"),
    [
        ("clerk", "", {"bad", "late"}),
        ("clerk", "view=overdue", {"late"}),
        ("clerk", "view=unanswered", {"bad", "late", "good"}),
        ("clerk", "view=all", {"bad", "late", "good"}),
        ("clerk", "view=all&rating=5", {"good"}),
        ("clerk", "view=all&service=HR-002", {"late"}),
        ("clerk", "view=all&department=HOUSING", {"bad", "late", "good"}),
        ("clerk", "view=evil&rating=²&page=-3", {"bad", "late"}),
        ("dispatcher", "", {"bad", "late", "other"}),
        ("dispatcher", "department=HOUSING", {"other"}),
        ("clerk.office", "view=all", set()),
    ],
)
def test_who_sees_which(login: Login, ids: dict[str, str], user: str, query: str, expected: set[str]) -> None:
    assert _listed(login(user), query, ids) == expected


def test_words_are_masked_and_harmless(login: Login, ids: dict[str, str]) -> None:
    page = login("clerk").get("/desk/reviews").text
    assert ATTACK not in page
    assert "13612345678" not in page
    assert "王小明" not in page


def test_verify_put_right_reply(app: Flask, login: Login, ids: dict[str, str]) -> None:
    clerk = login("clerk")
    address = f"/desk/reviews/{ids['bad']}?view=bad&service=HR-001"
    verified = clerk.post(address, data={"action": "verify"})
    assert verified.headers["Location"] == f"/desk/reviews?view=bad&service=HR-001#{ids['bad']}"
    assert clerk.post(address, data={"action": "rectify", "text": "已培训窗口人员"}).status_code == 302
    assert clerk.post(address, data={"action": "reply", "text": f"向您道歉{ATTACK}"}).status_code == 302
    with app.app_context():
        review = db.session.query(Review).filter_by(review_id=ids["bad"]).one()
        mending = review.rectification
        assert mending is not None
        assert mending.verified_at is not None
        assert mending.rectified_at is not None
        assert (mending.measure, review.reply) == ("已培训窗口人员", f"向您道歉{ATTACK}")
        trail = [e.action for e in db.session.query(AuditEntry).filter_by(subject=ids["bad"])]
        assert trail == ["rectification.verify", "rectification.rectify", "review.reply"]
    assert _listed(clerk, "", ids) == {"late"}
    page = clerk.get("/desk/reviews?view=all").text
    assert "已整改" in page
    assert ATTACK not in page


@pytest.mark.parametrize(
    ("user", "name", "form", "status"),
    [
        ("clerk", "bad", {"action": "reply", "text": " "}, 422),
        ("clerk", "bad", {"action": "rectify", "text": ""}, 422),
        ("clerk", "bad", {"action": "praise", "text": "写好的话"}, 422),
        ("clerk", "bad", {}, 422),
        ("clerk", "good", {"action": "verify"}, 404),
        ("clerk", "other", {"action": "reply", "text": "越权的话"}, 403),
        ("dispatcher", "bad", {"action": "reply", "text": "越权的话"}, 403),
        ("reviewer", "bad", {"action": "verify"}, 403),
    ],
)
def test_what_is_refused(
    app: Flask, login: Login, ids: dict[str, str], user: str, name: str, form: dict[str, str], status: int
) -> None:
    answer = login(user).post(f"/desk/reviews/{ids[name]}?view=all", data=form)
    assert answer.status_code == status
    with app.app_context():
        review = db.session.query(Review).filter_by(review_id=ids[name]).one()
        assert review.reply == ""
        assert review.rectification is None or review.rectification.verified_at is None


def test_a_refused_measure_keeps_its_place(login: Login, ids: dict[str, str]) -> None:
    page = login("clerk").post(f"/desk/reviews/{ids['bad']}", data={"action": "rectify", "text": " "}).text
    block = page[page.index(f'id="{ids["bad"]}"') :]
    assert re.search(r'class="step" open><summary>登记整改', block.split("</li>")[0])
    assert "请写明整改措施" in block.split("</li>")[0]


def test_an_empty_list_says_so(login: Login) -> None:
    assert "没有符合条件的评价" in login("clerk").get("/desk/reviews").text


@pytest.mark.parametrize(
    ("follower", "place"), [("PJABC", "#PJABC"), ("", ""), ("//evil.example", ""), ("a\r\nb", "")]
)
def test_after_one_is_put_right_the_next_comes_up(
    login: Login, ids: dict[str, str], follower: str, place: str
) -> None:
    form = {"action": "rectify", "text": "已培训", "next": follower}
    answer = login("clerk").post(f"/desk/reviews/{ids['bad']}", data=form)
    assert answer.headers["Location"] == f"/desk/reviews{place}"


def test_each_form_knows_which_review_follows(login: Login, ids: dict[str, str]) -> None:
    page = login("clerk").get("/desk/reviews").text
    first, second = (block.split("</li>")[0] for block in page.split('<li class="card review"')[1:])
    assert re.findall(r'name="next" value="(\w*)"', first)[0] in second
    assert set(re.findall(r'name="next" value="(\w*)"', second)) == {""}
