"""Peers by policy, scores of categories, and official composites beside the score, from the database up."""

from __future__ import annotations

import pytest

from tests.factories import Town
from webapp.domain.official import Agreement
from webapp.domain.tallies import CaseTally, UnitTally
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import Setting
from webapp.queries import calendars, evaluation, official, tallies
from webapp.queries.category_scores import category_scores
from webapp.queries.influence import largest_influence
from webapp.queries.policy import SETTING, policy_from
from webapp.queries.scoring import scored_among_peers, today
from webapp.queries.tallies import Window, unit_tally
from webapp.services import casework, follow_up, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")


def answered(town: Town, words: list[Solved], category: str | None = None) -> None:
    """Requests about one service, resolved and followed up with these words."""
    for word in words:
        draft = RequestDraft(text="社保窗口排队太久", service_code="HR-001", category_code=category)
        request = submit.submit_request(draft).request
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
        satisfied = 3 if word is Solved.YES else 1
        follow_up.answer(request, follow_up.FollowUp(True, word, satisfied), RESIDENT)


def unit(code: str, solved: int) -> tuple[str, UnitTally]:
    return code, UnitTally(code, cases=CaseTally(on_time=40, solved_yes=solved, solved_no=40 - solved))


def test_each_group_is_its_own_peers_and_small_ones_join_the_rest() -> None:
    policy = policy_from({"peer_groups": {"a": ["A"], "a1": ["A1"], "b": ["B"]}})
    units = [unit(f"A-{i}", 36 + i % 3) for i in range(6)] + [unit(f"A1-{i}", 10 + i % 3) for i in range(6)]
    units += [unit("B-0", 20), unit("C-0", 20)]
    found = scored_among_peers(units, "service", policy)
    assert [s.key for s in found] == [code for code, _ in units]
    # The longest beginning that fits decides; two b and c are too few for groups of their own.
    assert [(s.peer_group, s.peers) for s in (found[0], found[6], found[12], found[13])] == [
        ("a", 6), ("a1", 6), ("", 2), ("", 2),
    ]  # fmt: skip
    # Among alike peers a unit is known better, and it is held against their mean.
    together = scored_among_peers(units, "service", policy_from({}))
    assert found[6].parts["R"].high < together[6].parts["R"].high
    assert (found[0].target or 0) > (together[0].target or 0) > (found[6].target or 0)


def test_a_set_aside_vote_is_no_use_that_its_channel_weighs_by() -> None:
    for number in range(4):
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"p{number}", 5))
    review = reviews.submit_review(reviews.ReviewDraft("HR-001", "bought", 5))
    review.set_aside = "burst"
    db.session.commit()
    (channels,) = tallies.read("service", Window.ending(today(), 7), today()).values()
    (stratum,) = unit_tally("x", channels).strata
    assert (stratum.votes, stratum.closed_cases) == (4, 4)


def test_categories_are_scored_by_what_requests_have(town: Town) -> None:
    answered(town, [Solved.YES] * 9 + [Solved.NO] * 3, category="0101")
    found = [s for s in category_scores(Window.ending(today(), 30), 2).values() if s.followed_up]
    assert sum(s.followed_up for s in found) == 12
    best = max(found, key=lambda s: s.followed_up)
    assert set(best.parts) <= {"R", "T", "V"}
    assert sum(best.weights.values()) == pytest.approx(1)


def test_an_official_composite_stands_beside_the_score(town: Town) -> None:
    answered(town, [Solved.YES] * 9 + [Solved.NO] * 3)
    indices = [{"name": "区里的", "response": 0.1, "resolution": 0.5, "satisfaction": 0.4, "basically": 0.9}]
    db.session.add(Setting(name=SETTING, value={"official_indices": indices}))
    db.session.commit()
    window = evaluation.usual_window()
    (line,) = official.comparisons(window)["HR"]
    # All were contacted; 9 of 12 solved; 9 of 12 basically satisfied: .1 + .5 · .75 + .4 · .9 · .75.
    assert line.index.value == pytest.approx(100 * (0.1 + 0.375 + 0.27))
    assert line.index.index.name == "区里的"
    assert line.agreement in tuple(Agreement)


@pytest.mark.parametrize(
    "value",
    [
        {"official_indices": [{"name": "x", "response": -1, "resolution": 1}]},
        {"official_indices": [{"name": "x"}]},
        {"official_indices": [{"name": "x", "resolution": 1, "basically": 2}]},
    ],
)
def test_an_impossible_composite_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="weights"):
        policy_from(value)


def test_a_city_without_history_has_no_seasons_and_even_days() -> None:
    held = calendars.exposure(today())
    assert calendars.seasons(today(), 12, 2, 4, held) == {}
    weeks = calendars.weeks(today(), 12, 2, held)
    assert len(weeks.past) == 12
    assert set(weeks.past) == {1.0}


def test_the_most_influential_person_is_found(town: Town) -> None:
    for number in range(8):
        reviews.submit_review(reviews.ReviewDraft("HR-001", f"p{number}", 5))
    window = Window.ending(today(), 7)
    assert largest_influence(town.services["HR-002"], window) is None
    for number in range(2):
        reviews.submit_review(reviews.ReviewDraft("HR-001", "angry", 1, matter=f"m{number}"))
    found = largest_influence(town.services["HR-001"], window)
    # Eight ones of ten votes: .8; without the two votes of one person 1.0.
    assert found is not None
    assert (found.people, found.votes) == (9, 2)
    assert found.moved == pytest.approx(0.2)
