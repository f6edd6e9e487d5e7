"""The interval holds the truth in synthetic cities; ``python -m tools.simulate`` is the long version."""

import numpy as np
import pytest

from tools.simulate import attacks
from tools.simulate.city import City, make_city
from tools.simulate.measures import Outcome, coverage, errors, precision, run
from tools.simulate.oracle import best_errors
from tools.simulate.ranking import ranks
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


@pytest.fixture(scope="module")
def selected() -> Outcome:
    """Cities in which unhappy people vote three times as often, and one case in ten is asked."""
    return run(8, City(units=60, unhappy=3.0, sample=0.1), seed=3)


def test_a_sample_takes_out_most_of_what_self_selection_adds(selected: Outcome) -> None:
    found = errors(selected)
    assert found["raw bias"] < -8
    assert abs(found["E bias"]) < 0.35 * abs(found["raw bias"])
    assert found["score"] < 0.6 * found["raw mean"]
    share, _ = coverage(selected)
    assert 0.91 <= share <= 0.985


def test_red_flags_beat_what_rating_sites_use(selected: Outcome) -> None:
    found = ranks(selected)
    assert found.red["score"] >= 0.9
    assert found.red["score"] > max(found.red["raw mean"], found.red["Wilson lower bound"])
    assert found.top["score"] > found.top["Bayesian mean"]


def test_nobody_does_better_than_the_best_possible() -> None:
    city = City(units=60)
    best, found = best_errors(2, city, 4), errors(run(2, city, 4))
    assert best["score"] < found["score"] < 1.25 * best["score"]
    assert best["E"] < found["E"]


@pytest.mark.parametrize("index", [0, 4, 7, 8])
def test_bought_votes_move_less_than_half_the_interval(index: int) -> None:
    # Four people in an evening, 200 in an hour, copied comments, the staff's network.
    attack = attacks.ATTACKS[index]
    (effect,) = attacks.attacked(attack, 1, City(units=30, sample=0.1), 2, (15, 30))
    assert abs(effect.checked) < 0.5
    assert abs(effect.undefended) > abs(effect.checked)
    assert effect.stopped > 0.9


def test_an_outage_is_heard() -> None:
    (effect,) = attacks.attacked(attacks.HONEST[0], 1, City(units=30, sample=0.1), 2, (15, 30))
    assert effect.stopped == 0
    assert effect.checked == effect.undefended
