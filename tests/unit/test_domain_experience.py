"""Experience E: votes weighted up to all cases, refined by text, by hand."""

import numpy as np
import pytest

from webapp.domain.cells import cell_weights, interaction_variance
from webapp.domain.experience import estimate_experience, vote_dispersion
from webapp.domain.scores import ScorePolicy
from webapp.domain.tallies import StratumTally, UnitTally


def array(*rows: object) -> np.ndarray:
    return np.array(rows, dtype=float)


def total(units: list[UnitTally], policy: ScorePolicy | None = None) -> tuple[np.ndarray, np.ndarray]:
    e = estimate_experience(units, policy or ScorePolicy())
    return e.estimate + e.offset, e.n_eff


def test_many_votes_are_weighted_to_the_mix_of_all_cases() -> None:
    # Hall: 9,000 × 5 and 1,000 × 1 is .9, on a quarter of the cases; web: half and half is .5, on three quarters.
    # .9 / 4 + .5 · 3/4 = .6, where the plain mean of votes is .7.
    unit = UnitTally(
        "a",
        [
            StratumTally("hall", rating_1=1000, rating_5=9000, closed_cases=10_000),
            StratumTally("web", rating_1=5000, rating_5=5000, closed_cases=30_000),
        ],
    )
    found, n_eff = total([unit])
    assert found[0] == pytest.approx(0.6, abs=2e-3)
    # 1 / (.25² / 10,000 + .75² / 10,000) = 16,000.
    assert n_eff[0] == pytest.approx(16_000, rel=0.01)
    assert estimate_experience([unit], ScorePolicy()).raw[0] == pytest.approx(0.7)


def test_one_stratum_is_its_plain_mean_and_every_vote_counts() -> None:
    # 2, 3, 4, 5 once each: (.25 + .5 + .75 + 1) / 4 = .625. More votes than known cases count as cases.
    unit = UnitTally("a", [StratumTally("web", 0, 1, 1, 1, 1, closed_cases=1)])
    found, n_eff = total([unit])
    assert found[0] == pytest.approx(0.625)
    assert n_eff[0] == pytest.approx(4)


def test_weights_of_strata_by_hand() -> None:
    # σ² = .1, ω² = .01, n = 100 and 2: σ²/n = .001 and .05; precisions 1/.011 = 90.909 and 1/.06 = 16.667.
    # share · ω² · precision = .454545 and .083333; the rest .462121 is split by precision, 107.576 together:
    # .454545 + .390526 = .845071 and .083333 + .071597 = .154930. Two votes do not carry half a unit.
    found = cell_weights(array([100, 2]), array([0.5, 0.5]), 0.1, 0.01)
    assert found[0] == pytest.approx([0.845071, 0.154930], abs=1e-5)


def test_a_silent_stratum_has_no_weight() -> None:
    found = cell_weights(array([50, 0], [0, 0]), array([0.2, 0.8], [0.5, 0.5]), 0.1, 0.01)
    assert found[0] == pytest.approx([1, 0])
    assert found[1] == pytest.approx([0, 0])


def test_a_silent_stratum_is_guessed_from_what_it_is_elsewhere() -> None:
    # Everywhere the hotline is .4 below the hall. The last unit's hotline is silent: half of its cases are .9,
    # the other half should be about .5, so that its level is .7 and not .9.
    hall = StratumTally("hall", rating_1=50, rating_5=450, closed_cases=500)
    hotline = StratumTally("hotline", rating_1=250, rating_5=250, closed_cases=500)
    units = [UnitTally(str(i), [hall, hotline]) for i in range(8)]
    units.append(UnitTally("silent", [hall, StratumTally("hotline", closed_cases=500)]))
    found, _ = total(units)
    assert found[-1] == pytest.approx(0.7, abs=0.01)


def test_text_corrects_who_voted() -> None:
    # A perfect but squeezed model predicts .2 for a vote of 0 and .8 for 1. Of 80 texts 40 have a vote, half of
    # them 0 and half 1 (mean prediction .5); all 80 texts have mean prediction .35. Slope 1 / .6: the vote's mean
    # shifts by (.35 − .5) / .6 = −.25 to .25, which is what a mean prediction of .35 says.
    # Variance left: 1 − ρ² · (40/40) · (1 − 40/80) = .5, so that 40 votes know as much as 80.
    stratum = StratumTally(
        "hotline",
        rating_1=20,
        rating_5=20,
        closed_cases=80,
        text_n=80,
        text_sum=28_000,
        text_sq=20 * 640_000 + 60 * 40_000,
        both_n=40,
        both_pred_sum=20_000,
        both_pred_sq=20 * 640_000 + 20 * 40_000,
        both_vote_sum=80,
        both_vote_sq=20 * 16,
        both_cross=20 * 800 * 4,
    )
    found, n_eff = total([UnitTally("a", [stratum])])
    assert found[0] == pytest.approx(0.25, abs=1e-9)
    assert n_eff[0] == pytest.approx(80)
    plain, plain_n = total([UnitTally("a", [stratum])], ScorePolicy(use_text=False))
    assert (plain[0], plain_n[0]) == pytest.approx((0.5, 40))


def test_a_model_that_reads_upside_down_is_ignored() -> None:
    # Predictions .8 for a vote of 0 and .2 for 1: Σ pred · (level − 1) = 20 · 200 · 4.
    stratum = StratumTally(
        "hotline",
        rating_1=20,
        rating_5=20,
        closed_cases=80,
        text_n=80,
        text_sum=28_000,
        text_sq=15_200_000,
        both_n=40,
        both_pred_sum=20_000,
        both_pred_sq=13_600_000,
        both_vote_sum=80,
        both_vote_sq=320,
        both_cross=16_000,
    )
    found, n_eff = total([UnitTally("a", [stratum])])
    assert (found[0], n_eff[0]) == pytest.approx((0.5, 40))


def test_texts_without_votes_say_nothing_alone() -> None:
    e = estimate_experience([UnitTally("a", [StratumTally("web", text_n=90, text_sum=9000)])], ScorePolicy())
    assert (e.n[0], e.n_eff[0]) == (0, 0)


def test_dispersion_is_one_for_extremes_and_half_for_half_spread() -> None:
    # 200 of 400 votes at 1 and at 5: variance .25 = m(1 − m), φ = 1.
    n, mean = array([400]), array([0.5])
    assert vote_dispersion(n, mean, array([200])) == pytest.approx(1, abs=0.01)
    # All at .25 or .75: squares 200 · .0625 + 200 · .5625 = 125, variance .0625, a quarter of .25.
    assert vote_dispersion(n, mean, array([125])) == pytest.approx(0.25, abs=0.01)


def test_interaction_is_found_by_moments() -> None:
    rng = np.random.default_rng(4)
    n = np.full((400, 3), 200.0)
    residual = rng.normal(0, 0.1, (400, 1)) + rng.normal(0, 0.06, (400, 3)) + rng.normal(0, 0.02, (400, 3))
    # Votes of spread .08 make .02² = .08 / 200; the rest, .06², is how strata differ from unit to unit.
    assert interaction_variance(n, residual, 0.08) == pytest.approx(0.06**2, rel=0.1)
