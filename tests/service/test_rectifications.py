"""差评整改 and 申诉: clocks, one table, an independent judge, and counts that stay exact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import Town
from webapp.domain.rectification import RectificationStatus as S
from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput, MinpingError, NotFound
from webapp.extensions import db
from webapp.models import (
    Appeal,
    ChatMessage,
    Conversation,
    Department,
    OutboxMessage,
    Rectification,
    Review,
    Setting,
    User,
    utcnow,
)
from webapp.queries import appeals as appeal_queries
from webapp.queries import desk_reviews, evaluation, tallies
from webapp.services import appeals, asking, integrity, notify, rectifications, reviews, rollups
from webapp.services.actor import Actor
from webapp.services.reviews import ReviewDraft

pytestmark = pytest.mark.usefixtures("context")


class Carrier:
    """Keeps what it was given to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str, _message_id: str) -> None:
        self.sent.append((phone, text))


@pytest.fixture
def clerk(town: Town) -> Actor:
    return Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])


@pytest.fixture
def judge(town: Town) -> Actor:
    return Actor(Role.REVIEWER, town.users["reviewer"], None)


@pytest.fixture
def bad() -> Review:
    """A bad review of HR."""
    return reviews.submit_review(ReviewDraft("HR-001", "a", 1, comment="没人理"))


def _mending(review: Review) -> Rectification:
    assert review.rectification is not None
    return review.rectification


def _counts(town: Town) -> tallies.Counts:
    return tallies.total(
        tallies.read("department", evaluation.usual_window(), evaluation.usual_window().last)[
            town.departments["HR"]
        ]
    )


def test_the_days_are_the_citys(town: Town) -> None:
    db.session.add(Setting(name="rectification", value={"verify": 2, "reply": 4}))
    db.session.commit()
    mending = _mending(reviews.submit_review(ReviewDraft("HR-001", "x", 1)))
    assert mending.verify_due_at == rectifications.due(mending.opened_at, 2)
    assert mending.rectify_due_at == rectifications.due(mending.opened_at, 4)


def test_verify_put_right_ask_answer(bad: Review, clerk: Actor) -> None:
    mending = _mending(bad)
    rectifications.verify(bad.review_id, clerk, mending.version)
    rectifications.rectify(bad.review_id, "增开窗口", clerk, mending.version, also_reply=True)
    assert (mending.status, bad.reply) == (S.RECTIFIED, "增开窗口")
    rectifications.answer(mending, 4)
    assert (mending.status, mending.satisfied) == (S.FOLLOWED_UP, 4)
    rectifications.answer(mending, 2)
    assert mending.satisfied == 2
    with pytest.raises(Conflict):
        rectifications.answer(mending, 5, utcnow() + timedelta(hours=25))
    assert rollups.verify() == []


def test_silence_after_the_rectification_is_no_answer(bad: Review, clerk: Actor, town: Town) -> None:
    rectifications.rectify(bad.review_id, "增开窗口", clerk)
    assert rectifications.close_silent(utcnow() + timedelta(days=6)) == 0
    assert rectifications.close_silent(utcnow() + timedelta(days=8)) == 1
    mending = _mending(bad)
    assert (mending.status, mending.satisfied) == (S.UNREACHED, None)
    counts = _counts(town)
    assert (counts["bad_asked"], counts["bad_heard"], counts["bad_satisfied"]) == (1, 0, 0)
    tally = tallies.rate_tally(counts)
    assert (sum(tally.rectified_satisfied), tally.rectified_unreached) == (0, 1)
    rectifications.answer(mending, 5)
    assert _counts(town)["bad_satisfied"] == 1
    assert rollups.verify() == []


def test_while_the_reviewer_is_asked_the_department_is_not_late(
    bad: Review, clerk: Actor, town: Town
) -> None:
    mending = _mending(bad)
    rectifications.rectify(bad.review_id, "增开窗口", clerk, also_reply=True)
    mending.rectify_due_at = utcnow() - timedelta(hours=1)
    db.session.commit()
    left = tallies.mending(town.departments["HR"], evaluation.usual_window(), utcnow())
    assert (left.not_replied.total(), left.not_asked.total()) == (0, 1)


