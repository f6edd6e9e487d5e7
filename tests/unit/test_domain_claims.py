"""When a report may claim something: known intervals, no luck in quiet months, and surges that are noticed."""

from __future__ import annotations

import random
from datetime import date
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.claims import (
    Difference,
    Estimate,
    Verdict,
    counts_moved,
    difference,
    expected_gain,
    family_level,
    leaders,
    rate_moved,
    stands,
)
from webapp.domain.periods import closed_months, month_of, period_of
from webapp.domain.rates import make_rate


@pytest.mark.parametrize(
    ("now", "was", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
    ids=["56/70 − 48/80", "9/10 − 3/10", "10/10 − 0/20"],
)
def test_the_difference_of_proportions_is_newcombes(
    now: tuple[int, int], was: tuple[int, int], low: float, high: float
) -> None:
    found = difference(Estimate.of_rate(make_rate("good", *now)), Estimate.of_rate(make_rate("good", *was)))
    assert found is not None
    assert (round(found.low / 100, 4), round(found.high / 100, 4)) == pytest.approx((low, high), abs=2e-4)


def test_the_difference_of_scores_is_the_usual_one() -> None:
    found = difference(Estimate.of_sd(60.0, 3.0), Estimate.of_sd(50.0, 4.0))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(
        (10.0, 10 - 1.96 * 5, 10 + 1.96 * 5), abs=1e-3
    )
    assert found.verdict is Verdict.UP


@given(
    st.floats(1, 99), st.floats(1, 99), st.floats(0.1, 20), st.floats(0.1, 20),
)  # fmt: skip
def test_turning_the_periods_round_turns_the_verdict_round(a: float, b: float, s: float, t: float) -> None:
    there, back = (
        difference(Estimate.of_sd(a, s), Estimate.of_sd(b, t)),
        difference(Estimate.of_sd(b, t), Estimate.of_sd(a, s)),
    )
    assert there is not None
    assert back is not None
    assert isclose(there.low, -back.high, abs_tol=1e-9)
    turned = {Verdict.UP: Verdict.DOWN, Verdict.DOWN: Verdict.UP, Verdict.UNCLEAR: Verdict.UNCLEAR}
    assert back.verdict is turned[there.verdict]


def test_nothing_is_known_of_what_is_missing() -> None:
    assert difference(None, Estimate(50, 40, 60)) is None
    assert Estimate.of_sd(None, 1.0) is None
    assert Estimate.of_rate(make_rate("good", 0, 0)) is None
    assert rate_moved(make_rate("good", 9, 9), make_rate("good", 0, 9)) is Verdict.UNKNOWN
    assert stands(3, 9, 0.9) is Verdict.UNKNOWN
    assert stands(0, 50, None) is Verdict.UNKNOWN
    assert counts_moved(5, 0) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 5, Verdict.UP), (-5, -0.1, Verdict.DOWN), (-0.1, 5, Verdict.UNCLEAR), (0, 5, Verdict.UNCLEAR)],
)
def test_a_claim_needs_an_interval_that_leaves_no_difference_out(
    low: float, high: float, verdict: Verdict
) -> None:
    assert Difference((low + high) / 2, low, high).verdict is verdict


def test_quiet_months_name_something_once_in_twenty_at_most() -> None:
    """Forty kinds of requests whose frequency never changes, looked at together in 200 months."""
    chance, kinds, months = random.Random(11), 40, 200

    def month() -> list[int]:
        return [sum(chance.random() < 0.3 for _ in range(100)) for _ in range(kinds)]

    false = 0
    for _ in range(months):
        pairs = zip(month(), month(), strict=True)
        verdicts = {counts_moved(now, was, kinds) for now, was in pairs}
        false += bool(verdicts & {Verdict.UP, Verdict.DOWN})
    assert false <= 0.08 * months
    assert counts_moved(70, 30, kinds) is Verdict.UP
    assert counts_moved(30, 70, kinds) is Verdict.DOWN


def test_looking_at_more_asks_for_more() -> None:
    now, was = make_rate("resolution", 75, 100), make_rate("resolution", 60, 100)
    assert family_level(1) == pytest.approx(0.95)
    assert rate_moved(now, was) is Verdict.UP
    assert rate_moved(now, was, family=20) is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("counts", "lead"),
    [([60, 20, 5], 1), ([30, 28, 5], 2), ([12, 11, 10, 9], 4), ([3], 0), ([], 0), ([0, 0], 0), ([30], 1)],
)
def test_who_leads(counts: list[int], lead: int) -> None:
    assert leaders(counts) == lead


def test_an_expected_gain_has_the_interval_of_the_part() -> None:
    part = Estimate(0.6, 0.5, 0.7)
    found = expected_gain(70.0, 0.4, 0.3, part, 0.8)
    assert found.points == pytest.approx(0.3 * 70 * ((0.8 / 0.6) ** 0.4 - 1))
    assert found.low == pytest.approx(0.3 * 70 * ((0.8 / 0.6) ** 0.4 - (0.7 / 0.6) ** 0.4))
    assert found.low < found.points < found.high
    assert found.is_clear
    unsure = expected_gain(70.0, 0.4, 0.3, Estimate(0.6, 0.5, 0.85), 0.8)
    assert unsure.low == 0
    assert not unsure.is_clear


def test_a_gain_never_lifts_a_score_above_a_hundred() -> None:
    assert expected_gain(99.0, 1.0, 1.0, Estimate(0.5, 0.4, 0.6), 0.9).points == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)), ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)), ("last30", date(2026, 2, 15), date(2026, 3, 16)),
    ],
)  # fmt: skip
def test_periods(key: str, first: date, last: date) -> None:
    found = period_of(key, date(2026, 3, 16))
    assert found is not None
    assert (found.first, found.last, found.is_month) == (first, last, key != "last30")


@pytest.mark.parametrize(
    "key", ["2026-03", "2026-04", "2026-13", "2026-1", "26-01", "last31", "", "2026-02-01"]
)
def test_what_is_not_over_or_no_month_is_no_period(key: str) -> None:
    assert period_of(key, date(2026, 3, 31)) is None


def test_a_month_is_over_on_the_first_of_the_next() -> None:
    assert period_of("2026-03", date(2026, 4, 1)) == month_of("2026-03")


def test_closed_months_go_back_to_the_first_day_counted() -> None:
    found = closed_months(date(2025, 11, 20), date(2026, 2, 3))
    assert [month.key for month in found] == ["2026-01", "2025-12", "2025-11"]
    assert closed_months(date(2026, 2, 1), date(2026, 2, 3)) == []
