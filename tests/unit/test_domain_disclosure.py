"""Cell suppression: an attacker with every published number and every sum works out no small count."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from webapp.domain import suppression
from webapp.domain.disclosure import SMALLEST, System, Unprotectable, attack, small
from webapp.domain.suppression import protect

Table = np.ndarray
SPREAD = SMALLEST - 2
slow = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def with_margins(inner: Table) -> System:
    """A table of any dimension with all its margins: index −1 of each axis is the sum over it."""
    full = inner
    for axis in range(inner.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    places = np.arange(full.size).reshape(full.shape)
    lines = []
    for axis in range(full.ndim):
        for line in np.moveaxis(places, axis, -1).reshape(-1, full.shape[axis]):
            row = np.zeros(full.size, dtype=np.int64)
            row[line[:-1]], row[line[-1]] = -1, 1
            lines.append(row)
    return System(full.reshape(-1).astype(np.int64), csr_array(np.array(lines)))


def seen(system: System, hidden: Table) -> Table:
    """What everybody is shown."""
    return np.where(hidden, np.nan, system.values.astype(float))


def widths(system: System, hidden: Table) -> Table:
    """How far an attacker cannot tell each small count."""
    targets = np.flatnonzero(small(system.values))
    targets = targets[:: 1 + len(targets) // 6]
    found = attack(seen(system, hidden), system.relations, targets.tolist())
    return found.high - found.low


tables = st.integers(2, 4).flatmap(
    lambda rows: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9, 17, 40]), min_size=3, max_size=3),
        min_size=rows, max_size=rows,
    )
)  # fmt: skip


@slow
@given(tables)
def test_no_small_count_can_be_narrowed_down(inner: list[list[int]]) -> None:
    system = with_margins(np.array(inner))
    hidden = protect(system)
    assert hidden[small(system.values)].all()
    assert not hidden[system.values == 0].any()
    assert (widths(system, hidden) >= SPREAD - 1e-6).all()


@slow
@given(st.lists(st.sampled_from([0, 1, 2, 4, 5, 8, 30]), min_size=12, max_size=12))
def test_nor_in_three_dimensions(counts: list[int]) -> None:
    system = with_margins(np.array(counts).reshape(2, 3, 2))
    assert (widths(system, protect(system)) >= SPREAD - 1e-6).all()


@slow
@given(st.lists(tables.filter(lambda t: len(t) == 3), min_size=3, max_size=3))
def test_a_release_after_another_opens_nothing_that_was_hidden(months: list[list[list[int]]]) -> None:
    """Three months come out one by one, the quarter with the last: what is out stays out, and all stay protected."""
    whole = with_margins(np.array(months))
    per_month = (4, 4)
    shape = (4, *per_month)
    out = np.zeros(shape, dtype=bool)
    for month in range(2):
        alone = with_margins(np.array(months[month]))
        out[month] = ~protect(alone).reshape(per_month)
    before = np.zeros(shape, dtype=bool)
    before[:2] = ~out[:2]
    zeros = (whole.values == 0).reshape(shape)
    hidden = protect(whole, published=out.reshape(-1), hidden=(before & ~zeros).reshape(-1))
    assert not (hidden & out.reshape(-1)).any()
    assert (widths(whole, hidden) >= SPREAD - 1e-6).all()


def test_the_attacker_is_real() -> None:
    """Hiding the small counts alone gives them away, and the attack says so."""
    system = with_margins(np.array([[2, 20, 30], [10, 11, 12], [13, 14, 15]]))
    found = attack(seen(system, small(system.values)), system.relations)
    assert (found.low, found.high) == (pytest.approx([2]), pytest.approx([2]))
    one_more = small(system.values) | (system.values == 20)
    assert widths(system, one_more) == pytest.approx([0])
    assert widths(system, protect(system)).min() >= SPREAD


def test_few_counts_are_hidden_beside_the_small_ones() -> None:
    """One small count of a large table takes three others: the corners of a rectangle, the cheapest that there are."""
    inner = np.arange(20, 120).reshape(10, 10)
    inner[3, 4] = 2
    inner[3, 7] = inner[8, 4] = inner[8, 7] = 6
    hidden = protect(with_margins(inner)).reshape(11, 11)
    assert set(zip(*np.nonzero(hidden), strict=True)) == set(product((3, 8), (4, 7)))


def test_what_is_out_cannot_be_taken_back() -> None:
    system = with_margins(np.array([[2, 20], [10, 11]]))
    others = system.values != 2
    with pytest.raises(Unprotectable):
        protect(system, published=others)


def test_a_change_is_protected_like_a_small_count() -> None:
    """A corrected number that moved by one stays hidden, and nobody works it out from the totals."""
    system = with_margins(np.array([[50, 60], [70, 80]]))
    moved = system.values == 50
    hidden = protect(system, also=moved)
    assert hidden[moved].all()
    found = attack(seen(system, hidden), system.relations, np.flatnonzero(moved).tolist())
    assert found.high[0] - found.low[0] >= SPREAD


def test_acts_of_offices_are_published_however_few() -> None:
    system = with_margins(np.array([[1, 20], [10, 11]]))
    exempt = system.values == 1
    assert not protect(system, exempt=exempt)[exempt].any()


@pytest.mark.parametrize(
    ("values", "line"), [([3, -1, 2], [1, -1, -1]), ([4, 1, 2], [1, -1, -1])], ids=["negative", "wrong sum"]
)
def test_impossible_tables_are_refused(values: list[int], line: list[int]) -> None:
    with pytest.raises(ValueError, match=r"negative|sums"):
        System(np.array(values), csr_array(np.array([line])))


def test_nothing_to_hide() -> None:
    system = System(np.zeros(0, dtype=np.int64), csr_array((0, 0), dtype=np.int64))
    assert protect(system).shape == (0,)


@pytest.mark.parametrize("wrong", [1, 2, 5])
def test_an_answer_that_keeps_the_sums_only_nearly_is_no_witness(
    monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    """Solvers answer within tolerances; what rounding makes of that must be checked, and something else be tried."""
    solve, asked = suppression._Programme.solve, []

    def nearly(programme: suppression._Programme) -> Table | None:
        asked.append(1)
        moved = solve(programme)
        if moved is not None and len(asked) <= wrong:
            moved = moved.copy()
            moved[np.flatnonzero(moved)[0]] += 1.0
        return moved

    monkeypatch.setattr(suppression._Programme, "solve", nearly)
    system = with_margins(np.array([[1, 9, 17], [6, 2, 40], [8, 12, 3]]))
    hidden = protect(system)
    assert len(asked) > wrong
    assert (widths(system, hidden) >= SPREAD - 1e-6).all()
