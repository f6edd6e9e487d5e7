"""Who comes by themselves, corrected by who was asked: by hand, and on people whose readiness is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.selection import LEVELS, everybody, heard, readiness


def cells(*rows: list[int]) -> np.ndarray:
    """Units of one stratum: counts of levels 1…5."""
    return np.array(rows, dtype=float)[:, None, :]


def test_common_odds_by_hand() -> None:
    # One cell, votes 60 of level 1 and 40 of 5, sample 30 and 60: both together 190.
    # Σ v₁ s₅ / n = 60 · 60 / 190 = 18.947, Σ v₅ s₁ / n = 40 · 30 / 190 = 6.316: odds 3, held back by two sampled words
    # of "no difference", each worth Σ v₅ s₅ / n / s₅ = 40 / 190 = .2105: (18.947 + .421) / (6.316 + .421) = 2.875.
    found = readiness(cells([60, 0, 0, 0, 40]), cells([30, 0, 0, 0, 60]))
    assert found[4] == 1
    assert found[0] == pytest.approx(2.875, abs=1e-3)
    # Levels that nobody gave stay at "no difference".
    assert found[1:4] == pytest.approx([1, 1, 1])


def test_strata_of_different_level_do_not_feign_a_difference() -> None:
    # In each unit all vote alike; the worse unit has many more votes than sampled words. Pooled odds would be 5.
    votes, sample = cells([90, 0, 0, 0, 10], [4, 0, 0, 0, 36]), cells([45, 0, 0, 0, 5], [20, 0, 0, 0, 180])
    assert readiness(votes, sample) == pytest.approx(np.ones(5), abs=1e-9)


def people(
    rng: np.random.Generator, units: int, cases: int, eager: float, asked: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Votes, sample and the truth of units in which level 1 and 2 are voted on ``eager`` times as readily."""
    chances = rng.dirichlet([1.0, 0.6, 0.8, 2.0, 5.0], units)
    ready = 0.15 * np.array([eager, eager, 1, 1, 1])
    votes, sample = np.zeros((units, 1, 5)), np.zeros((units, 1, 5))
    for i in range(units):
        everybody = rng.multinomial(cases, chances[i])
        sample[i, 0] = rng.binomial(everybody, asked)
        votes[i, 0] = rng.binomial(everybody - sample[i, 0].astype(int), ready)
    return votes, sample, chances @ LEVELS


def test_three_times_as_ready_is_found_and_taken_out() -> None:
    rng = np.random.default_rng(3)
    votes, sample, truth = people(rng, 60, 400, 3.0, 0.05)
    found = heard(votes, sample, 0.1)
    assert found.readiness[:2] == pytest.approx([3, 3], rel=0.3)
    plain = (votes[:, 0] @ LEVELS) / votes[:, 0].sum(axis=1)
    raw_bias, bias = np.mean(plain - truth), np.mean(found.mean[:, 0] - truth)
    assert raw_bias < -0.08
    assert abs(bias) < 0.15 * abs(raw_bias)


def test_its_own_error_is_known() -> None:
    # 200 cities: the city-wide error of the readiness stays within what ``common`` and the units' own words say.
    rng, off = np.random.default_rng(5), []
    for _ in range(200):
        votes, sample, truth = people(rng, 20, 200, 3.0, 0.1)
        found = heard(votes, sample, 0.1)
        variance = found.common + (0.1 / found.n[:, 0]).sum() / len(truth) ** 2
        off.append(np.mean(found.mean[:, 0] - truth) / np.sqrt(variance))
    assert 0.6 < np.std(off) < 1.25


def test_without_a_sample_the_votes_stand_as_they_are() -> None:
    votes = cells([3, 0, 1, 0, 6], [0, 0, 0, 0, 0])
    found = heard(votes, np.zeros_like(votes), 0.1)
    assert found.n[:, 0].tolist() == [10, 0]
    # 3 · 0 + 1 · .5 + 6 · 1 of 10.
    assert found.mean[0, 0] == pytest.approx(0.65)
    assert (found.moved == 0).all()
    assert found.common == 0


