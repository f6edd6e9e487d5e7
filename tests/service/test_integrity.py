"""Setting votes aside: what is found, what is spared, again and back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from webapp.config import _staff_networks
from webapp.domain.integrity import Reason
from webapp.domain.workflow import Role
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import AuditEntry, Review, utcnow
from webapp.services import audit, integrity, reviews, rollups
from webapp.services.actor import Actor

pytestmark = pytest.mark.usefixtures("context")
AUDITOR = Actor(Role.AUDITOR, 1)


def vote(identity: str, level: int, at: datetime, comment: str = "", code: str = "HR-001") -> None:
    matter = f"{identity}{at.timestamp():.0f}"
    reviews.submit_review(reviews.ReviewDraft(code, identity, level, comment=comment, matter=matter), at)


def everyday(days: int = 25) -> None:
    """Two people a day, of mixed opinion."""
    for day in range(days):
        for turn in (0, 1):
            at = utcnow() - timedelta(days=days - day, hours=turn * 5)
            vote(f"n{day}-{turn}", 1 + (day * 2 + turn) % 5, at)


def aside() -> dict[str, int]:
    rows = db.session.execute(select(Review.set_aside, func.count()).group_by(Review.set_aside))
    return {reason: count for reason, count in rows if reason}


def test_one_person_many_times() -> None:
    everyday()
    for number in range(12):
        vote("again", 5, utcnow() - timedelta(hours=30 - number))
    assert integrity.sweep() == 9
    assert aside() == {Reason.IDENTITY_CAP: 9}
    assert rollups.verify() == []


def test_a_bought_crowd_is_found_and_an_angry_one_is_not() -> None:
    everyday()
    start = utcnow() - timedelta(days=3)
    for number in range(30):
        vote(f"bought{number}", 5, start + timedelta(minutes=number))
    assert integrity.sweep() >= 25
    assert set(aside()) == {Reason.BURST}
    # The system was down: people are angry in different degrees and in their own words.
    for number in range(30):
        level = (1, 1, 2, 1, 3, 2)[number % 6]
        vote(
            f"angry{number}",
            level,
            utcnow() - timedelta(minutes=40 - number),
            f"第{number}次打不开，{'急' * (number % 7)}",
            "HR-002",
        )
    assert integrity.sweep() == 0


def test_copied_words_are_found() -> None:
    everyday()
    text = "窗口工作人员业务熟练态度热情，给全科室点赞"
    for number in range(5):
        vote(f"copy{number}", 5, utcnow() - timedelta(hours=50 - number * 9), f"{text}{'！' * number}")
    assert integrity.sweep() == 4
    assert aside() == {Reason.NEAR_IDENTICAL: 4}


def test_a_sweep_may_run_again_and_sees_what_is_new() -> None:
    everyday()
    for number in range(6):
        vote("again", 5, utcnow() - timedelta(hours=30 - number))
    assert integrity.sweep() == 3
    assert integrity.sweep() == 0
    vote("again", 5, utcnow())
    assert integrity.sweep() == 1


def test_an_import_with_old_moments_is_seen() -> None:
    everyday()
    assert integrity.sweep() == 0
    for number in range(6):
        vote("imported", 5, utcnow() - timedelta(days=6, hours=number))
    assert integrity.sweep(utcnow() + timedelta(hours=2)) == 3


def test_restored_votes_stay_and_both_ways_are_on_record() -> None:
    everyday()
    for number in range(5):
        vote("again", 5, utcnow() - timedelta(hours=30 - number))
    assert integrity.sweep() == 2
    number = db.session.scalar(select(Review.review_id).where(Review.set_aside.is_not(None)).limit(1)) or ""
    with pytest.raises(InvalidInput):
        integrity.restore(number, " ", AUDITOR)
    integrity.restore(number, "电话核实为本人多次办事", AUDITOR)
    assert aside() == {Reason.IDENTITY_CAP: 1}
    vote("someone", 4, utcnow())
    assert integrity.sweep() == 0
    with pytest.raises(NotFound):
        integrity.restore(number, "再来一次", AUDITOR)
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("review.%"))).all()
    assert sorted(actions) == ["review.restore", "review.set_aside"]
    assert audit.first_broken() is None
    assert rollups.verify() == []


def test_a_service_that_nobody_rated_lately_is_not_read_again() -> None:
    everyday()
    integrity.sweep()
    later = utcnow() + timedelta(hours=1)
    assert integrity._rated_since_last_sweep(later)[1] == []


def test_a_vote_from_the_departments_own_offices_is_set_aside_at_once(context: Flask) -> None:
    context.config["STAFF_NETWORKS"] = _staff_networks("HR=10.1.0.0/16 *=10.9.0.0/24")
    cases = [
        ("10.1.4.7", "HR-001", True),
        ("10.2.4.7", "HR-001", False),
        ("10.9.0.3", "HR-002", True),
        ("", "HR-001", False),
    ]
    for number, (address, code, expected) in enumerate(cases):
        draft = reviews.ReviewDraft(code, f"s{number}", 5, address=address)
        review = reviews.submit_review(draft)
        assert (review.set_aside == Reason.STAFF_NETWORK) is expected, address
    assert rollups.verify() == []
    integrity.sweep()
    assert aside() == {Reason.STAFF_NETWORK: 2}


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="STAFF_NETWORKS"):
        _staff_networks("HR=10.1.0.0/33")
