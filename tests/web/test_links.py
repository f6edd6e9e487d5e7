"""Pages behind signed links: no login, no script, once and corrected until it is closed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Status
from webapp.extensions import db
from webapp.models import Review, ServiceRequest, utcnow
from webapp.services import asking, casework, follow_up, rectifications, reviews, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step

GOOD = {"contacted": "yes", "solved": "yes", "satisfied": "4", "note": "谢谢"}


@pytest.fixture
def link(app: Flask, town: Town) -> str:
    """The path of the three questions about a resolved case of HR."""
    with app.app_context():
        draft = submit.RequestDraft(text="社保窗口没人，我的电话13612345678", service_code="HR-001")
        request = submit.submit_request(draft).request
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, Step(Action.RESOLVE, "已恢复窗口"), clerk)
        answered = follow_up.last_answer(request)
        assert answered is not None
        return f"/f/{asking.follow_up_token(request, answered.sequence)}"


def _case() -> ServiceRequest:
    return db.session.query(ServiceRequest).one()


def test_a_stranger_on_a_phone_is_asked_three_questions(client: FlaskClient, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 200
    assert [name for name in ("contacted", "solved", "satisfied") if f'name="{name}"' in answer.text] == [
        "contacted", "solved", "satisfied",
    ]  # fmt: skip
    assert "已恢复窗口" in answer.text
    assert "13612345678" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_yes_is_kept_and_can_be_corrected_until_it_closes(app: Flask, client: FlaskClient, link: str) -> None:
    assert client.post(link, data=GOOD).headers["Location"] == link
    page = client.get(link).text
    assert "联系过、已解决、满意" in page
    assert "点错了" in page
    assert re.search(r'name="solved" value="yes" checked', page)
    assert client.post(link, data={**GOOD, "solved": "no", "satisfied": "1"}).status_code == 302
    with app.app_context():
        assert (_case().status, _case().satisfied) == (Status.REOPENED, 1)
    client.post(link, data=GOOD)
    with app.app_context():
        follow_up.close_answered(utcnow() + timedelta(hours=25))
        assert _case().status == Status.CLOSED
    late = client.post(link, data={**GOOD, "solved": "no"})
    assert late.status_code == 409
    assert "点错了" not in client.get(link).text


@pytest.mark.parametrize("missing", ["contacted", "solved", "satisfied"])
def test_a_question_left_out_comes_back_with_the_rest(client: FlaskClient, link: str, missing: str) -> None:
    answer = client.post(link, data={**GOOD, missing: ""})
    assert answer.status_code == 422
    assert f'href="#{missing}"' in answer.text
    assert "谢谢" in answer.text
    kept = {"contacted", "solved", "satisfied"} - {missing}
    assert all(re.search(rf'name="{name}" value="{GOOD[name]}" checked', answer.text) for name in kept)


def test_an_old_link_says_where_to_go(app: Flask, client: FlaskClient, link: str, town: Town) -> None:
    client.post(link, data={**GOOD, "solved": "no"})
    with app.app_context():
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(_case().service_request_id, Step(Action.RESOLVE, "又修了一次"), clerk)
    answer = client.get(link)
    assert answer.status_code == 404
    assert "这个链接已用完" in answer.text


@pytest.mark.parametrize("path", ["/f/nonsense", "/m/nonsense", "/f/WzEsMV0.aaaa.bbbb"])
def test_a_forged_link_opens_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, data=GOOD).status_code == 404


def test_the_page_of_the_case_leads_to_the_correction(app: Flask, client: FlaskClient, link: str) -> None:
    client.post(link, data=GOOD)
    with app.app_context():
        number = _case().service_request_id
        _case().secret_hash = submit.secret_hash(number, "ABCDEF")
        db.session.commit()
    client.post("/track", data={"number": number, "secret": "ABCDEF"})
    assert "更正我的回访" in client.get(f"/track/{number}").text


@pytest.fixture
def mended(app: Flask, town: Town) -> str:
    """The path at which a reviewer judges what was put right."""
    with app.app_context():
        review = reviews.submit_review(reviews.ReviewDraft("HR-001", "a", 1, comment="没人理"))
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        mending = rectifications.rectify(review.review_id, "增开窗口", clerk)
        return asking.rectification_link(mending).removeprefix(app.config["PUBLIC_URL"])


def test_a_reviewer_judges_what_was_put_right(app: Flask, client: FlaskClient, mended: str) -> None:
    assert "增开窗口" in client.get(mended).text
    assert client.post(mended, data={}).status_code == 422
    assert client.post(mended, data={"satisfied": "2"}).headers["Location"] == mended
    client.post(mended, data={"satisfied": "4"})
    with app.app_context():
        found = db.session.query(Review).one().rectification
        assert found is not None
        assert found.satisfied == 4
        assert found.followed_up_at is not None
        found.followed_up_at -= timedelta(hours=25)
        db.session.commit()
    assert client.post(mended, data={"satisfied": "1"}).status_code == 409


def test_after_a_bad_review_a_number_may_be_left(app: Flask, client: FlaskClient) -> None:
    client.post("/rate/HR-001", data={"rating": "1"})
    with app.app_context():
        number = db.session.query(Review).one().review_id
    assert f'action="/rate/done/{number}"' in client.get("/rate/done").text
    wrong = client.post(f"/rate/done/{number}", data={"phone": "12"})
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.text
    client.post(f"/rate/done/{number}", data={"phone": "13812345678"})
    assert "会发短信告诉您" in client.get("/rate/done").text
    assert app.test_client().post(f"/rate/done/{number}", data={"phone": "13812345678"}).status_code == 404
    with app.app_context():
        assert "13812345678" not in (db.session.query(Review).one().contact_phone or "")
