"""Scorecards against counts made by hand, and that whatever residents and staff do moves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.factories import Town
from webapp.domain import shrinkage
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import ServiceRequest, Setting, utcnow
from webapp.queries import evaluation, gains, kept, trends, voices
from webapp.queries.evaluation import usual_window
from webapp.queries.policy import SETTING, policy_from, scoring_policy
from webapp.queries.tallies import Window, mending
from webapp.queries.units import GENERAL
from webapp.services import administration, casework, follow_up, integrity, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")


def rate(code: str, levels: list[int], channel: str = "web", prefix: str = "p", days_ago: int = 0) -> None:
    """One review per level, each by a person of their own."""
    at = utcnow() - timedelta(days=days_ago)
    for number, level in enumerate(levels):
        draft = reviews.ReviewDraft(
            code, f"{prefix}{code}{channel}{days_ago}-{number}", level, channel=channel
        )
        reviews.submit_review(draft, at)


def solve(town: Town, code: str | None, words: list[Solved], text: str = "社保窗口排队太久") -> list[str]:
    """One request per word, answered by the department it went to, followed up with that word."""
    numbers = []
    for word in words:
        request = submit.submit_request(RequestDraft(text=text, service_code=code)).request
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
        follow_up.answer(request, follow_up.FollowUp(True, word, 4 if word is Solved.YES else 2), RESIDENT)
        numbers.append(request.service_request_id)
    return numbers


def card(code: str) -> evaluation.Scorecard:
    found = evaluation.service_scorecard(code)
    assert found is not None
    return found


def test_counts_and_raw_mean_equal_those_made_by_hand() -> None:
    rate("HR-001", [5, 5, 4, 3, 1], "web")
    rate("HR-001", [2, 5], "counter")
    found = card("HR-001")
    assert found.ratings == (1, 1, 1, 1, 3)
    assert (found.votes, found.bad, found.n) == (7, 2, 7)
    # (level − 1) / 4: 1, 1, .75, .5, 0, .25, 1
    assert found.raw_mean == pytest.approx(4.5 / 7)
    good = found.rates()["good"]
    assert (good.numerator, good.denominator) == (5, 7)
    assert found.score is None
    assert found.tier.value == "insufficient"


def test_a_new_review_changes_the_score() -> None:
    rate("HR-001", [5] * 12 + [4] * 6)
    rate("HR-002", [4] * 10 + [2] * 5)
    before = card("HR-001")
    assert before.score is not None
    assert before.low is not None
    assert before.low < before.score < (before.high or 0)
    rate("HR-001", [1], "counter", "late")
    after = card("HR-001")
    assert after.score is not None
    assert after.score < before.score
    assert after.n == before.n + 1


def test_residents_words_are_the_resolution(town: Town) -> None:
    solve(town, "HR-001", [Solved.YES, Solved.YES, Solved.PARTLY, Solved.NO])
    found = card("HR-001")
    assert found.parts["R"].raw == pytest.approx(2 / 4)
    resolution = found.rates()["resolution"]
    assert (resolution.numerator, resolution.denominator) == (2, 4)
    assert found.counts["reopened"] == 2
    assert "E" not in found.parts
    assert sum(found.weights.values()) == pytest.approx(1.0)


def test_a_reopened_case_that_is_solved_later_keeps_its_first_no(town: Town) -> None:
    number = solve(town, "HR-001", [Solved.NO])[0]
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    casework.act(number, Step(Action.ACCEPT), clerk)
    casework.act(number, Step(Action.RESOLVE, "这次办好了"), clerk)
    follow_up.answer(casework.find(number), follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    found = card("HR-001")
    assert found.parts["R"].raw == pytest.approx(1 / 2)
    resolution = found.rates()["resolution"]
    assert (resolution.numerator, resolution.denominator) == (1, 1)


def test_overdue_counts_as_late(town: Town) -> None:
    solve(town, "HR-001", [Solved.YES])
    request = submit.submit_request(RequestDraft(text="失业金没到账", service_code="HR-001")).request
    request.due_at = utcnow() - timedelta(hours=1)
    db.session.commit()
    casework.act(request.service_request_id, Step(Action.ACCEPT), Actor(Role.CLERK, 1, request.department_id))
    found = card("HR-001")
    assert found.overdue == 1
    assert found.parts["T"].raw == pytest.approx(1 / 2)
    department = evaluation.department_scorecard("HR")
    assert department is not None
    assert department.overdue == 1
    assert voices.waiting(town.departments["HR"]).overdue == 1
    assert [r.service_request_id for r in voices.overdue_requests()[0]] == [request.service_request_id]


def test_a_department_is_its_services_weighed_by_demand() -> None:
    rate("HR-001", [5] * 30, days_ago=120)
    rate("HR-002", [3] * 10, days_ago=120)
    rate("HR-001", [5] * 20)
    rate("HR-002", [2] * 20)
    services = {c.unit.code: c for c in evaluation.member_scorecards("HR")}
    department = evaluation.department_scorecard("HR")
    assert department is not None
    assert department.method == "composite"
    # ω: (30 + ½) and (10 + ½) of the twelve months before the window
    omega = 30.5 / 41
    first, second = services["HR-001"].score, services["HR-002"].score
    assert first is not None
    assert second is not None
    assert services["HR-001"].omega == pytest.approx(omega)
    assert department.score == pytest.approx(omega * first + (1 - omega) * second)


def test_the_change_adds_up() -> None:
    rate("HR-001", [2] * 20, days_ago=100)
    rate("HR-002", [4] * 15, days_ago=100)
    rate("HR-001", [5] * 20)
    rate("HR-002", [3] * 25)
    department = evaluation.department_scorecard("HR")
    assert department is not None
    assert department.change is not None
    parts = evaluation.change_of("HR")
    assert sum(c.points for c in parts) == pytest.approx(department.change)
    assert abs(department.change) > 1


def test_requests_about_no_service_count_for_their_department(town: Town) -> None:
    request = submit.submit_request(RequestDraft(text="楼道太暗了，晚上看不见路")).request
    request.service_id = None
    db.session.commit()
    home = next(code for code, i in town.departments.items() if i == request.department_id)
    cards = {c.unit.code: c for c in evaluation.service_scorecards()}
    assert cards[f"{GENERAL}{home}"].counts["received"] == 1


def test_areas_add_up_their_small_areas(town: Town) -> None:
    for area in ("T1111", "T111", "T21", "T"):
        submit.submit_request(RequestDraft(text="路灯不亮", area_code=area))
    districts = {c.unit.code: c.counts["received"] for c in evaluation.area_scorecards(2)}
    streets = {c.unit.code: c.counts["received"] for c in evaluation.area_scorecards(3)}
    assert districts == {"T1": 2, "T2": 1}
    assert streets == {"T11": 2, "T21": 1}
    assert evaluation.unplaced() == 1


def test_scores_kept_up_with_each_write_equal_scores_from_nothing(town: Town) -> None:
    def everything() -> list[object]:
        cards = [*evaluation.service_scorecards(), *evaluation.department_scorecards()]
        return [*cards, *evaluation.area_scorecards(2), *evaluation.area_scorecards(3)]

    def late(number: str, action: Action, note: str = "") -> None:
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(number, Step(action, note), clerk)

    def received_long_ago() -> str:
        request = submit.submit_request(
            RequestDraft(text="社保窗口排队太久", service_code="HR-001"), utcnow() - timedelta(days=30)
        ).request
        return request.service_request_id

    rate("HR-001", [5] * 12 + [2] * 6, days_ago=20)
    rate("HR-002", [4] * 10 + [2] * 5)
    old = [received_long_ago() for _ in range(2)]
    writes: list[Callable[[], object]] = [
        lambda: late(old[0], Action.ACCEPT),
        lambda: late(old[0], Action.RESOLVE, "已办"),
        lambda: late(old[1], Action.OBJECT, "不归我们管"),
        lambda: received_long_ago(),
        lambda: rate("HR-001", [1, 5], "counter", "later"),
        lambda: rate("HR-002", [3] * 4, days_ago=1),
        lambda: solve(town, "HR-001", [Solved.YES, Solved.NO]),
        lambda: solve(town, None, [Solved.PARTLY], "路灯不亮"),
        lambda: rate("HR-002", [1, 1], "counter", "last"),
    ]
    for write in writes:
        everything()
        write()
        went_on = everything()
        kept.forget()
        shrinkage._beta_binomial.cache_clear()
        assert went_on == everything()


def test_set_aside_votes_do_not_count(town: Town) -> None:
    rate("HR-001", [3] * 12)
    before = card("HR-001")
    at = utcnow() - timedelta(days=2)
    for number in range(60):
        draft = reviews.ReviewDraft("HR-001", f"buyer{number % 3}", 5, matter=f"m{number}")
        reviews.submit_review(draft, at + timedelta(minutes=number))
    brushed = card("HR-001")
    assert brushed.score is not None
    assert before.score is not None
    assert brushed.score > before.score + 10
    assert integrity.sweep() >= 50
    after = card("HR-001")
    assert after.score is not None
    assert after.score < brushed.score - 5
    assert after.votes + after.counts["set_aside"] == 72


def test_rectifications_not_due_are_left_out(town: Town) -> None:
    rate("HR-001", [1, 1, 5])
    left = mending(town.departments["HR"], usual_window(), utcnow())
    assert (left.not_replied.total(), left.not_asked.total()) == (2, 2)
    found = card("HR-001").rates(left.not_replied.total(), left.not_asked.total())
    assert found["bad_replied"].denominator == 0
    late = mending(town.departments["HR"], usual_window(), utcnow() + timedelta(days=60))
    assert late.not_replied.total() == 0


def test_trend_has_a_point_per_part_and_says_nothing_of_silence() -> None:
    rate("HR-001", [5] * 15, days_ago=100)
    rate("HR-001", [2] * 15)
    points = trends.service_trend("HR-001", usual_window())
    assert len(points) == trends.POINTS
    known = [p for p in points if p.score is not None]
    assert [p.n for p in known] == [15, 15]
    assert known[0].score is not None
    assert known[1].score is not None
    assert known[0].score > known[1].score
    department = trends.department_trend("HR", usual_window())
    assert [p.n for p in department] == [p.n for p in points]


def test_gains_name_the_weakest_part() -> None:
    rate("HR-001", [2] * 20)
    rate("HR-002", [5] * 20)
    members = evaluation.member_scorecards("HR")
    found = gains.gains(members, evaluation.service_scorecards())
    assert [(g.card.unit.code, g.part) for g in found] == [("HR-001", "E")]
    assert found[0].points > 1


def test_the_policy_is_a_setting() -> None:
    rate("HR-001", [4] * 12)
    db.session.add(
        Setting(name=SETTING, value={"version": "city-7", "target": 95, "min_n_eff": 5, "window_days": 30})
    )
    db.session.commit()
    assert scoring_policy().window_days == 30
    assert usual_window().days == 30
    found = card("HR-001")
    assert found.target == 95
    assert found.tier.value == "below"


def test_a_window_that_has_ended_keeps_the_policy_it_was_scored_by(town: Town) -> None:
    rate("HR-001", [4] * 12, days_ago=40)
    rate("HR-001", [2] * 12)
    ended = Window.ending(evaluation.today() - timedelta(days=30), 30)

    def versions() -> list[str]:
        cards = [evaluation.service_scorecard("HR-001", window) for window in (ended, usual_window())]
        return [card.version for card in cards if card]

    assert versions() == ["2026-1", "2026-1"]
    administration.save_setting(SETTING, {"version": "city-2", "min_n_eff": 30}, town.users["admin"])
    assert versions() == ["2026-1", "city-2"]
    then, now = (evaluation.service_scorecard("HR-001", window) for window in (ended, usual_window()))
    assert then is not None
    assert now is not None
    assert then.score is not None
    assert now.score is None
    # Saved twice a day: what held for some hours rules no window that had ended.
    administration.save_setting(SETTING, {"version": "city-3"}, town.users["admin"])
    assert versions() == ["2026-1", "city-3"]


@pytest.mark.parametrize(
    "value",
    [{"weights": {"E": -1}}, {"weights": {}}, {"sure": 0.3}, {"window_days": 7}, {"partly_weight": 2}],
)
def test_an_impossible_policy_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        policy_from(value)


def test_windows_cut_into_whole_days() -> None:
    window = Window.ending(evaluation.today(), 90)
    both = Window(window.before().first, window.last)
    parts = both.parts(6)
    assert [p.days for p in parts] == [30] * 6
    assert parts[3].first == window.first
    assert window.before().last + timedelta(days=1) == window.first


def test_a_request_of_long_ago_is_outside(town: Town) -> None:
    submit.submit_request(RequestDraft(text="水压低", service_code="HR-001"), utcnow() - timedelta(days=100))
    assert db.session.query(ServiceRequest).count() == 1
    assert card("HR-001").counts["received"] == 0
    assert card("HR-001").before["received"] == 1


def test_what_is_kept_gives_way_to_what_is_new(town: Town) -> None:
    """Days long past are kept while only reviews come in; casework on an old request still shows at once."""
    old = submit.submit_request(
        RequestDraft(text="社保窗口排队", service_code="HR-001"), utcnow() - timedelta(days=40)
    ).request
    rate("HR-001", [4] * 12, days_ago=20)
    assert (card("HR-001").votes, card("HR-001").counts["closed"]) == (12, 0)
    rate("HR-001", [2])
    assert (card("HR-001").votes, card("HR-001").counts["closed"]) == (13, 0)
    clerk = Actor(Role.CLERK, town.users["clerk"], old.department_id)
    casework.act(old.service_request_id, Step(Action.ACCEPT), clerk)
    casework.act(old.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
    assert card("HR-001").counts["closed"] == 1
    follow_up.answer(old, follow_up.FollowUp(True, Solved.NO, 1), RESIDENT)
    assert card("HR-001").counts["reopened"] == 1
    department = evaluation.department_scorecard("HR")
    assert department is not None
    assert department.counts["reopened"] == 1
