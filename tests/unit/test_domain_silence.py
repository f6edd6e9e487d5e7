"""Who is silent: against what its size predicts, and never a small place by chance."""

from __future__ import annotations

import numpy as np

from webapp.domain.silence import heard


def test_a_place_that_says_a_fifth_of_what_it_should_is_silent() -> None:
    units = [(100, 5000.0)] * 10 + [(20, 5000.0)]
    found = heard(units)
    assert [line.silent for line in found if line] == [False] * 10 + [True]
    last = found[-1]
    assert last is not None
    assert last.low < last.rate < last.high
    assert last.raw < last.rate
    assert last.expected > 4 * last.count


def test_a_small_place_without_a_voice_is_not_called_silent() -> None:
    found = heard([(100, 5000.0)] * 10 + [(0, 30.0)])
    assert found[-1] is not None
    assert not found[-1].silent
    assert found[-1].rate > 0


def test_below_the_mean_is_no_silence() -> None:
    found = heard([(100, 5000.0)] * 10 + [(85, 5000.0)])
    assert found[-1] is not None
    assert not found[-1].silent


def test_a_crowd_is_loud() -> None:
    found = heard([(100, 5000.0)] * 10 + [(400, 5000.0)])
    assert [line.loud for line in found if line] == [False] * 10 + [True]


def test_an_unknown_size_stays_unknown() -> None:
    assert heard([(5, 0.0), (3, 0.0)]) == [None, None]
    assert heard([(5, 0.0), (30, 1000.0)])[0] is None
    assert heard([]) == []


def test_places_alike_are_hardly_ever_called_silent() -> None:
    rng = np.random.default_rng(2)
    called = total = 0
    for _city in range(50):
        sizes = rng.integers(500, 8000, 60)
        found = heard([(int(rng.poisson(0.01 * s)), float(s)) for s in sizes])
        called += sum(line.silent for line in found if line)
        total += len(found)
    assert called / total < 0.01
