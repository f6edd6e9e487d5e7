"""Votes in the mix of the areas that cases come from: by hand, and that it never invents votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.experience import estimate_experience
from webapp.domain.scores import ScorePolicy
from webapp.domain.scoring import score_units
from webapp.domain.tallies import StratumTally, UnitTally

POLICY = ScorePolicy(use_text=False)


def cell(area: str, bad: int, good: int, closed: int) -> StratumTally:
    return StratumTally("web", rating_1=bad, rating_5=good, closed_cases=closed, area=area)


def total(units: list[UnitTally]) -> np.ndarray:
    found = estimate_experience(units, POLICY)
    return found.estimate + found.offset


def test_many_votes_are_weighted_to_the_areas_of_all_cases() -> None:
    # North: 900 of 1,000 content, a quarter of the cases; south: half of 1,000, three quarters. .9 / 4 + .5 · 3/4 = .6.
    unit = UnitTally("a", [cell("north", 100, 900, 10_000), cell("south", 500, 500, 30_000)])
    assert total([unit])[0] == pytest.approx(0.6, abs=0.01)
    assert estimate_experience([unit], POLICY).raw[0] == pytest.approx(0.7)


def test_where_areas_do_not_differ_every_vote_counts_alike() -> None:
    # Both areas at .7 in ten districts; their shares of cases are far from those of the votes.
    units = [
        UnitTally(str(i), [cell("n", 30, 70, 100), cell("s", 6, 14, 900), cell("w", 15, 35, 100)])
        for i in range(10)
    ]
    found = estimate_experience(units, POLICY)
    assert found.estimate + found.offset == pytest.approx(np.full(10, 0.7), abs=1e-6)
    # Of 170 votes hardly any are lost to weights: ω² is at its floor.
    assert (found.n_eff > 120).all()


def test_two_votes_never_carry_a_district() -> None:
    units = [UnitTally(str(i), [cell("n", 20, 80, 100), cell("s", 2, 0, 900)]) for i in range(10)]
    assert (total(units) > 0.5).all()


def test_one_area_is_as_none() -> None:
    plain = [
        UnitTally(str(i), [StratumTally("web", rating_1=i, rating_5=20, closed_cases=100)]) for i in range(6)
    ]
    placed = [UnitTally(str(i), [cell("n", i, 20, 100)]) for i in range(6)]
    assert [s.score for s in score_units(plain, POLICY)] == [s.score for s in score_units(placed, POLICY)]


counts = st.integers(0, 60)


@given(st.lists(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=5), min_size=1, max_size=6))
def test_weighting_never_invents_votes(rows: list[list[tuple[int, int, int]]]) -> None:
    units = [
        UnitTally(str(i), [cell(f"a{j}", *numbers) for j, numbers in enumerate(row)])
        for i, row in enumerate(rows)
    ]
    found = estimate_experience(units, POLICY)
    assert (found.n_eff <= found.n + 1e-6).all()
    voted = found.n > 0
    assert (found.n_eff[voted] > 0).all()
    assert np.isfinite(found.estimate).all()
