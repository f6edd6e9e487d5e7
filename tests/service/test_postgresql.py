"""The same services on PostgreSQL: a whole life of a request, and residents who all speak at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ChatMessage, Conversation, ServiceRequest, User, utcnow
from webapp.queries import appeals as appeal_queries
from webapp.queries import (
    desk,
    desk_counts,
    desk_reviews,
    evaluation,
    follow_ups,
    monthly_public,
    report_topics,
)
from webapp.queries import mediations as mediation_queries
from webapp.queries import public_scores as public_score_queries
from webapp.services import (
    appeals,
    audit,
    casework,
    events,
    follow_up,
    hot_topics,
    mediations,
    monthly,
    notify,
    public_scores,
    reviews,
    rollups,
    sampling,
    submit,
)
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step

pytestmark = pytest.mark.needs_postgres
TOGETHER = 12


@pytest.fixture
def city(postgres_app: Flask, town: Town) -> Iterator[tuple[Flask, Town]]:
    """The small town in PostgreSQL."""
    with postgres_app.app_context():
        yield postgres_app, town


def assert_books_balance() -> None:
    """Roll-ups equal a recount, and no chain of events or audit entries is broken."""
    assert rollups.verify() == []
    assert events.broken_chains() == []
    assert audit.first_broken() is None


def test_a_request_from_first_word_to_last(city: tuple[Flask, Town]) -> None:
    _, town = city
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    done = submit.submit_request(
        submit.RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001")
    )
    number = done.request.service_request_id
    casework.act(number, Step(Action.ACCEPT), clerk)
    casework.act(number, Step(Action.RESOLVE, "已增开窗口"), clerk)
    follow_up.answer(done.request, follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    assert submit.open_case(number, done.secret).status == "closed"
    assert_books_balance()


def test_residents_who_speak_at_once_are_all_heard(city: tuple[Flask, Town]) -> None:
    app, _ = city

    def speak(number: int) -> str:
        with app.app_context():
            draft = submit.RequestDraft(text=f"柳树社区{number}号楼的路灯坏了", area_code="T111")
            return submit.submit_request(draft).request.service_request_id

    with ThreadPoolExecutor(TOGETHER) as pool:
        numbers = list(pool.map(speak, range(TOGETHER)))
    assert len(set(numbers)) == TOGETHER
    assert db.session.scalar(select(func.count(ServiceRequest.id))) == TOGETHER
    assert_books_balance()


def test_bad_reviews_samples_and_mediations(city: tuple[Flask, Town]) -> None:
    _, town = city
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    judge = Actor(Role.REVIEWER, town.users["reviewer"])
    bad = reviews.submit_review(reviews.ReviewDraft("HR-001", "a", 1, channel="chat"))
    db.session.add(Conversation(sender="web:a", channel="chat", identity="a"))
    appeals.appeal(bad.review_id, "mistaken", "说的是隔壁窗口", clerk)
    appeals.decide(bad.review_id, True, "属实", judge)
    notify.deliver()
    assert db.session.scalar(select(func.count(ChatMessage.id))) == 2
    assert appeal_queries.counts(evaluation.usual_window()).granted == 1
    assert appeal_queries.appeals(True, 1)[1] == 1
    staff = db.session.get_one(User, town.users["clerk"])
    for view in desk_reviews.VIEWS:
        desk_reviews.reviews(staff, desk_reviews.ReviewFilter(view))
    for _ in range(2):
        draft = submit.RequestDraft(text="老板拖欠工资", service_code="HR-001", contact_phone="13800001234")
        number = submit.submit_request(draft).request.service_request_id
        casework.act(number, Step(Action.ACCEPT), clerk)
    mediations.refer(number, mediations.Referral("people", "wages", "调委会", "phone"), clerk)
    assert mediation_queries.counts(staff)[0].running == 1
    casework.act(number, Step(Action.RESOLVE, "已答复"), clerk)
    sample = sampling.draw(judge, "2026")
    (call,) = sample.calls
    assert [c.id for c in follow_ups.calls("due", 1)[0]] == [call.id]
    sampling.take(call, judge)
    word = follow_up.FollowUp(True, Solved.NO, 1, through=follow_up.SAMPLE)
    sampling.record(call, "reached", judge, word)
    assert sampling.is_as_drawn(sample)
    assert follow_ups.samples()[0].solved.denominator == 1
    assert [h.through for h in follow_ups.heard_by_way()] == ["sample"]
    assert_books_balance()


def test_what_is_public_and_what_reports_tell(city: tuple[Flask, Town]) -> None:
    """Closed days, the lists behind the indicators, hot topics and the month's topic."""
    _, town = city
    at = utcnow() - timedelta(days=3)
    for number in range(12):
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"p{number}", 1 + number % 5), at)
        draft = submit.RequestDraft(
            text="消防通道停满了车，救护车进不来",
            area_code="T1111",
            category_code="010101",
            identity=f"p{number}",
        )
        submit.submit_request(draft, at)
    assert public_scores.close_day() is not None
    assert public_scores.close_day() is None
    shown = public_score_queries.latest()
    assert shown is not None
    assert "HR-001" in shown.services
    hot_topics.refresh()
    official = Actor(Role.OFFICIAL, town.users["official"], None, town.areas["T"])
    topic = monthly.adopt(monthly.Draft(local(utcnow()).date(), "消防通道", "很多人说。", "010101"), official)
    monthly.add_task(topic.id, "HR", "划线", local(utcnow()).date(), official)
    window = evaluation.usual_window()
    (hot,) = report_topics.hot_topics(window, town.areas["T1"])
    assert hot.requests == 12
    (taken,) = report_topics.monthly_topics(window, town.areas["T1"], town.departments["HR"])
    assert taken.received == 12
    assert monthly_public.public_course(topic)
    staff = db.session.get_one(User, town.users["official"])
    for name in desk_counts.REQUESTS:
        desk.queue(staff, desk.QueueFilter(view="all", counted=name, home="T"))
    for name in desk_counts.REVIEWS:
        desk_reviews.reviews(staff, desk_reviews.ReviewFilter("all", votes=name, home="T"))
    cards = evaluation.department_scorecards(window)
    assert evaluation.together(cards, window)[1]["bad_replied"].exclusions["not_due"] == 6
