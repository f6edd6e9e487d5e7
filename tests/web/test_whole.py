"""The promise of the platform, over HTTP only: a resident speaks, the department answers, the resident's word moves
the score that everybody sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from webapp.models import utcnow
from webapp.queries import evaluation
from webapp.services import public_scores, rollups

Login = Callable[[str], FlaskClient]


def _report(app: Flask, text: str) -> tuple[FlaskClient, str]:
    """A resident with a browser of their own, and the tracking number; the case is open in their session."""
    resident = app.test_client()
    body = {"text": text, "service_code": "HR-001"}
    created = resident.post("/api/v1/requests", json=body).json
    number = created["service_request_id"]
    opened = resident.post("/track", data={"number": number, "secret": created["secret"]})
    assert opened.status_code == 302, opened.text
    return resident, number


def _handle(clerk: FlaskClient, number: str) -> None:
    for action, note in (("accept", ""), ("resolve", "已办妥，并电话告知")):
        answer = clerk.post(f"/desk/requests/{number}/act", data={"action": action, "note": note})
        assert answer.status_code == 302, answer.text


def _confirm(resident: FlaskClient, number: str, solved: str, satisfied: int) -> None:
    form = {"contacted": "yes", "solved": solved, "satisfied": str(satisfied)}
    assert resident.post(f"/track/{number}/follow-up", data=form).status_code == 302


def _rate(app: Flask, level: int, count: int) -> None:
    for _ in range(count):
        answer = app.test_client().post("/rate/HR-001", data={"rating": str(level), "comment": ""})
        assert answer.status_code == 302, answer.text


def _score(app: Flask) -> float:
    # Nothing is told to forget what it kept: a page must notice by itself that somebody wrote.
    with app.app_context():
        card = evaluation.service_scorecard("HR-001")
        assert card is not None
        assert card.score is not None, "enough residents have spoken for a score"
        return card.score


def test_from_a_residents_words_to_the_score(app: Flask, login: Login) -> None:
    clerk = login("clerk")
    cases = [_report(app, f"社保转移窗口第{n}天没人，等了一上午") for n in range(16)]
    for _resident, number in cases:
        _handle(clerk, number)
    for resident, number in cases[:12]:
        _confirm(resident, number, "yes", 5)
    _rate(app, 4, 6)
    before = _score(app)

    for resident, number in cases[12:]:
        _confirm(resident, number, "no", 1)
        assert "重新办理" in resident.get(f"/track/{number}").text
    after = _score(app)
    assert after < before - 1

    official = login("official").get("/insight/services/HR-001").text
    assert f"{after:.1f}" in official
    with app.app_context():
        # Residents see it when the day is over.
        public_scores.close_day(utcnow() + timedelta(days=1))
    assert f"{after:.0f}" in app.test_client().get("/services/HR-001").text
    with app.app_context():
        assert rollups.verify() == []


def test_votes_move_it_too(app: Flask) -> None:
    _rate(app, 5, 12)
    before = _score(app)
    _rate(app, 1, 6)
    assert _score(app) < before - 1
