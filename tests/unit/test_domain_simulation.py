"""The interval holds the truth in synthetic cities; ``python -m tools.simulate`` is the long version."""

import numpy as np
import pytest

from tools.simulate import City, Outcome, coverage, errors, make_city, precision, run
from webapp.domain.scoring import Tier, score_units


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(12, City(units=60), seed=11)


def test_the_interval_holds_the_truth_19_times_in_20(outcome: Outcome) -> None:
    # About 570 units: .95 has a standard error of .009.
    share, units = coverage(outcome)
    assert units > 400
    assert 0.92 <= share <= 0.98


def test_small_units_are_no_exception(outcome: Outcome) -> None:
    share, units = coverage(outcome, 10, 25)
    assert units > 100
    assert 0.90 <= share <= 0.995


def test_the_score_is_nearer_to_the_truth_than_the_raw_figures(outcome: Outcome) -> None:
    found = errors(outcome)
    assert found["score"] < 0.85 * found["raw score"]
    assert found["E"] < 0.9 * found["raw mean"]
    # Those who like the hall vote more readily: weighting removes most of what that adds.
    assert abs(found["E bias"]) < 0.5 * abs(found["raw bias"])


def test_red_and_green_are_right_nine_times_in_ten(outcome: Outcome) -> None:
    for tier in (Tier.ABOVE, Tier.BELOW):
        right, called = precision(outcome)[tier]
        assert called > 30
        assert right / called >= 0.9


def test_few_peers_do_not_shorten_the_interval() -> None:
    share, units = coverage(run(60, City(units=6), seed=5))
    assert units > 150
    assert 0.90 <= share <= 0.99


def test_the_interval_is_no_longer_than_it_must_be() -> None:
    # A unit with many votes must be told apart from its peers, or coverage would be cheap.
    units, _ = make_city(np.random.default_rng(2), City(units=40, median_votes=200))
    widths = [(s.high or 0) - (s.low or 0) for s in score_units(units) if s.score is not None]
    assert np.median(widths) < 9
