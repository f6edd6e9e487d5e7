"""Rounded parts that add up to their rounded total."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor


def rounded_to_sum(values: Sequence[float], digits: int = 1) -> list[float]:
    """Each value rounded to ``digits`` so that they add up to the rounded sum, each moved by less than one last digit.

    The method of largest remainders (Hamilton's): all are rounded down, and what is missing goes to those that lost most.
    """
    unit = 10**digits
    scaled = [value * unit for value in values]
    down = [floor(value) for value in scaled]
    missing = round(sum(scaled)) - sum(down)
    most = sorted(range(len(values)), key=lambda i: (down[i] - scaled[i], i))
    for i in most[:missing]:
        down[i] += 1
    return [value / unit for value in down]
