"""Counts that are published: no cell under five, and none that follows from the rest."""

from __future__ import annotations

import pytest

from webapp.queries.publishing import hidden_cells


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([10, 20, 30, 5, 8], [10, 20, 30, 5, 8]),
        ([0, 20, 30, 0, 8], [0, 20, 30, 0, 8]),
        ([2, 20, 30, 0, 8], [None, 20, 30, 0, None]),
        ([2, 3, 30, 0, 8], [None, None, 30, 0, 8]),
        ([4, 0, 0, 0, 0], [None, 0, 0, 0, 0]),
    ],
    ids=["large", "zeros", "one small takes another", "two small", "alone"],
)
def test_small_cells_are_hidden_and_cannot_be_worked_out(counts: list[int], shown: list[int | None]) -> None:
    assert hidden_cells(counts) == shown
