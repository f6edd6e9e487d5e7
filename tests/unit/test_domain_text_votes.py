"""Text as a difference estimator: known values, no bias, and the rule that turns it off."""

from dataclasses import replace

import numpy as np
import pytest

from webapp.domain.experience import estimate_experience
from webapp.domain.scores import ScorePolicy
from webapp.domain.tallies import StratumTally, UnitTally
from webapp.domain.text_votes import text_rule

NAMES = (
    "votes", "text_n", "text_sum", "both_n", "both_pred_sum", "both_pred_sq", "both_vote_sum", "both_vote_sq",
    "both_cross",
)  # fmt: skip


def grid(
    rng: np.random.Generator, units: int, signal: float, noise: float, pairs: int = 20
) -> dict[str, np.ndarray]:
    """One stratum: all votes have a text, as many texts have no vote; prediction = signal · vote + noise."""
    rows = []
    for _ in range(units):
        x = rng.integers(0, 5, 2 * pairs) / 4
        f = signal * x + rng.normal(0, noise, 2 * pairs)
        a, b = f[:pairs], x[:pairs]
        rows.append([pairs, 2 * pairs, f.sum(), pairs, a.sum(), a @ a, b.sum(), b @ b, a @ b])
    return {name: np.array([[row[i]] for row in rows], dtype=float) for i, name in enumerate(NAMES)}


def rule(g: dict[str, np.ndarray], sample_n: float = 0.0, sample: float = 0.5):  # type: ignore[no-untyped-def]
    mean = g["both_vote_sum"] / g["both_n"]
    asked = np.full_like(mean, sample_n)
    return text_rule(g, np.zeros_like(mean), mean, asked, np.full_like(mean, sample))


def test_what_is_left_is_one_less_the_share_explained() -> None:
    # Votes vary by .125 (0, ¼ … 1 alike), noise by .01: of x given f = x + e is left .01 / .135 = .074.
    found, _ = rule(grid(np.random.default_rng(1), 60, 1.0, 0.1))
    assert found.used[0]
    assert found.left[0] == pytest.approx(0.074, abs=0.015)
    assert found.slope[0] == pytest.approx(0.125 / 0.135, abs=0.03)


@pytest.mark.parametrize(
    ("name", "signal", "noise", "units"),
    [("knows nothing", 0.0, 0.3, 40), ("reads upside down", -0.5, 0.1, 40), ("too few pairs", 1.0, 0.1, 1)],
)
def test_text_that_does_not_help_is_turned_off(name: str, signal: float, noise: float, units: int) -> None:
    for seed in range(10):
        found, _ = rule(grid(np.random.default_rng(seed), units, signal, noise))
        assert not found.used[0], name


def test_a_slope_is_judged_where_it_was_not_tuned() -> None:
    # 200 windows of 8 units with 5 pairs of pure noise: in-sample the text always explains something.
    helps = [rule(grid(np.random.default_rng(s), 8, 0.0, 0.3, pairs=5))[0] for s in range(200)]
    assert np.mean([h.left[0] for h in helps]) > 1.0 - 1e-9 or np.mean([h.used[0] for h in helps]) < 0.2
    assert np.mean([h.used[0] for h in helps]) < 0.2


def test_the_sample_turns_a_biased_text_off() -> None:
    g = grid(np.random.default_rng(2), 30, 1.0, 0.1)
    # Texts without a vote are read .3 too darkly: half of all texts, so the mean of all is .15 too low.
    dark = {**g, "text_sum": g["text_sum"] - 0.3 * 20}
    honest = float((g["both_vote_sum"] / g["both_n"]).mean())
    assert rule(dark)[0].used[0]
    against = rule(dark, sample_n=20, sample=honest)[0]
    assert against.against[0] > 1.64
    assert not against.used[0]
    assert rule(g, sample_n=20, sample=honest)[0].used[0]


def windows(seed: int, use_text: bool) -> tuple[np.ndarray, np.ndarray]:
    """Error of E in 60 cities of ten units, and the standard deviation that the estimate claims."""
    rng, off, said = np.random.default_rng(seed), [], []
    for _ in range(60):
        units = []
        for i in range(10):
            x = rng.choice(5, 120, p=[0.1, 0.1, 0.1, 0.2, 0.5])
            f = np.rint(1000 * np.clip(0.1 + 0.15 * x + rng.normal(0, 0.1, 120), 0, 1)).astype(int)
            voted = rng.random(120) < 0.3
            a, b, v = f[voted], x[voted], np.bincount(x[voted], minlength=5).tolist()
            stratum = StratumTally("web", *v, closed_cases=120, text_n=120, text_sum=int(f.sum()))
            units.append(UnitTally(str(i), [replace(
                stratum, text_sq=int(f @ f), both_n=len(a), both_pred_sum=int(a.sum()), both_pred_sq=int(a @ a),
                both_vote_sum=int(b.sum()), both_vote_sq=int(b @ b), both_cross=int(a @ b),
            )]))  # fmt: skip
        e = estimate_experience(units, ScorePolicy(use_text=use_text))
        level = e.estimate + e.offset
        off.append(level - (0.1 * 0.25 + 0.1 * 0.5 + 0.2 * 0.75 + 0.5))
        mean = float(level.mean())
        said.append(np.sqrt(mean * (1 - mean) / e.trials))
    return np.concatenate(off), np.concatenate(said)


def test_text_narrows_without_bias_and_knows_its_error() -> None:
    (off, said), (plain_off, plain_said) = windows(7, True), windows(7, False)
    assert abs(off.mean()) < 0.01
    assert off.std() < 0.8 * plain_off.std()
    assert said.mean() < 0.8 * plain_said.mean()
    # About 600 estimates: what it claims holds.
    assert np.mean(np.abs(off) < 1.96 * said) > 0.92
