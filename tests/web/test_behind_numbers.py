"""Every number of the official indicators leads to a list that holds exactly what it counts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Review, utcnow
from webapp.services import casework, follow_up, integrity, rectifications, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
_NUMBER = re.compile(r'<td class="number" data-label="(分子|分母)">(?:<a href="([^"]+)">)?([\d,]+)')
_TOTAL = re.compile(r'aria-live="polite">\s*<strong>(\d+)|<caption>共 (\d+) 件')


@pytest.fixture
def busy(app: Flask, town: Town) -> Flask:
    """Reviews of all kinds, bad ones at every stage, requests answered, late, overdue, merged into nothing."""
    with app.app_context():
        at = utcnow() - timedelta(days=2)
        for number in range(12):
            reviews.submit_review(reviews.ReviewDraft("HR-001", f"a{number}", 1 + number % 5), at)
        for number in range(6):
            reviews.submit_review(reviews.ReviewDraft("HR-002", "again", 5, matter=str(number)), at)
        assert integrity.sweep() == 3
        db.session.add(
            Review(
                review_id="RV-DEFAULT", service_id=town.services["HR-001"], department_id=town.departments["HR"],
                area_id=town.areas["T"], channel="web", scope="matter", rating=5, is_default=True, identity="x",
                use_key="x", created_at=at, created_day=at.date(), consent_version="", tags=[],
            )
        )  # fmt: skip
        db.session.commit()
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        bad = db.session.scalars(select(Review).where(Review.rating <= 2, Review.set_aside.is_(None))).all()
        reviews.reply_to_review(bad[0].review_id, "对不起", clerk)
        for review, level in ((bad[1], 4), (bad[2], 1)):
            rectifications.rectify(review.review_id, "增加窗口", clerk)
            rectifications.answer_own(review.review_id, level, review.identity)
        mending = bad[3].rectification
        assert mending is not None
        mending.rectify_due_at = utcnow() - timedelta(days=1)
        db.session.commit()
        for number, word in enumerate([Solved.YES, Solved.YES, Solved.PARTLY, Solved.NO, None, None]):
            request = submit.submit_request(
                RequestDraft(text="社保窗口排队太久", service_code="HR-001", area_code="T1111"),
                at - timedelta(days=number),
            ).request
            clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
            if number == 5:
                request.due_at = utcnow() - timedelta(hours=1)
                db.session.commit()
                continue
            if number == 4:
                request.due_at = utcnow() - timedelta(hours=1)
                db.session.commit()
            casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
            casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
            if word:
                follow_up.answer(request, follow_up.FollowUp(number != 1, word, 2 + number), RESIDENT)
        submit.submit_request(RequestDraft(text="刚提的", service_code="HR-001", area_code="T1111"))
    return app


@pytest.mark.parametrize("page", ["/insight/", "/insight/departments/HR", "/insight/services/HR-001"])
def test_lists_hold_what_the_indicators_count(busy: Flask, login: Login, page: str) -> None:
    browser = login("official")
    text = browser.get(page).text
    table = text[text.index('id="table-indicators"') :]
    table = table[: table.index("</table>")]
    found = _NUMBER.findall(table)
    assert len(found) == 20
    told = 0
    for label, href, shown in found:
        number = int(shown.replace(",", ""))
        if not number:
            assert not href
            continue
        assert href, (label, shown, table)
        total = _TOTAL.search(browser.get(html.unescape(href)).text)
        assert total is not None, href
        assert int(total[1] or total[2]) == number, (page, label, href)
        told += 1
    assert told >= 14


def test_a_list_of_one_channel_and_unknown_counts(busy: Flask, login: Login) -> None:
    browser = login("official")

    def total(path: str) -> int:
        found = _TOTAL.search(browser.get(path).text)
        assert found is not None
        return int(found[1] or found[2])

    assert total("/desk/reviews?view=all&channel=web") == 19
    assert total("/desk/reviews?view=all&channel=counter") == 0
    assert total("/desk/reviews?view=all&votes=default") == 1
    assert total("/desk/reviews?view=all&votes=nonsense") == 19
    assert total("/desk/?view=all&counted=nonsense") == 7
