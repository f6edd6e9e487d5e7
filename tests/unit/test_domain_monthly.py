"""Which troubles are proposed for a month of the city."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webapp.domain.monthly import Trouble, candidates

GOOD = Trouble("030608", 200, 190, 100, 0.3, 0.22, 0.4, 12)


def test_a_common_widespread_lasting_unsolved_trouble_is_proposed() -> None:
    assert candidates([GOOD]) == [GOOD]
    assert GOOD.unsolved == pytest.approx(140)
    assert (GOOD.unsolved_low, GOOD.unsolved_high) == (pytest.approx(120), pytest.approx(156))


@pytest.mark.parametrize(
    "change",
    [{"received": 19, "before": 19}, {"answers": 9}, {"places": 2}, {"before": 99}],
    ids=["rare", "unheard", "one estate's", "came up only now"],
)
def test_what_is_not_stays_out(change: dict[str, int]) -> None:
    assert candidates([replace(GOOD, **change)]) == []


def test_the_order_is_by_what_is_surely_unsolved() -> None:
    few_answers = replace(GOOD, key="a", answers=12, solved_low=0.1, solved_high=0.6)
    many = replace(GOOD, key="b", received=150, before=150)
    solved = replace(GOOD, key="c", solved=0.95, solved_low=0.9, solved_high=0.98)
    assert [t.key for t in candidates([solved, few_answers, many, GOOD])] == ["030608", "b", "a", "c"]


def test_no_more_than_asked_for() -> None:
    assert len(candidates([replace(GOOD, key=str(i)) for i in range(20)], most=3)) == 3