@pytest.mark.parametrize("granted", [True, False])
def test_an_appeal_counts_until_it_is_granted(
    bad: Review, clerk: Actor, judge: Actor, town: Town, granted: bool
) -> None:
    mending = _mending(bad)
    appeals.appeal(bad.review_id, "malicious", "没有办过件", clerk, mending.version)
    assert (mending.status, bad.set_aside, _counts(town)["rating_1"]) == (S.APPEALED, None, 1)
    appeals.decide(bad.review_id, granted, "核对了叫号记录", judge, mending.version)
    assert mending.status == (S.SET_ASIDE if granted else S.APPEAL_REFUSED)
    assert bad.set_aside == ("appeal_granted" if granted else None)
    assert _counts(town)["rating_1"] == (0 if granted else 1)
    found = appeal_queries.counts(evaluation.usual_window(), town.services["HR-001"])
    assert (found.filed, found.granted, found.refused) == (1, int(granted), int(not granted))
    assert appeal_queries.counts(evaluation.usual_window(), town.services["HR-002"]).filed == 0
    assert rollups.verify() == []
    assert db.session.get(Review, bad.id) is bad


def test_a_refusal_leaves_time_to_put_it_right(bad: Review, clerk: Actor, judge: Actor) -> None:
    mending = _mending(bad)
    appeals.appeal(bad.review_id, "mistaken", "说的是隔壁窗口", clerk)
    later = mending.rectify_due_at - timedelta(hours=1)
    appeals.decide(bad.review_id, False, "就是本窗口", judge, at=later)
    assert mending.rectify_due_at == rectifications.due(later, 3)
    rectifications.rectify(bad.review_id, "换了人", clerk)
    assert mending.status == S.RECTIFIED


def test_only_once_and_in_time(bad: Review, clerk: Actor, judge: Actor) -> None:
    late = appeals.closes_at(_mending(bad)) + timedelta(minutes=1)
    with pytest.raises(Conflict, match="期限"):
        appeals.appeal(bad.review_id, "mistaken", "理由", clerk, at=late)
    appeals.appeal(bad.review_id, "mistaken", "理由", clerk)
    appeals.decide(bad.review_id, False, "不成立", judge)
    with pytest.raises(Conflict, match="一次"):
        appeals.appeal(bad.review_id, "mistaken", "再来", clerk)


@pytest.mark.parametrize(
    ("role", "department"),
    [
        (Role.REVIEWER, "HR"),
        (Role.CLERK, "HOUSING"),
        (Role.HEAD, "HR"),
        (Role.OFFICIAL, None),
        (Role.ADMIN, None),
    ],
)
def test_who_may_not_decide(
    bad: Review, clerk: Actor, town: Town, role: Role, department: str | None
) -> None:
    appeals.appeal(bad.review_id, "mistaken", "理由", clerk)
    actor = Actor(role, town.users["reviewer"], town.departments[department] if department else None)
    with pytest.raises(Forbidden):
        appeals.decide(bad.review_id, True, "同意", actor)
    db.session.rollback()
    assert bad.set_aside is None


def test_a_reviewer_of_the_department_above_may_not_decide(bad: Review, clerk: Actor, town: Town) -> None:
    home = db.session.get_one(Department, town.departments["HR"])
    home.parent_id = town.departments["CITY-OFFICE"]
    appeals.appeal(bad.review_id, "mistaken", "理由", clerk)
    with pytest.raises(Forbidden):
        appeals.decide(
            bad.review_id,
            True,
            "同意",
            Actor(Role.REVIEWER, town.users["reviewer"], town.departments["CITY-OFFICE"]),
        )


def test_nobody_decides_an_appeal_of_their_own(bad: Review, clerk: Actor, town: Town) -> None:
    appeals.appeal(bad.review_id, "mistaken", "理由", clerk)
    moved = Actor(Role.REVIEWER, clerk.user_id, town.departments["HOUSING"])
    with pytest.raises(Forbidden, match="自己"):
        appeals.decide(bad.review_id, True, "同意", moved)


