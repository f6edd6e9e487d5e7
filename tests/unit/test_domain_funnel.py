"""Funnel plots: limits that leave out as many as they say, and widen only where units differ for other reasons."""

from __future__ import annotations

import numpy as np
import pytest

from webapp.domain.funnel import (
    Z95,
    Z998,
    FunnelUnit,
    Place,
    funnel,
    over_dispersion,
    vote_spread,
    weighted_n,
)


def test_limits_leave_out_five_and_a_fifth_of_a_per_cent_of_equals() -> None:
    rng = np.random.default_rng(7)
    outside = far = 0
    for _city in range(40):
        n = rng.integers(20, 400, 100).astype(float)
        values = rng.normal(0.7, 0.3 / np.sqrt(n))
        made = funnel([FunnelUnit(str(i), v, m) for i, (v, m) in enumerate(zip(values, n, strict=True))], 0.3)
        assert made is not None
        assert made.widened < 1.25
        places = list(made.places.values())
        outside += sum(p is not Place.INSIDE for p in places)
        far += sum(p in (Place.FAR_BELOW, Place.FAR_ABOVE) for p in places)
    assert outside / 4000 == pytest.approx(0.05, abs=0.012)
    assert far / 4000 == pytest.approx(0.002, abs=0.002)


def test_one_bad_unit_among_equals_is_far_below() -> None:
    units = [FunnelUnit(str(i), 0.7 + 0.01 * (-1) ** i, 100.0) for i in range(20)]
    made = funnel([*units, FunnelUnit("bad", 0.4, 100.0)], 0.3)
    assert made is not None
    assert made.places["bad"] is Place.FAR_BELOW
    assert {made.places[u.key] for u in units} == {Place.INSIDE}


def test_the_same_mean_is_inside_with_few_votes_and_outside_with_many() -> None:
    units = [FunnelUnit(str(i), 0.7, 200.0) for i in range(10)]
    made = funnel([*units, FunnelUnit("few", 0.5, 4.0), FunnelUnit("many", 0.5, 40.0)], 0.3)
    assert made is not None
    assert made.places["few"] is Place.INSIDE
    assert made.places["many"] is Place.FAR_BELOW


def test_limits_are_wider_for_fewer_votes_and_stay_within_the_scale() -> None:
    made = funnel([FunnelUnit(str(i), 0.7, 50.0) for i in range(6)], 0.3)
    assert made is not None
    low, high = made.limits(1, Z998)
    assert (low, high) == (0.0, 1.0)
    inner, outer = made.limits(100, Z95), made.limits(100, Z998)
    assert outer[0] < inner[0] < made.target < inner[1] < outer[1]
    assert inner[1] - made.target == pytest.approx(1.96 * 0.3 / 10, abs=1e-4)


def test_units_that_differ_throughout_widen_the_limits() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(0.7, 0.1, 60)
    values = rng.normal(true, 0.3 / np.sqrt(200))
    made = funnel([FunnelUnit(str(i), v, 200.0) for i, v in enumerate(values)], 0.3)
    assert made is not None
    assert made.widened > 2
    assert sum(p is not Place.INSIDE for p in made.places.values()) < 15


@pytest.mark.parametrize("scores", [[], [0.1, 3.0], [0.5, -0.5, 1.0, -1.0, 0.2, 0.1]])
def test_no_dispersion_beyond_chance_changes_nothing(scores: list[float]) -> None:
    assert over_dispersion(scores) == 1.0


def test_fewer_than_five_units_are_no_funnel() -> None:
    assert funnel([FunnelUnit(str(i), 0.5, 10.0) for i in range(4)], 0.3) is None
    assert funnel([FunnelUnit(str(i), 0.5, 10.0) for i in range(9)], 0.0) is None


def test_the_spread_is_within_units_not_between_them() -> None:
    assert vote_spread([]) == 0.0
    assert vote_spread([(10, 0, 0, 0, 0), (0, 0, 0, 0, 10)]) == 0.0
    # Half 0, half 1: variance .25 · n/(n − 1) for each of the two units.
    assert vote_spread([(50, 0, 0, 0, 50)] * 2) == pytest.approx(np.sqrt(0.25 * 100 / 99))


def test_effective_n_of_a_weighted_mean() -> None:
    assert weighted_n([]) == 0.0
    assert weighted_n([(1.0, 40.0)]) == pytest.approx(40.0)
    # Equal weights on equal halves: all votes count fully.
    assert weighted_n([(0.5, 20.0), (0.5, 20.0)]) == pytest.approx(40.0)
    # A service with all the weight and few votes: the others' many votes help nothing.
    assert weighted_n([(1.0, 5.0), (0.0, 1000.0)]) == pytest.approx(5.0)
    rng = np.random.default_rng(3)
    parts = [(0.7, 10), (0.3, 90)]
    means = sum(o * rng.normal(0, 1, (20000, n)).mean(axis=1) for o, n in parts)
    assert weighted_n([(o, float(n)) for o, n in parts]) == pytest.approx(1 / np.var(means), rel=0.05)
