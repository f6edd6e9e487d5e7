"""Public scores: of a closed day, whatever is written later, and standing still until five voices have come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Review
from webapp.queries import evaluation, open_scores, public_scores, publications
from webapp.queries.tallies import Window
from webapp.services import casework, follow_up, open_data, reviews, submit
from webapp.services import public_scores as closing
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step

# 18:00 in the city, and the last moment of that day there
AT = datetime(2025, 7, 10, 10, tzinfo=UTC)
NEXT = AT + timedelta(days=1)


def _vote(count: int, level: int, at: datetime, service: str = "HR-001", who: str = "v") -> None:
    for number in range(count):
        reviews.submit_review(
            reviews.ReviewDraft(service, f"{who}{level}-{at:%d%H}-{number}", level, comment=""), at
        )


@pytest.fixture
def voted(app: Flask, town: Town) -> None:
    """Thirty votes on each of two services, five of a third."""
    with app.app_context():
        for service, level in (("HR-001", 4), ("HR-002", 2), ("HOUSING-001", 5)):
            _vote(30 if service != "HOUSING-001" else 5, level, AT - timedelta(days=3), service)


def _shown(code: str) -> public_scores.PublicScore:
    scores = public_scores.latest()
    assert scores is not None
    return scores.services[code]


@pytest.mark.usefixtures("voted")
def test_a_day_is_closed_once_and_says_what_staff_saw_of_it(app: Flask) -> None:
    with app.app_context():
        assert public_scores.latest() is None
        assert closing.close_day(NEXT) == AT.date()
        assert closing.close_day(NEXT + timedelta(hours=2)) is None
        card = evaluation.service_scorecard("HR-001", Window.ending(AT.date(), 90))
        assert card is not None
        assert card.score is not None
        assert _shown("HR-001").score == round(card.score)
        assert _shown("HOUSING-001").score is None
        scores = public_scores.latest()
        assert scores is not None
        assert set(scores.departments) >= {"HR", "HOUSING"}


@pytest.mark.usefixtures("voted")
def test_nothing_that_is_written_later_moves_a_closed_day(app: Flask, town: Town) -> None:
    with app.app_context():
        request = submit.submit_request(
            submit.RequestDraft(
                text="失业金申领没有结果", service_code="HR-001", area_code="T1111", category_code="010101"
            ),
            AT - timedelta(days=2),
        ).request
        closing.close_day(NEXT)
        before = _shown("HR-001")
        _vote(20, 1, NEXT)
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
        follow_up.answer(request, follow_up.FollowUp(True, Solved.NO, 1), RESIDENT)
        db.session.commit()
        card = evaluation.service_scorecard("HR-001", Window.ending(NEXT.date(), 90))
        assert card is not None
        assert card.score is not None
        assert before.score is not None
        assert round(card.score) < before.score
        assert _shown("HR-001") == before


@pytest.mark.parametrize(("count", "moves"), [(1, False), (4, False), (5, True)])
@pytest.mark.usefixtures("voted")
def test_a_score_stands_still_until_five_have_spoken(app: Flask, count: int, moves: bool) -> None:
    with app.app_context():
        closing.close_day(NEXT)
        before = _shown("HR-001")
        _vote(count, 1, NEXT)
        assert closing.close_day(NEXT + timedelta(days=1)) == NEXT.date()
        after = _shown("HR-001")
        assert (after != before) is moves
        assert after.day == (NEXT.date() if moves else AT.date())


@pytest.mark.usefixtures("voted")
def test_single_voices_day_by_day_move_it_all_at_once(app: Flask) -> None:
    with app.app_context():
        closing.close_day(NEXT)
        days = []
        for number in range(6):
            at = NEXT + timedelta(days=number)
            _vote(1, 1, at)
            closing.close_day(at + timedelta(days=1))
            days.append(_shown("HR-001").day)
        assert days == [AT.date()] * 4 + [AT.date() + timedelta(days=5)] * 2


@pytest.mark.usefixtures("voted")
def test_a_score_that_cannot_be_given_any_more_goes(app: Flask) -> None:
    with app.app_context():
        closing.close_day(NEXT)
        assert _shown("HR-001").score is not None
        later = AT + timedelta(days=88)
        _vote(2, 5, later - timedelta(days=1))
        closing.close_day(later)
        assert _shown("HR-001").score is None


@pytest.mark.usefixtures("voted")
def test_pages_files_and_api_say_the_closed_day_and_its_score(app: Flask, client: FlaskClient) -> None:
    assert "得分从次日起公布" in client.get("/services").text
    assert client.get("/open-data/scores.json").status_code == 404
    with app.app_context():
        closing.close_day(NEXT)
        shown = _shown("HR-001")
        _vote(40, 1, NEXT)
    for path in ("/services/HR-001", "/departments/HR", "/services", "/departments"):
        assert "2025-07-10" in client.get(path).text, path
    page = client.get("/services/HR-001").text
    assert f"约 {shown.score} 分" in page
    found = client.get("/open-data/scores.json").json
    assert found is not None
    lines = {line["code"]: line for line in found["records"]}
    assert (lines["HR-001"]["score"], lines["HR-001"]["day"]) == (shown.score, "2025-07-10")
    # No month is published, so that no count could be tested against it.
    assert lines["HR-001"]["raw_score"] is None
    assert client.get("/api/v1/open-data/scores").json == found
    assert client.get("/open-data/scores.csv").data.decode("utf-8-sig").count("\r\n") == len(lines) + 1


@pytest.mark.usefixtures("voted")
def test_staff_see_beside_the_live_score_what_residents_see(app: Flask, login: object) -> None:
    with app.app_context():
        closing.close_day()
        assert db.session.query(Review).count() == 65
    page = login("official").get("/insight/services/HR-001").text  # type: ignore[operator]
    assert "居民看到的" in page
    assert "实时，算到此刻" in page


def test_no_raw_score_stands_beside_a_month_with_a_hidden_level(app: Flask, town: Town) -> None:
    """From a raw mean and the votes of all other levels the hidden ones could be worked out."""
    with app.app_context():
        for month, bad in ((7, 2), (8, 0), (9, 0)):
            at = datetime(2025, month, 10, 3, tzinfo=UTC)
            _vote(20, 5, at, who=f"m{month}")
            _vote(bad, 1, at, who=f"m{month}")
        published = open_data.publish_due(datetime(2025, 10, 20, tzinfo=UTC))
        assert published == ["2025-07", "2025-08", "2025-09", "2025-Q3"]
        july = publications.published("2025-07")
        assert july is not None
        assert None in july.reviews(("HR", "HR-001")).levels
        assert closing.close_day(datetime(2025, 9, 20, 3, tzinfo=UTC))
        scores = public_scores.latest()
        assert scores is not None
        lines = {line["code"]: line for line in open_scores.records(scores)}
        assert lines["HR-001"]["score"] is not None
        assert lines["HR-001"]["raw_score"] is None
    client = app.test_client()
    assert "原始得分" not in client.get("/services/HR-001").text
    assert "原始得分" not in client.get("/departments/HR").text


def test_a_raw_score_stands_beside_the_adjusted_one_where_nothing_is_hidden(app: Flask, town: Town) -> None:
    with app.app_context():
        for service in ("HR-001", "HR-002", "HOUSING-001"):
            for level in (5, 4, 2):
                _vote(8, level, AT - timedelta(days=3), service, who=service)
        assert open_data.publish_due(datetime(2025, 8, 20, tzinfo=UTC)) == ["2025-07"]
        closing.close_day(NEXT)
        scores = public_scores.latest()
        assert scores is not None
        raw = {line["code"]: line["raw_score"] for line in open_scores.records(scores)}
        assert raw["HR-001"] == round(100 * (8 * 1 + 8 * 0.75 + 8 * 0.25) / 24)
        assert raw["HR"] is not None
    assert f"原始得分是 {raw['HR-001']}" in app.test_client().get("/services/HR-001").text
    assert f"原始得分是 {raw['HR']}" in app.test_client().get("/departments/HR").text
