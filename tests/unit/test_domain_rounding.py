"""Rounded parts add up, and none moves by a whole last digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.rounding import rounded_to_sum

POINTS = st.lists(st.floats(-60, 60, allow_nan=False), max_size=40)


@given(POINTS, st.integers(0, 2))
def test_parts_add_up_to_the_rounded_sum(values: list[float], digits: int) -> None:
    found = rounded_to_sum(values, digits)
    assert sum(found) == pytest.approx(round(sum(v * 10**digits for v in values)) / 10**digits)
    assert all(abs(a - b) < 1 / 10**digits + 1e-9 for a, b in zip(found, values, strict=True))


def test_three_thirds_are_one() -> None:
    assert rounded_to_sum([1 / 3] * 3) == [0.4, 0.3, 0.3]
    assert sorted(rounded_to_sum([-0.04, -0.04, -0.04])) == [-0.1, 0.0, 0.0]
    assert rounded_to_sum([]) == []
