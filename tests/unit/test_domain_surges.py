"""Early hints: quiet years stay quiet at the rate that is promised, real surges are seen."""

from __future__ import annotations

import numpy as np
import pytest

from webapp.domain.surges import WEEKS_PER_MONTH, SurgePolicy, between_weeks, chance_of, surges


def quiet(rng: np.random.Generator, cells: int = 150, weeks: int = 13) -> dict[int, tuple[int, list[int]]]:
    """Cells of all levels whose weeks vary by 25 %, as weeks do."""
    level = rng.gamma(0.6, 6.0, cells)[:, None]
    spread = rng.gamma(16.0, 1 / 16.0, (cells, weeks))
    counts = rng.poisson(level * spread)
    return {i: (int(row[-1]), row[:-1].tolist()) for i, row in enumerate(counts)}


def test_false_alarms_stay_at_the_rate_that_was_set() -> None:
    rng = np.random.default_rng(4)
    policy = SurgePolicy(at_least=0)
    found = sum(len(surges(quiet(rng), policy)) for _ in range(300))
    per_month = found / 300 * WEEKS_PER_MONTH
    assert 0.4 < per_month < 1.2


def test_a_surge_is_seen_among_quiet_cells() -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(40):
        cells = quiet(rng)
        cells[999] = (int(rng.poisson(24)), rng.poisson(4.0, 12).tolist())
        found = surges(cells)
        seen += bool(found) and found[0].key == 999
    assert seen >= 36


def test_few_people_are_never_a_hint() -> None:
    cells = {i: (0, [0] * 12) for i in range(50)} | {99: (4, [0] * 12)}
    assert surges(cells) == []


def test_chance_by_hand() -> None:
    # Without spread between weeks and one past week of 0: level ~ Gamma(½) over 2 weeks, r = ½, m = ¼.
    expected, chance = chance_of(1, [0], 0.0)
    assert expected == pytest.approx(0.25)
    # Negative binomial: P(0) = (r / (r + m))^r
    assert chance == pytest.approx(1 - (0.5 / 0.75) ** 0.5)
    assert chance_of(0, [3, 3], 0.1)[1] == 1.0
    with pytest.raises(ValueError, match="past"):
        chance_of(1, [], 0.1)


def test_weeks_that_vary_more_raise_the_bar() -> None:
    rng = np.random.default_rng(6)
    calm = rng.poisson(20.0, (200, 12)).tolist()
    wild = rng.poisson(20.0 * rng.gamma(2.0, 0.5, (200, 12))).tolist()
    assert between_weeks(calm) < 0.05
    assert between_weeks(wild) == pytest.approx(0.5, abs=0.12)
    assert chance_of(35, [20] * 12, 0.5)[1] > chance_of(35, [20] * 12, 0.02)[1]
    assert between_weeks([]) == 2.0


def test_no_cells_no_hints() -> None:
    assert surges({}) == []
