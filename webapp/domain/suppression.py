"""Which counts to hide so that no small one can be worked out: a witness for each, found by linear programmes.

See :mod:`webapp.domain.disclosure` for what is protected against whom, and for the sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds as Limits
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array, hstack
from scipy.sparse.csgraph import connected_components

from webapp.domain.disclosure import SMALLEST, Bools, Ints, System, Unprotectable, small

_REACH: Final = (2, 3, 5)
_ALREADY_HIDDEN: Final = 0.01
_DEAR: Final = 4.0
_TOGETHER: Final = 4


@dataclass
class _Search:
    """The state of :func:`protect`: what is hidden, and how far the witnesses found so far move each count."""

    system: System
    hidden: Bools
    frozen: Bools
    cost: NDArray[np.float64]
    lowest: Ints
    highest: Ints
    by_cell: csc_array = field(init=False)
    by_row: csr_array = field(init=False)
    columns: csc_array = field(init=False)
    feasible: bool = True
    """whether the last programme had any solution"""

    def __post_init__(self) -> None:
        self.columns = self.system.relations.tocsc()
        pattern = abs(self.system.relations)
        self.by_row, self.by_cell = pattern.tocsr(), pattern.tocsc()

    def near(self, target: int, steps: int | None) -> NDArray[np.intp]:
        """Cells that may move, at most ``steps`` sums away from the target (None: all)."""
        movable = (self.system.values > 0) & ~self.frozen
        if steps is None:
            return np.flatnonzero(movable)
        seen = np.zeros(len(movable), dtype=bool)
        seen[target] = True
        for _ in range(steps):
            rows = self.by_row @ (seen & movable).astype(np.int32) > 0
            seen |= self.by_row.T @ rows.astype(np.int32) > 0
        return np.flatnonzero(seen & movable)

    def reach(self, target: int) -> int:
        """How far the witnesses move a count, from the lowest to the highest."""
        return int(self.highest[target] - self.lowest[target])

    def is_witness(self, cells: NDArray[np.intp], moved: Ints) -> bool:
        """Whether the change keeps every sum and what is frozen, and leaves counts of at least one.

        A solver's answer is right within its tolerances only; this is exact.
        """
        change = self._change(cells, moved)
        if np.any(self.system.relations @ change) or np.any(change[self.frozen]):
            return False
        return not np.any((self.system.values + change)[change != 0] < 1)

    def _change(self, cells: NDArray[np.intp], moved: Ints) -> Ints:
        change = np.zeros(len(self.hidden), dtype=np.int64)
        change[cells] = moved
        return change

    def take(self, cells: NDArray[np.intp], moved: Ints) -> None:
        """Hide what a witness moves, and remember how far."""
        if not self.is_witness(cells, moved):
            raise AssertionError("not a witness")
        change = self._change(cells, moved)
        other = self.system.values + change
        self.hidden |= change != 0
        np.minimum(self.lowest, other, out=self.lowest)
        np.maximum(self.highest, other, out=self.highest)


@dataclass(frozen=True, slots=True)
class _Programme:
    """Cheapest change: variables are ups, then downs of the cells. Shapes: prices, lower and upper (2n,)."""

    prices: NDArray[np.float64]
    relations: csr_array
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def solve(self) -> NDArray[np.float64] | None:
        """The change of each cell, perhaps in fractions; None where there is none."""
        right, bounds = np.zeros(self.relations.shape[0]), np.column_stack([self.lower, self.upper])
        found = linprog(self.prices, A_eq=self.relations, b_eq=right, bounds=bounds)
        return self._net(found.x) if found.status == 0 else None

    def solve_whole(self) -> NDArray[np.float64] | None:
        """The same in whole numbers from the start, which can take long."""
        found = milp(
            self.prices, integrality=np.ones(len(self.prices)), bounds=Limits(self.lower, self.upper),
            constraints=LinearConstraint(self.relations, 0.0, 0.0), options={"mip_rel_gap": 0.2, "time_limit": 30.0},
        )  # fmt: skip
        return None if found.x is None else self._net(found.x)

    @staticmethod
    def _net(answer: NDArray[np.float64]) -> NDArray[np.float64]:
        half = len(answer) // 2
        return np.asarray(answer[:half] - answer[half:], dtype=np.float64)


def _programme(
    search: _Search, cells: NDArray[np.intp], targets: Sequence[int], by: int, noise: int
) -> _Programme:
    values = search.system.values[cells]
    relations = search.columns[:, cells].tocsr()
    relations = relations[np.flatnonzero(np.diff(relations.indptr))]
    at = np.searchsorted(cells, targets)
    up, down = np.full(len(cells), np.inf), (values - 1).astype(float)
    lower = np.zeros(2 * len(cells))
    (up if by > 0 else down)[at] = lower[at if by > 0 else at + len(cells)] = abs(by)
    (down if by > 0 else up)[at] = 0.0
    # What is hidden anyway costs nearly nothing, and least where the same change protects a small count as well.
    waiting = (search.highest - search.lowest)[cells] == 0
    hidden = np.where(waiting, _ALREADY_HIDDEN / 10, _ALREADY_HIDDEN)
    price = np.where(search.hidden[cells], hidden, search.cost[cells])
    if noise:
        # Another corner of the same polyhedron, which may be a whole one.
        price = price * np.random.default_rng(noise).uniform(0.5, 1.5, len(price))
    both = hstack([relations, -relations], format="csr")
    return _Programme(np.concatenate([price, price]), both, lower, np.concatenate([up, down]))


def _whole_parts(relations: csr_array, moved: NDArray[np.float64]) -> Ints:
    """The change without those of its connected parts that are not in whole numbers: each part keeps all sums alone."""
    support = np.flatnonzero(np.abs(moved) > 1e-7)
    ties = relations[:, support]
    _count, part = connected_components(abs(ties).T @ abs(ties), directed=False)
    off = np.abs(moved[support] - np.rint(moved[support])) > 1e-6
    kept = ~np.isin(part, part[off])
    whole = np.zeros(len(moved), dtype=np.int64)
    whole[support[kept]] = np.rint(moved[support[kept]]).astype(np.int64)
    return whole


def _witness(
    search: _Search, cells: NDArray[np.intp], targets: Sequence[int], by: int, noise: int = 0
) -> Ints | None:
    """The cheapest change that moves every target ``by`` and keeps all sums; None where there is none.

    Whole numbers: parts of it that are not are left out, and their targets stay where they are; all do where rounding
    shows that the solver's answer was none.
    """
    programme = _programme(search, cells, targets, by, noise)
    moved = programme.solve()
    if moved is None:
        return None
    whole = _whole_parts(programme.relations[:, : len(cells)], moved)
    return whole if search.is_witness(cells, whole) else np.zeros_like(whole)


def protect(
    system: System, *, published: Bools | None = None, hidden: Bools | None = None, smallest: int = SMALLEST,
    exempt: Bools | None = None, also: Bools | None = None,
) -> Bools:  # fmt: skip
    """Which counts to hide: those below ``smallest``, and as many more as it takes. Shape (n,).

    published   counts that are out already and cannot be taken back
    hidden      counts that must be hidden whatever their size (they are in an earlier release)
    exempt      counts of acts, not of people: small ones are published too, unless they give another count away
    also        counts to be protected like small ones, whatever their size

    Raises Unprotectable where ``published`` gives a small count away by itself.
    """
    values = system.values
    none = np.zeros(len(values), dtype=bool)
    frozen = none if published is None else published
    acts = none if exempt is None else exempt
    sensitive = ((small(values, smallest) & ~acts) | (none if also is None else also)) & ~frozen
    started = (sensitive | (none if hidden is None else hidden)) & ~frozen
    cost = (1.0 + np.log2(np.maximum(values, 1))) * np.where(acts, _DEAR, 1.0)
    search = _Search(system, started, frozen, cost, values.copy(), values.copy())
    spread, waiting = smallest - 2, np.flatnonzero(sensitive)
    while len(waiting):
        _protect_many(search, _apart(search, waiting), spread)
        waiting = waiting[(search.highest - search.lowest)[waiting] < spread]
    return search.hidden


def _apart(search: _Search, waiting: NDArray[np.intp]) -> list[int]:
    """Some of the counts, no two of them in one sum: a single programme can move them all."""
    taken = np.zeros(search.by_row.shape[0], dtype=bool)
    chosen: list[int] = []
    for target in waiting:
        rows = search.by_cell.indices[search.by_cell.indptr[target] : search.by_cell.indptr[target + 1]]
        if not taken[rows].any():
            taken[rows] = True
            chosen.append(int(target))
    return chosen


def _protect_many(search: _Search, targets: Sequence[int], spread: int) -> None:
    """All targets at once, or in halves where that does not go."""
    targets = [target for target in targets if search.reach(target) < spread]
    if len(targets) < _TOGETHER:
        # A programme of one neighbourhood is so much smaller.
        for target in targets:
            if search.reach(target) < spread:
                _protect_one(search, target, spread)
        return
    cells = search.near(targets[0], None)
    moved = _witness(search, cells, targets, spread)
    if moved is not None:
        search.take(cells, moved)
    half = len(targets) // 2
    for part in (targets[:half], targets[half:]):
        _protect_many(search, part, spread)


def _protect_one(search: _Search, target: int, spread: int) -> None:
    """Let the target move by ``spread`` in all: up, or where what is out forbids that, part of it down."""
    for steps in (*_REACH, None):
        cells = search.near(target, steps)
        for noise, by in enumerate((spread, spread, spread + 1, 2 * spread)):
            if _moved(search, cells, target, by, noise):
                return
            if noise == 0 and not search.feasible:
                break
    for down in range(1, spread + 1):
        for by in (-down, spread - down):
            if by:
                _moved(search, cells, target, by, down)
        if search.reach(target) >= spread:
            return
    for by in (spread, -spread, *range(spread - 1, 0, -1), *range(1 - spread, 0)):
        moved = _programme(search, cells, [target], by, 0).solve_whole()
        whole = None if moved is None else np.rint(moved).astype(np.int64)
        if whole is not None and search.is_witness(cells, whole):
            search.take(cells, whole)
        if search.reach(target) >= spread:
            return
    raise Unprotectable(target)


def _moved(search: _Search, cells: NDArray[np.intp], target: int, by: int, noise: int) -> bool:
    """Whether a witness was found that moves the target."""
    moved = _witness(search, cells, [target], by, noise)
    search.feasible = moved is not None
    if moved is None or not moved[np.searchsorted(cells, target)]:
        return False
    search.take(cells, moved)
    return True
