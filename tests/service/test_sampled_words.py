"""From the caller's form to the score: words of drawn residents in the roll-ups, everybody counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import Town
from webapp.domain.tallies import OF_CASES, StratumTally
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Review, ServiceRequest, utcnow
from webapp.queries import evaluation, tallies
from webapp.queries.scoring import today
from webapp.queries.tallies import Window
from webapp.services import asking_once, casework, follow_up, reviews, rollups, sampling, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.follow_up import FollowUp

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def reviewer(town: Town) -> Actor:
    return Actor(Role.REVIEWER, town.users["reviewer"])


def resolved(identity: str = "somebody", service: str = "HR-001") -> ServiceRequest:
    draft = submit.RequestDraft(
        text="社保转移窗口没人", service_code=service, contact_phone="13800001234", identity=identity
    )
    request = submit.submit_request(draft).request
    clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.area_id)
    casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
    casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
    return request


def call_all(reviewer: Actor, level: int, solved: Solved = Solved.YES) -> int:
    """Draw everybody who can be drawn and reach them all."""
    sample = sampling.draw(reviewer, "all", 100)
    for call in list(sample.calls):
        sampling.record(call, "reached", reviewer, FollowUp(True, solved, level, through=follow_up.SAMPLE))
    return len(sample.calls)


def strata() -> dict[str, StratumTally]:
    (channels,) = tallies.read("service", Window.ending(today(), 7), today()).values()
    return {s.stratum: s for s in tallies.unit_tally("x", channels).strata}


def sampled(stratum: StratumTally) -> list[int]:
    return [getattr(stratum, f"sampled_{level}") for level in range(1, 6)]


def test_drawn_words_and_told_words_stand_apart(reviewer: Actor) -> None:
    follow_up.answer(resolved(), FollowUp(True, Solved.YES, 5), RESIDENT)
    resolved(), resolved()
    reviews.submit_review(reviews.ReviewDraft("HR-001", "a visitor", 4))
    assert set(strata()) == {"web"}
    assert call_all(reviewer, 2) == 2
    found = strata()
    uses, cases = found["web"], found[f"web{OF_CASES}"]
    assert (uses.rating_4, uses.closed_cases, sampled(uses)) == (1, 1, [0] * 5)
    assert (sampled(cases), cases.told_5, cases.closed_cases, cases.votes) == ([0, 2, 0, 0, 0], 1, 3, 0)
    assert rollups.verify() == []


def test_what_a_drawn_resident_says_later_does_not_change_the_sample(reviewer: Actor) -> None:
    request = resolved()
    call_all(reviewer, 1, Solved.NO)
    follow_up.answer(request, FollowUp(True, Solved.YES, 5), RESIDENT, may_correct=True)
    found = strata()[f"web{OF_CASES}"]
    assert (request.satisfied, sampled(found), found.told_5) == (5, [1, 0, 0, 0, 0], 0)
    assert rollups.verify() == []


@pytest.mark.parametrize("voted_first", [True, False])
def test_who_was_asked_and_voted_counts_once(reviewer: Actor, voted_first: bool) -> None:
    resolved("p")
    moment = utcnow()
    if not voted_first:
        call_all(reviewer, 4)
    mine = reviews.submit_review(reviews.ReviewDraft("HR-001", "p", 5, comment="办得很快"), moment)
    other = reviews.submit_review(reviews.ReviewDraft("HR-001", "q", 3), moment)
    if voted_first:
        call_all(reviewer, 4)
    assert (mine.asked, other.asked) == (True, False)
    uses, cases = strata()["web"], strata()[f"web{OF_CASES}"]
    assert (uses.rating_5, uses.rating_3, uses.both_n, sampled(cases)) == (0, 1, 0, [0, 0, 0, 1, 0])
    # The official count of good reviews knows it still.
    counts = tallies.total(next(iter(tallies.read("service", Window.ending(today(), 7), today()).values())))
    assert (counts["rating_5"], counts["asked_5"], tallies.votes(counts)) == (1, 1, 2)
    assert rollups.verify() == []


def test_other_matters_of_the_same_person_count(reviewer: Actor) -> None:
    before = reviews.submit_review(reviews.ReviewDraft("HR-001", "p", 5), utcnow() - timedelta(days=3))
    resolved("p")
    call_all(reviewer, 4)
    elsewhere = reviews.submit_review(reviews.ReviewDraft("HOUSING-001", "p", 2))
    much_later = utcnow() + asking_once.SAME_MATTER + timedelta(days=1)
    again = reviews.submit_review(reviews.ReviewDraft("HR-001", "p", 5), much_later)
    assert [r.asked for r in (before, elsewhere, again)] == [False] * 3


def test_a_vote_that_names_the_case_steps_back_whoever_gave_it(reviewer: Actor) -> None:
    bad = reviews.submit_review(reviews.ReviewDraft("HOUSING-001", "browser", 1))
    request = resolved("phone", "HR-001")
    reviews.link_case(bad.review_id, "browser", request)
    call_all(reviewer, 2)
    assert db.session.scalar(db.select(Review.asked)) is True
    assert rollups.verify() == []


def test_the_sample_moves_the_score(reviewer: Actor) -> None:
    """Thirty volunteers per service are content, a hundred told so of their cases; those who were drawn are not."""
    for code in ("HR-001", "HR-002"):
        for number in range(30):
            reviews.submit_review(reviews.ReviewDraft(code, f"v{number}", 5 if number % 5 else 2))
    before = evaluation.service_scorecard("HR-001")
    # Not through the whole casework sixty times: the facts are what counts.
    for number in range(60):
        request = resolved(f"p{number}", "HR-001" if number % 2 else "HR-002")
        request.sampled = request.satisfied = 2 if number % 5 else 4
        db.session.commit()
    after = evaluation.service_scorecard("HR-001")
    assert before is not None
    assert after is not None
    assert (before.votes, after.votes) == (30, 30)
    assert after.parts["E"].adjusted < before.parts["E"].adjusted - 0.1
    # Raw stays what residents gave by themselves.
    assert after.raw_mean == before.raw_mean
    assert rollups.verify() == []
