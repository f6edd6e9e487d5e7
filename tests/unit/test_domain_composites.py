"""Departments: Σ ω·Score, and why it moved, to the last point."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.scoring import (
    CaseTally,
    StratumTally,
    UnitScore,
    UnitTally,
    composite,
    decompose_change,
    demand_weights,
    score_units,
)


def unit(key: str, good: int, bad: int, solved: int = 20, late: int = 5) -> UnitTally:
    cases = CaseTally(on_time=40, late=late, solved_yes=solved, solved_no=10)
    return UnitTally(key, [StratumTally("web", rating_1=bad, rating_5=good, closed_cases=200)], cases)


def scored(**scores: float | None) -> list[UnitScore]:
    """Scores of a real run, with the number replaced: composites use number and standard deviation only."""
    base = score_units([unit("base", 50, 20)])[0]
    return [
        replace(base, key=k, score=v, sd=None if v is None else 3.0, insufficient=v is None)
        for k, v in scores.items()
    ]


def test_a_department_is_the_weighted_mean_of_its_services() -> None:
    # .75 · 80 + .25 · 60 = 75; sd √((.75 · 3)² + (.25 · 3)²) = 2.371708; 75 ± 1.959964 · 2.371708 = ± 4.648462
    found = composite(scored(a=80.0, b=60.0), {"a": 3, "b": 1})
    assert found.score == pytest.approx(75)
    assert found.sd == pytest.approx(2.371708, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((70.351538, 79.648462), abs=1e-5)
    assert found.covered == 1


def test_a_service_without_a_number_is_left_out_and_said() -> None:
    # b holds a quarter of the demand.
    found = composite(scored(a=80.0, b=None), {"a": 3, "b": 1})
    assert (found.score, found.covered) == (80, 0.75)
    assert list(found.members) == ["a"]


def test_no_number_at_all() -> None:
    found = composite(scored(a=None), {"a": 1})
    assert (found.score, found.low, found.covered) == (None, None, 0)
    with pytest.raises(ValueError, match="two scores"):
        decompose_change(found, found)
    with pytest.raises(ValueError, match="negative"):
        composite(scored(a=80.0), {"a": -1})


def test_omega_is_demand_with_half_a_case_for_the_unknown() -> None:
    # 9.5, .5 of 10.
    assert dict(demand_weights({"a": 9, "b": 0})) == {"a": 0.95, "b": 0.05}
    assert dict(demand_weights({})) == {}


def department(tallies: list[UnitTally], omegas: dict[str, int]) -> tuple[float, object]:
    found = composite(score_units(tallies), omegas)
    assert found.score is not None
    return found.score, found


def test_more_demand_for_the_worse_service_is_a_mix_effect_only() -> None:
    scores = scored(a=80.0, b=60.0)
    before, after = composite(scores, {"a": 3, "b": 1}), composite(scores, {"a": 1, "b": 1})
    # 75 → 70. Mean 72.5: a loses .25 · (80 − 72.5) = 1.875, b gains .25 of (60 − 72.5) = −3.125.
    found = {(c.key, c.cause): c.points for c in decompose_change(before, after)}
    assert found == pytest.approx({("a", "mix"): -1.875, ("b", "mix"): -3.125})


def test_a_part_that_got_worse_is_the_cause() -> None:
    peers = [unit(f"p{i}", 50 + i, 20) for i in range(6)]
    before = composite(score_units([unit("a", 60, 10, solved=28), *peers]), {"a": 1})
    after = composite(score_units([unit("a", 60, 10, solved=4), *peers]), {"a": 1})
    found = decompose_change(before, after)
    assert (found[0].key, found[0].cause) == ("a", "R")
    assert found[0].points < 0
    assert found[0].points == pytest.approx((after.score or 0) - (before.score or 0), rel=0.25)


tallies = st.builds(
    lambda good, bad, solved, late: (good, bad, solved, late),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 40),
    st.integers(0, 40),
)


@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(tallies, st.integers(0, 50)), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), st.tuples(tallies, st.integers(0, 50)), min_size=1),
)
@settings(max_examples=80)
def test_contributions_add_up_exactly(first: dict, second: dict) -> None:
    sides = []
    for side in (first, second):
        units = [unit(key, *counts) for key, (counts, _) in side.items()]
        # One service has no clock at all, so that parts appear and vanish between the periods.
        units = [
            replace(u, cases=CaseTally(solved_yes=12)) if u.key == "a" and len(side) > 2 else u for u in units
        ]
        sides.append(composite(score_units(units), demand_weights({k: w for k, (_, w) in side.items()})))
    before, after = sides
    if before.score is None or after.score is None:
        return
    found = decompose_change(before, after)
    assert sum(c.points for c in found) == pytest.approx(after.score - before.score, abs=1e-9)
