"""The official indicators: what counts, what is left out, and Wilson's interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.rates import EXCLUSION_LABELS, INDICATORS, RatePolicy, RateTally, rates, wilson

TALLY = RateTally(
    uses=200,
    ratings=(4, 6, 10, 30, 50),
    default_reviews=40,
    set_aside=3,
    bad=10,
    bad_replied=6,
    bad_reply_not_due=2,
    bad_rectified=5,
    bad_rectify_not_due=3,
    bad_unfounded=1,
    rectified_satisfied=(1, 0, 2, 1, 0),
    rectified_unreached=1,
    contacted_yes=18,
    contacted_no=2,
    solved_yes=12,
    solved_partly=3,
    solved_no=5,
    satisfied=(2, 3, 4, 5, 6),
    unreached=7,
    on_time=45,
    on_the_spot=4,
    late=5,
    open_overdue=10,
    open_not_due=20,
)


@pytest.mark.parametrize(
    ("key", "numerator", "denominator", "exclusions"),
    [
        ("good", 90, 100, {"default": 40, "set_aside": 3}),  # 10 + 30 + 50 of all rated
        ("active", 100, 200, {"default": 40, "set_aside": 3}),  # default ratings are nobody's word
        ("unrated", 100, 200, {}),
        ("bad_replied", 6, 8, {"not_due": 2}),  # 10 − 2 not yet due
        ("bad_rectified", 5, 6, {"not_due": 3, "unfounded": 1}),  # 10 − 3 − 1
        ("rectified_satisfied", 3, 4, {"unreached": 1}),
        ("response", 18, 20, {"unreached": 7}),
        ("resolution", 12, 20, {"unreached": 7}),  # partly is not solved
        ("satisfaction", 15, 20, {"unreached": 7}),  # 4 + 5 + 6
        ("on_time", 45, 60, {"not_due": 20, "on_the_spot": 4}),  # open and overdue counts as late
    ],
)
def test_every_indicator_by_hand(
    key: str, numerator: int, denominator: int, exclusions: dict[str, int]
) -> None:
    rate = rates(TALLY)[key]
    assert (rate.numerator, rate.denominator, dict(rate.exclusions)) == (numerator, denominator, exclusions)
    assert rate.value == numerator / denominator
    assert rate.low < numerator / denominator < rate.high


def test_all_are_defined_in_words_in_the_same_order() -> None:
    found = rates(TALLY)
    assert list(found) == list(INDICATORS)
    for rate in found.values():
        assert rate.indicator.numerator
        assert set(rate.exclusions) <= set(EXCLUSION_LABELS)


def test_cities_may_differ() -> None:
    found = rates(TALLY, RatePolicy(good_from=4, partly_is_solved=True))
    assert (found["good"].numerator, found["resolution"].numerator) == (80, 15)


def test_nothing_counted_is_no_rate_and_no_knowledge() -> None:
    for rate in rates(RateTally()).values():
        assert rate.value is None
        assert (rate.low, rate.high) == (0, 1)


def test_wilson_by_hand() -> None:
    # 8 of 10, z = 1.959964, z² = 3.841459: centre (.8 + .192073) / 1.384146 = .716740; spread
    # 1.959964 · √(.016 + .009604) / 1.384146 = .313616 / 1.384146 = .226577.
    assert wilson(8, 10) == pytest.approx((0.490163, 0.943317), abs=1e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_stays_in_bounds_and_holds_the_estimate(a: int, b: int) -> None:
    low, high = wilson(min(a, b), max(a, b))
    assert 0 <= low <= high <= 1
    if max(a, b):
        assert low - 1e-12 <= min(a, b) / max(a, b) <= high + 1e-12


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2)])
def test_impossible_counts_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        wilson(successes, trials)


def test_levels_come_in_fives() -> None:
    with pytest.raises(ValueError, match="five counts"):
        rates(RateTally(ratings=(1, 2, 3)))
