"""What is done to many votes in one statement gives what doing it to one object after the other gives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from webapp.domain.integrity import screen
from webapp.extensions import db
from webapp.models import COUNTERS, ROLLUPS, AuditEntry, Rectification, Review, Service, Setting, utcnow
from webapp.services import audit, integrity, reviews, rollups
from webapp.services.actor import SYSTEM
from webapp.services.rollup_counts import ReviewFacts, review_counts
from webapp.services.rollup_reviews import review_totals

COPY = "窗口工作人员业务熟练态度热情，给全科室点赞"
Picture = tuple[dict[str, tuple[str | None, int]], list[tuple[str, Any]], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def votes(either_app: Flask) -> Iterator[None]:
    """Two services whose last month has ordinary votes, regulars, a bought crowd and copied words."""
    with either_app.app_context():
        dice, now = random.Random(6), utcnow()
        for code in ("HR-001", "HR-002"):
            for number in range(70):
                at = now - timedelta(hours=dice.uniform(1, 600))
                words = f"{dice.choice('甲乙丙丁')}号窗口等了{number}分钟" if number % 3 else ""
                _vote(code, f"{code}-{number}", dice.randint(1, 5), at, words)
            for number in range(9):
                _vote(code, "again", dice.choice((1, 5)), now - timedelta(hours=40 - number))
                _vote(code, f"copy{number}", 5, now - timedelta(hours=90 - 7 * number), COPY)
            for number in range(30):
                _vote(code, f"bought{number}", 5, now - timedelta(days=2, minutes=number))
        for number, mending in enumerate(db.session.scalars(select(Rectification)).all()):
            mending.rectified_at = now if number % 2 else None
            mending.followed_up_at, mending.satisfied = (
                (now, 1 + number % 5) if number % 4 == 1 else (None, None)
            )
        db.session.commit()
        yield


def _vote(code: str, who: str, level: int, at: Any, words: str = "") -> None:
    matter = f"{who}{at.timestamp():.0f}"
    reviews.submit_review(reviews.ReviewDraft(code, who, level, comment=words, matter=matter), at)


def _picture() -> Picture:
    """Reasons and versions, what the audit trail says of them, and the roll-ups."""
    r = Review
    marks = {n: (a, v) for n, a, v in db.session.execute(select(r.review_id, r.set_aside, r.version))}
    entry = select(AuditEntry.subject, AuditEntry.details).where(AuditEntry.action == "review.set_aside")
    said = sorted(((s, d) for s, d in db.session.execute(entry)), key=repr)
    tables = {}
    for kind, model in ROLLUPS.items():
        columns = [getattr(model, name) for name in ("unit_id", "channel", "day", *COUNTERS)]
        tables[kind] = sorted(tuple(row) for row in db.session.execute(select(*columns)) if any(row[3:]))
    return marks, said, tables


def _sweep_by_objects(now: Any) -> None:
    """The checks applied to one object after the other; the session's listener counts. Nothing is committed."""
    restored = set(
        db.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "review.restore"))
    )
    for service in db.session.scalars(select(Service).order_by(Service.id)).all():
        known, aside = integrity._votes(service.id, now - integrity.LOOKBACK)
        numbers = defaultdict(list)
        for suggestion in screen(known):
            review = db.session.get_one(Review, suggestion.vote_id)
            if review.id not in aside and review.review_id not in restored:
                review.set_aside = suggestion.reason.value
                numbers[suggestion.reason].append(review.review_id)
        for reason, found in numbers.items():
            audit.record(
                "review.set_aside",
                f"service:{service.service_code}",
                reason=reason.value,
                reviews=sorted(found),
            )


@pytest.mark.usefixtures("votes")
def test_a_sweep_sets_aside_what_one_object_after_the_other_would() -> None:
    now = utcnow()
    assert integrity.sweep(now) > 40
    # A person puts some back; the rest is forgotten and must be found again.
    numbers = db.session.scalars(
        select(Review.review_id).where(Review.set_aside.is_not(None)).order_by(Review.id).limit(3)
    ).all()
    for number in numbers:
        integrity.restore(number, "电话核实为本人", SYSTEM)
    db.session.execute(update(Review).values(set_aside=None))
    db.session.execute(delete(Setting).where(Setting.name == integrity.PROGRESS))
    rollups.rebuild()
    _sweep_by_objects(now)
    db.session.flush()
    expected = _picture()
    db.session.rollback()
    found = integrity.sweep(now)
    marks, said, tables = _picture()
    assert found == sum(1 for reason, _version in marks.values() if reason)
    assert len({reason for reason, _version in marks.values()}) >= 3
    assert not any(marks[number][0] for number in numbers)
    assert (marks, said, tables) == expected
    assert rollups.verify() == []
    assert audit.first_broken() is None


@pytest.mark.usefixtures("votes")
def test_a_sweep_before_a_rebuild_leaves_the_counting_to_it() -> None:
    before = _picture()[2]
    assert integrity.sweep(counting=False) > 40
    assert _picture()[2] == before
    assert rollups.verify()
    rollups.rebuild()
    assert rollups.verify() == []


@pytest.mark.usefixtures("votes")
def test_reviews_counted_at_once_are_reviews_counted_one_by_one() -> None:
    integrity.sweep()
    some = db.session.scalars(select(Review).order_by(Review.id)).all()
    # Facts that no vote of the town has, each on its own and together.
    some[0].asked = some[1].asked = some[2].is_default = True
    some[1].rating, some[3].rating, some[4].prediction, some[5].prediction = 1, None, 0, None
    db.session.flush()
    for chosen in (some, some[:7], []):
        expected: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for review in chosen:
            facts = _facts(review)
            for key in facts.keys():  # noqa: SIM118 - not a mapping
                for name, value in review_counts(facts).items():
                    expected[key][name] += value
        ids = [review.id for review in chosen]
        totals = {keys[0]: counts for keys, counts in review_totals(Review.id.in_(ids))}
        assert totals == {key: {n: v for n, v in c.items() if v} for key, c in expected.items()}
    assert db.session.scalar(select(func.count(Review.set_aside))) > 40  # type: ignore[operator]


def _facts(review: Review) -> ReviewFacts:
    mending = review.rectification
    return ReviewFacts(
        review.service_id, review.department_id, review.area_id, review.channel, review.created_day, review.rating,
        review.is_default, review.set_aside is not None, review.prediction, review.replied_at is not None,
        mending is not None and mending.rectified_at is not None,
        mending is not None and mending.followed_up_at is not None,
        mending is not None and mending.satisfied is not None,
        mending is not None and (mending.satisfied or 0) >= 3, review.asked,
    )  # fmt: skip