def test_a_handful_of_words_corrects_nothing() -> None:
    votes, few = cells([30, 0, 0, 0, 20]), cells([0, 0, 0, 0, 49])
    assert heard(votes, few, 0.1).mean[0, 0] == pytest.approx(0.4)


def test_a_brushed_unit_is_believed_as_far_as_its_sample() -> None:
    # Nineteen honest units; one where 40 were asked and are half content, and 400 fives came by themselves.
    rng = np.random.default_rng(1)
    votes, sample, _ = people(rng, 19, 400, 1.0, 0.1)
    votes = np.concatenate([votes, [[[0, 0, 0, 0, 400]]]])
    sample = np.concatenate([sample, [[[20, 0, 0, 0, 20]]]])
    found = heard(votes, sample, 0.1)
    assert found.mean[-1, 0] < 0.6
    # Not much more than the 40 who were asked speak for it.
    assert found.n[-1, 0] < 60
    assert np.median(found.n[:-1, 0]) > 60


levels = st.lists(st.integers(0, 40), min_size=5, max_size=5)


@given(st.lists(st.tuples(levels, levels), min_size=1, max_size=8))
@settings(max_examples=80)
def test_any_counts_give_means_between_0_and_1(rows: list[tuple[list[int], list[int]]]) -> None:
    votes, sample = cells(*(a for a, _ in rows)), cells(*(b for _, b in rows))
    found = heard(votes, sample, 0.1)
    spoke = (votes.sum(axis=2) > 0) | ((sample.sum(axis=2) > 0) & (sample.sum() >= 50))
    assert ((found.mean >= 0) & (found.mean <= 1 + 1e-12)).all()
    assert ((found.n > 0) == spoke).all()
    assert (found.n <= votes.sum(axis=2) + sample.sum(axis=2) + 1e-6).all()


def test_the_silent_and_those_who_spoke_by_hand() -> None:
    # Of 100 cases 20 told by themselves (5 good, 15 bad), of the 80 silent 8 were asked (6 good, 2 bad):
    # good .2 · .25 + .8 · .75 = .65, worth 1 / (.2² / 20 + .8² / 8) = 12.195 words.
    found = everybody(np.array([[15.0, 0, 0, 0, 5]]), np.array([[2.0, 0, 0, 0, 6]]), np.array([100.0]))
    assert found.sum() == pytest.approx(12.195, abs=1e-3)
    assert found[0, 4] / found.sum() == pytest.approx(0.65)
    # Nobody asked: what was told of one's own accord stands for nobody else.
    assert everybody(np.array([[15.0, 0, 0, 0, 5]]), np.zeros((1, 5)), np.array([100.0])).sum() == 0


def test_only_the_silent_are_asked_and_all_are_known() -> None:
    """Unhappy people answer by themselves three times as often; the silent alone would look too content."""
    rng = np.random.default_rng(7)
    units, cases = 60, 300
    chances = rng.dirichlet([1.0, 0.6, 0.8, 2.0, 5.0], units)
    told, sample = np.zeros((units, 1, 5)), np.zeros((units, 1, 5))
    for i in range(units):
        all_cases = rng.multinomial(cases, chances[i])
        told[i, 0] = rng.binomial(all_cases, 0.2 * np.array([3, 3, 1, 1, 1]))
        sample[i, 0] = rng.binomial(all_cases - told[i, 0].astype(int), 0.1)
    truth, nobody = chances @ LEVELS, np.zeros_like(told)
    found = heard(nobody, sample, 0.1, told, np.full((units, 1), float(cases)))
    silent = heard(nobody, sample, 0.1)
    assert np.mean(silent.mean[:, 0] - truth) > 0.05
    assert abs(np.mean(found.mean[:, 0] - truth)) < 0.015
    assert found.readiness[:2] == pytest.approx([3, 3], rel=0.35)