@pytest.mark.parametrize(
    ("ground", "reason", "field"),
    [("", "理由", "ground"), ("hate", "理由", "ground"), ("mistaken", " ", "text")],
)
def test_an_appeal_needs_ground_and_reason(
    bad: Review, clerk: Actor, ground: str, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        appeals.appeal(bad.review_id, ground, reason, clerk)
    assert caught.value.field == field
    db.session.rollback()
    assert db.session.query(Appeal).count() == 0


def test_two_at_once_conflict_cleanly(bad: Review, clerk: Actor) -> None:
    seen = _mending(bad).version
    rectifications.verify(bad.review_id, clerk, seen)
    with pytest.raises(Conflict):
        rectifications.rectify(bad.review_id, "措施", clerk, seen)
    db.session.rollback()
    assert _mending(bad).status == S.VERIFIED


def test_a_better_word_ends_it_and_a_bad_one_begins_it_again(bad: Review, clerk: Actor) -> None:
    mending = _mending(bad)
    rectifications.verify(bad.review_id, clerk)
    reviews.submit_review(ReviewDraft("HR-001", "a", 5))
    assert mending.status == S.RESCINDED
    with pytest.raises(Conflict):
        rectifications.rectify(bad.review_id, "措施", clerk)
    db.session.rollback()
    reviews.submit_review(ReviewDraft("HR-001", "a", 2))
    assert (mending.status, mending.verified_at) == (S.OPENED, None)
    assert rollups.verify() == []


def test_an_auditor_who_counts_it_again_overrules_the_appeal(
    bad: Review, clerk: Actor, judge: Actor, town: Town
) -> None:
    appeals.appeal(bad.review_id, "malicious", "理由", clerk)
    appeals.decide(bad.review_id, True, "同意", judge)
    integrity.restore(bad.review_id, "叫号记录显示办过件", Actor(Role.AUDITOR, town.users["auditor"]))
    assert (bad.set_aside, _mending(bad).status) == (None, S.APPEAL_REFUSED)
    assert rollups.verify() == []


@pytest.mark.parametrize("channel", ["chat", "web"])
def test_the_reviewer_is_told_of_every_step(clerk: Actor, judge: Actor, channel: str) -> None:
    """In their chat; on the web by text message, if they left a number."""
    db.session.add(Conversation(sender=f"{channel}:v", channel=channel, identity="v"))
    review = reviews.submit_review(ReviewDraft("HR-001", "v", 1, channel=channel))
    if channel == "web":
        rectifications.leave_phone(review.review_id, "v", "138 0000 1234")
    appeals.appeal(review.review_id, "mistaken", "理由", clerk)
    appeals.decide(review.review_id, False, "证据不足", judge)
    rectifications.rectify(review.review_id, "增开窗口", clerk)
    carrier = Carrier()
    notify.deliver(carrier)
    notify.deliver(carrier)
    texts = [m.text for m in db.session.query(ChatMessage).order_by(ChatMessage.id)]
    if channel == "web":
        assert {phone for phone, _text in carrier.sent} == {"13800001234"}
        texts = [text for _phone, text in carrier.sent]
    assert "独立审核" in texts[0]
    assert "驳回" in texts[1]
    assert "证据不足" in texts[1]
    assert len(texts) == 3
    assert asking.judged(texts[2].rsplit("/m/", 1)[1]) is review.rectification


def test_without_a_way_to_reach_them_nothing_is_queued(bad: Review, clerk: Actor) -> None:
    rectifications.rectify(bad.review_id, "增开窗口", clerk)
    assert db.session.query(OutboxMessage).count() == 0


@pytest.mark.parametrize(("identity", "phone"), [("other", "13800001234"), ("a", "12"), ("a", "打电话")])
def test_a_number_is_taken_from_the_reviewer_only(bad: Review, identity: str, phone: str) -> None:
    with pytest.raises((NotFound, InvalidInput)):
        rectifications.leave_phone(bad.review_id, identity, phone)


def test_another_departments_clerk_does_nothing(bad: Review, town: Town) -> None:
    other = Actor(Role.CLERK, town.users["clerk.housing"], town.departments["HOUSING"])
    for work in (
        lambda: rectifications.verify(bad.review_id, other),
        lambda: rectifications.rectify(bad.review_id, "措施", other),
        lambda: appeals.appeal(bad.review_id, "mistaken", "理由", other),
    ):
        with pytest.raises(MinpingError):
            work()
    assert _mending(bad).status == S.OPENED


def test_what_is_open_is_listed_by_the_next_deadline(town: Town, clerk: Actor) -> None:
    made = [
        reviews.submit_review(
            ReviewDraft("HR-001", f"r{number}", 1), utcnow() - timedelta(days=number * 3 % 47, hours=number)
        )
        for number in range(45)
    ]
    for review in made[::3]:
        rectifications.verify(review.review_id, clerk)
    rectifications.rectify(made[0].review_id, "补发了通知", clerk)
    user = db.session.get_one(User, town.users["clerk"])
    listed = [
        review
        for page in (1, 2, 3)
        for review in desk_reviews.reviews(user, desk_reviews.ReviewFilter(page=page))[0]
    ]
    assert {review.review_id for review in listed} == {review.review_id for review in made[1:]}
    deadlines = [m.rectify_due_at if m.verified_at else m.verify_due_at for m in map(_mending, listed)]
    assert len(deadlines) == 44
    assert deadlines == sorted(deadlines)
