"""Rising words: what more people say, not what is always common or always rare."""

from __future__ import annotations

import numpy as np
import pytest

from webapp.domain.rising import rising

COMMON = {f"w{i}": 40 for i in range(50)}


def test_a_word_that_many_more_use_rises_and_common_ones_do_not() -> None:
    found = rising({**COMMON, "喇叭": 30}, {**COMMON, "喇叭": 4})
    assert [line.word for line in found] == ["喇叭"]
    assert (found[0].now, found[0].before) == (30, 4)
    assert found[0].z > 3
    assert 1 < found[0].ratio < 30 / 4


def test_a_longer_window_is_no_rise() -> None:
    assert rising({word: 3 * n for word, n in COMMON.items()}, COMMON) == []


def test_a_falling_word_is_not_shown() -> None:
    assert rising({**COMMON, "雪": 1}, {**COMMON, "雪": 30}) == []


@pytest.mark.parametrize("people", [1, 4])
def test_what_fewer_than_five_say_is_not_shown(people: int) -> None:
    assert rising({**COMMON, "某楼": people}, COMMON) == []


@pytest.mark.parametrize(("now", "before"), [({}, {}), (COMMON, {}), ({}, COMMON)])
def test_without_a_yardstick_nothing_rises(now: dict[str, int], before: dict[str, int]) -> None:
    assert rising(now, before) == []


def test_a_quiet_city_shows_next_to_nothing() -> None:
    rng = np.random.default_rng(11)
    rates = rng.gamma(0.7, 8, 300)
    shown = quiet = 0
    for _week in range(200):
        now, before = ({f"w{i}": int(n) for i, n in enumerate(rng.poisson(rates)) if n} for _ in range(2))
        found = rising(now, before)
        shown += len(found)
        quiet += not found
    # With nothing to find, every word shown is false: one family in ten may show any.
    assert quiet / 200 >= 0.88
    assert shown / 200 < 0.3


def test_most_of_what_is_shown_is_real() -> None:
    rng = np.random.default_rng(5)
    rates = rng.gamma(0.7, 8, 300) + 1
    real, false, missed = 0, 0, 0
    for _week in range(60):
        risen = set(rng.choice(300, 10, replace=False).tolist())
        higher = np.array([rate * 4 + 12 if i in risen else rate for i, rate in enumerate(rates)])
        now = {f"w{i}": int(n) for i, n in enumerate(rng.poisson(higher)) if n}
        before = {f"w{i}": int(n) for i, n in enumerate(rng.poisson(rates)) if n}
        found = {int(line.word[1:]) for line in rising(now, before)}
        real, false, missed = (
            real + len(found & risen),
            false + len(found - risen),
            missed + len(risen - found),
        )
    assert false / (real + false) < 0.1
    assert real / (real + missed) > 0.8
