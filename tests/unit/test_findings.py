"""What stands out is what chance does not explain."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from webapp.domain.rates import rates
from webapp.queries.findings import stand_out
from webapp.queries.scorecards import Scorecard, Unit
from webapp.queries.tallies import rate_tally


def _card(
    code: str, score: float = 70.0, previous: float = 70.0, sd: float = 2.0, **counts: int
) -> Scorecard:
    unit = Unit("service", 1, code, code)
    return Scorecard(
        unit, "unit", Counter(counts), Counter(), 0, score=score, sd=sd, previous=previous, previous_sd=sd
    )


CITY = rates(rate_tally(Counter(on_time=770, late=230, solved_yes=740, solved_no=260, closed=1000), 0))


def _codes(cards: object) -> list[str]:
    return [card.unit.code for card in cards]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("now", "sd", "seen"), [(79.0, 2.0, ["a"]), (61.0, 2.0, ["a"]), (78.0, 2.0, []), (90.0, 8.0, [])],
    ids=["better", "worse", "two standard errors only", "wide intervals"],
)  # fmt: skip
def test_a_score_moved_when_three_standard_errors_say_so(now: float, sd: float, seen: list[str]) -> None:
    assert _codes(stand_out([_card("a", now, 70.0, sd)], [], CITY).moved) == seen


@pytest.mark.parametrize(
    ("before", "now", "seen"),
    [((80, 90), (34, 184), ["v"]), ((34, 184), (80, 90), ["v"]), ((8, 9), (4, 13), []), ((0, 0), (5, 5), [])],
    ids=["fewer bad votes", "more", "few votes", "none before"],
)
def test_votes_may_say_so_sooner_than_the_score(
    before: tuple[int, int], now: tuple[int, int], seen: list[str]
) -> None:
    card = replace(
        _card("v", 75.0, 65.0, 6.0, rating_1=now[0], rating_5=now[1]),
        before=Counter(rating_2=before[0], rating_4=before[1]),
    )
    assert _codes(stand_out([card], [], CITY).moved) == seen


@pytest.mark.parametrize(
    ("counts", "seen"),
    [
        ({"on_time": 190, "late": 10, "solved_yes": 40, "solved_no": 60}, ["d"]),
        ({"on_time": 150, "late": 50, "solved_yes": 40, "solved_no": 60}, []),
        ({"on_time": 190, "late": 10, "solved_yes": 75, "solved_no": 25}, []),
        ({"on_time": 190, "late": 10, "solved_yes": 2, "solved_no": 8}, []),
    ],
    ids=["fast and unsolved", "not fast", "solved", "hardly anybody asked"],
)
def test_speed_without_result(counts: dict[str, int], seen: list[str]) -> None:
    assert _codes(stand_out([], [_card("d", **counts)], CITY).hollow) == seen


@pytest.mark.parametrize(
    ("aside", "votes", "seen"), [(200, 24, ["b"]), (19, 2, []), (30, 400, [])],
    ids=["mostly brushed", "too few", "a small share"],
)  # fmt: skip
def test_brushing_is_named_where_it_is_much(aside: int, votes: int, seen: list[str]) -> None:
    assert _codes(stand_out([_card("b", set_aside=aside, rating_5=votes)], [], CITY).brushed) == seen


def test_the_strongest_come_first_and_three_at_most() -> None:
    cards = [_card(f"s{n}", 70.0 + n, 50.0) for n in range(5)]
    assert _codes(stand_out(cards, [], CITY).moved) == ["s4", "s3", "s2"]
