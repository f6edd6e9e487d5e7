"""Early hints: quiet years stay quiet at the rate that is promised, real surges are seen."""

from __future__ import annotations

import numpy as np
import pytest

from tools.simulate.early import Town, false_alarms
from webapp.domain.surges import (
    WEEKS_PER_MONTH,
    Season,
    Weeks,
    alarm_level,
    between_weeks,
    chance_of,
    day_exposures,
    forecast,
    outbreak_weights,
    season,
    surges,
    tail,
)


def quiet(rng: np.random.Generator, cells: int = 150, weeks: int = 13) -> dict[int, tuple[int, list[int]]]:
    """Cells of all levels whose weeks vary by 25 %, as weeks do."""
    level = rng.gamma(0.6, 6.0, cells)[:, None]
    spread = rng.gamma(16.0, 1 / 16.0, (cells, weeks))
    counts = rng.poisson(level * spread)
    return {i: (int(row[-1]), row[:-1].tolist()) for i, row in enumerate(counts)}


def test_false_alarms_stay_at_the_rate_that_was_set() -> None:
    rng = np.random.default_rng(4)
    # Looked at daily a month holds four times as many separate looks as weeks.
    found = sum(len(surges(quiet(rng))) for _ in range(600))
    per_month = found / 600 * WEEKS_PER_MONTH * 4
    assert 0.5 < per_month < 1.4


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


def test_kinds_of_day_by_hand() -> None:
    # Mean day 100. Mondays 150, 150: (300 + 50) / (200 + 50) = 1.4. One holiday of 0: (0 + 50) / (100 + 50) = .333.
    found = day_exposures([150, 150, 100, 0], ["mon", "mon", "tue", "holiday"])
    assert found == pytest.approx({"mon": 1.4, "tue": 1.0, "holiday": 1 / 3})
    assert day_exposures([0, 0], ["mon", "tue"]) == {"mon": 1.0, "tue": 1.0}
    with pytest.raises(ValueError, match="kind"):
        day_exposures([1], [])


def test_a_week_with_holidays_in_it_is_expected_to_hold_less() -> None:
    past = np.full((1, 12), 20.0)
    whole, _ = forecast(past, Weeks(1.0, [1.0] * 12), 0.05)
    half, _ = forecast(past, Weeks(0.5, [1.0] * 12), 0.05)
    assert half[0] == pytest.approx(whole[0] / 2)


def test_season_by_hand() -> None:
    # 300 in 3 weeks against 600 in 12: 100 against 50 a week, log ratio ln 2 = .693 less the half cases' effect.
    # Error 1/300.5 + 1/600.5 + .02 (1/3 + 1/12) = .0133; held back by .16 / (.16 + .0133) = .923.
    found = season(300, 3, 600, 12)
    assert found.factor == pytest.approx(np.exp(0.923 * np.log(2)), rel=0.01)
    assert found.variance == pytest.approx(0.16 * 0.0133 / (0.16 + 0.0133), rel=0.02)
    # Two against four prove little.
    assert season(2, 3, 4, 12).factor < 1.5
    assert season(0, 3, 0, 12) == Season()


def test_heating_in_november_is_no_news_when_it_was_so_last_year() -> None:
    cells = {i: (24, [8] * 12) for i in range(30)} | {99: (60, [8] * 12)}
    assert len(surges(cells)) == 31
    seasons = dict.fromkeys(cells, Season(3.0, 0.01))
    assert [s.key for s in surges(cells, seasons=seasons)] == [99]


def test_a_past_outbreak_is_not_the_yardstick_of_the_next() -> None:
    quiet_past, with_outbreak = [4] * 12, [4] * 6 + [60] + [4] * 5
    plain, _ = chance_of(20, quiet_past, 0.05)
    found, chance = chance_of(20, with_outbreak, 0.05)
    assert found < 1.5 * plain
    assert chance < 0.001
    weights = outbreak_weights(np.array([with_outbreak], dtype=float), np.ones(12), 0.05)
    assert weights[0, 6] < 0.2
    assert weights[0, :6] == pytest.approx(np.ones(6))


def test_the_level_gives_as_many_false_alarms_as_were_set() -> None:
    # 50 large cells and 950 that reach five once in millions of weeks: the level is shared by the 50.
    expected, size = np.array([200.0] * 50 + [0.05] * 950), np.full(1000, 10.0)
    level = alarm_level(expected, size, 5, 0.1)
    assert level == pytest.approx(0.1 / 50, rel=0.2)
    assert (tail(np.full(1000, 5.0), expected, size)[50:] < 1e-6).all()


def test_seven_looks_a_week_keep_the_promise() -> None:
    rate = false_alarms(1, Town(kinds=10, places=20), 3)
    # One a month promised: 12 in the year, 25 have a chance of 1 in 1,000.
    assert rate < 25 / 12


def test_no_cells_no_hints() -> None:
    assert surges({}) == []
