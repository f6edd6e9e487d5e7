"""Whatever happens, in whatever order, the roll-ups equal a recount: random walks through the services."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import Town
from webapp.domain.workflow import Role, Solved, Status, WorkflowError, allowed_actions
from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.models import ROLLUPS, FollowUpCall, Review, ServiceRequest, utcnow
from webapp.services import (
    appeals,
    casework,
    follow_up,
    integrity,
    rectifications,
    reviews,
    rollups,
    sampling,
    submit,
    support,
)
from webapp.services.actor import RESIDENT, SYSTEM, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

SERVICES = ("HR-001", "HR-002", "HOUSING-001", None)
AREAS = ("T", "T1", "T1111", "T2111", None)
CHANNELS = ("web", "chat", "counter")
TEXTS = (
    "路灯坏了好几天",
    "办事太慢，来回跑了三趟",
    "谢谢工作人员耐心解答",
    "小区半夜施工，气死人了",
    "想问问社保怎么转",
)
STAFF = (
    Role.CLERK,
    Role.HEAD,
    Role.DISPATCHER,
    Role.REVIEWER,
    Role.HOTLINE_AGENT,
    Role.OFFICIAL,
    Role.GRID_WORKER,
)


class Walk:
    """A seeded sequence of service calls over the last months; refusals are part of life."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.rng, self.now = town, random.Random(seed), utcnow() - timedelta(days=70)
        self.done = 0

    def step(self) -> None:
        self.now += timedelta(hours=self.rng.uniform(0, 20))
        self.now = min(self.now, utcnow())
        moves = (
            self.submit,
            self.review,
            self.act,
            self.act,
            self.act,
            self.answer,
            self.mend,
            self.aside,
            self.support,
            self.call,
        )
        try:
            self.rng.choice(moves)()
            self.done += 1
        except (MinpingError, WorkflowError):
            db.session.rollback()

    def submit(self) -> None:
        draft = RequestDraft(
            text=self.rng.choice(TEXTS), channel=self.rng.choice(CHANNELS), identity=f"p{self.rng.randrange(9)}",
            service_code=self.rng.choice(SERVICES), area_code=self.rng.choice(AREAS),
            category_code=self.rng.choice((None, "010101")), contact_phone=self.rng.choice(("", "13800001234")),
        )  # fmt: skip
        submit.submit_request(draft, self.now)

    def review(self) -> None:
        draft = reviews.ReviewDraft(
            self.rng.choice(SERVICES[:3]) or "", f"p{self.rng.randrange(6)}", self.rng.choice((None, 1, 2, 3, 4, 5)),
            comment=self.rng.choice(("", *TEXTS)), channel=self.rng.choice(CHANNELS),
        )  # fmt: skip
        reviews.submit_review(draft, self.now)

    def _request(self, *statuses: Status) -> ServiceRequest:
        query = db.select(ServiceRequest).order_by(ServiceRequest.id)
        if statuses:
            query = query.where(ServiceRequest.status.in_(statuses))
        found = db.session.scalars(query).all()
        if not found:
            raise MinpingError("nothing there yet")
        return self.rng.choice(found)

    def _review(self) -> Review:
        found = db.session.scalars(db.select(Review).order_by(Review.id)).all()
        if not found:
            raise MinpingError("nothing there yet")
        return self.rng.choice(found)

    def act(self) -> None:
        request = self._request()
        pairs = [(role, action) for role in STAFF for action in allowed_actions(Status(request.status), role)]
        role, action = self.rng.choice(pairs)
        actor = Actor(role, self.town.users["clerk"], request.department_id, self.town.areas["T"])
        step = Step(
            action, "有理由", department_code=self.rng.choice(list(self.town.departments)), category_code="010101",
            merge_into=self._request().service_request_id, workdays=self.rng.randint(1, 5),
        )  # fmt: skip
        casework.act(request.service_request_id, step, actor, self.now)

    def answer(self) -> None:
        if self.rng.random() < 0.2:
            later = self.now + timedelta(days=self.rng.randint(0, 40))
            self.rng.choice([follow_up.close_silent, follow_up.close_answered])(later)
            return
        word = self.rng.choice(list(Solved))
        reply = follow_up.FollowUp(self.rng.random() < 0.8, word, self.rng.randint(1, 5))
        status = self.rng.choice([Status.RESOLVED, Status.FOLLOWED_UP, Status.REOPENED, Status.CLOSED])
        later = self.rng.random() < 0.5
        follow_up.answer(self._request(status), reply, RESIDENT, self.now, may_correct=later)

    def call(self) -> None:
        """Draw residents, or call one of them."""
        caller = Actor(Role.REVIEWER, self.town.users["reviewer"])
        waiting = db.session.scalars(
            db.select(FollowUpCall).where(FollowUpCall.state == "waiting").order_by(FollowUpCall.id)
        ).all()
        if not waiting:
            sampling.draw(caller, "walk", 60, self.now)
            return
        word = follow_up.FollowUp(
            True, self.rng.choice(list(Solved)), self.rng.randint(1, 5), through=follow_up.SAMPLE
        )
        outcome = self.rng.choice(("reached", "reached", "refused"))
        reply = word if outcome == "reached" else None
        sampling.record(self.rng.choice(waiting), outcome, caller, reply, at=self.now)

    def mend(self) -> None:
        review = self._review()
        actor = Actor(Role.CLERK, self.town.users["clerk"], review.department_id)
        kind = self.rng.randrange(7)
        if kind == 6:
            rectifications.close_silent(self.now + timedelta(days=self.rng.randint(0, 20)))
        elif kind == 5:
            judge = Actor(Role.REVIEWER, self.town.users["reviewer"])
            appeals.decide(review.review_id, self.rng.random() < 0.5, "核对过", judge, at=self.now)
        elif kind == 4:
            appeals.appeal(review.review_id, "mistaken", "有依据", actor, at=self.now)
        elif kind == 0:
            reviews.reply_to_review(review.review_id, "谢谢您的意见", actor, self.now)
        elif kind == 1:
            rectifications.verify(review.review_id, actor, at=self.now)
        elif kind == 2:
            rectifications.rectify(review.review_id, "增开窗口", actor, at=self.now)
        else:
            rectifications.answer_own(review.review_id, self.rng.randint(1, 5), review.identity, self.now)

    def aside(self) -> None:
        if self.rng.random() < 0.5:
            integrity.sweep(self.now)
        else:
            integrity.restore(self._review().review_id, "核实为真实评价", SYSTEM)

    def support(self) -> None:
        support.support(self._request().service_request_id, f"p{self.rng.randrange(9)}")


def _walk(town: Town, seed: int, steps: int) -> Walk:
    walk = Walk(town, seed)
    for _ in range(steps):
        walk.step()
    return walk


@pytest.mark.parametrize("seed", range(4))
def test_random_walks_keep_the_rollups_exact(context: Flask, town: Town, seed: int) -> None:
    walk = _walk(town, seed, 120)
    assert walk.done > 50
    assert rollups.verify() == []


def test_verify_notices_a_wrong_number(context: Flask, town: Town) -> None:
    _walk(town, 9, 30)
    row = db.session.scalars(db.select(ROLLUPS["department"]).limit(1)).one()
    row.received += 1  # type: ignore[attr-defined]
    db.session.commit()
    assert len(rollups.verify()) == 1
    rollups.rebuild()
    assert rollups.verify() == []


@pytest.fixture
def postgres_town(postgres_app: Flask, town: Town) -> Iterator[Town]:
    with postgres_app.app_context():
        yield town


@pytest.mark.needs_postgres
def test_random_walks_on_postgresql(postgres_town: Town) -> None:
    walk = _walk(postgres_town, 21, 100)
    assert walk.done > 40
    assert rollups.verify() == []


@pytest.mark.needs_postgres
def test_scorecards_on_postgresql(postgres_town: Town) -> None:
    from webapp.queries import categories, evaluation, trends

    _walk(postgres_town, 5, 80)
    window = evaluation.usual_window()
    cards = evaluation.service_scorecards(window)
    assert sum(c.votes for c in cards) == sum(
        1 for r in db.session.scalars(db.select(Review)) if r.rating and not r.set_aside
    )
    assert evaluation.department_scorecards(window)
    assert evaluation.area_scorecards(2, window)
    assert len(trends.department_trend("HR", window)) == trends.POINTS
    assert categories.category_demand(window, 1)
    assert isinstance(categories.early_hints(), list)


def test_local_days_decide_the_row(context: Flask) -> None:
    late = datetime.fromisoformat("2026-03-01T23:30:00+08:00")
    reviews.submit_review(reviews.ReviewDraft("HR-001", "night", 4), late)
    stored = db.session.scalar(db.select(Review))
    assert stored is not None
    assert stored.created_day.isoformat() == "2026-03-01"
    assert rollups.verify() == []
