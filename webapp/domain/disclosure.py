"""Counts published so that nobody can work out a small one: cell suppression over everything that is published at once.

A count of 1 to 4 is hidden (primary suppression, the minimum frequency rule). It would follow from totals, from other
levels of a hierarchy or from an earlier release, so further counts are hidden (secondary, or complementary, suppression)
until an attacker who knows every published number and every sum that ties them can narrow no small count down further
than the rule itself does: what remains possible spans at least as much as 1 to 4 (sliding protection). Terms and model:
Hundepool et al., Statistical Disclosure Control (Wiley, 2012), chapter 4; the linear programme for one cell at a time:
Kelly, Golden and Assad, Networks 22 (1992); sliding protection: Fischetti and Salazar, Management Science 47 (2001).

Zeros are never hidden (an empty cell is about nobody), and the attacker knows it: a hidden count is at least 1.
:mod:`webapp.domain.suppression` chooses what to hide. Every protection is a *witness*: a second table of whole numbers
that looks the same from outside. Witnesses are checked by exact arithmetic, so that the proof does not hang on the
tolerance of a solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

SMALLEST: Final = 5
"""Fewer people than this are not published as a number (DESIGN §5)."""

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Unprotectable(ValueError):
    """No way was found to protect a small count (its index is the argument) beside what was published before."""


@dataclass(frozen=True, slots=True)
class System:
    """Counts and all that ties them: ``relations @ values == 0``, one row per sum, entries 1 and −1.

    Shapes: values (n,), relations (m, n). Raises ValueError when a sum does not hold or a count is negative.
    """

    values: Ints
    relations: csr_array

    def __post_init__(self) -> None:
        if self.values.size and self.values.min() < 0:
            raise ValueError("counts cannot be negative")
        if np.any(self.relations @ self.values):
            raise ValueError("the sums do not hold")


def small(values: Ints, smallest: int = SMALLEST) -> Bools:
    """Which counts are too small to be published."""
    return (values > 0) & (values < smallest)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an attacker can say of hidden counts: each lies in ``low`` … ``high`` (inf: no limit)."""

    cells: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def attack(
    published: NDArray[np.float64], relations: csr_array, targets: Sequence[int] | None = None
) -> Bounds:
    """The audit: the narrowest limits that the published numbers set to each hidden count (nan), by linear programmes.

    It sees what everybody sees and nothing else, and is independent of how the counts were hidden.
    """
    unknown = np.flatnonzero(np.isnan(published))
    known = np.where(np.isnan(published), 0.0, published)
    rows = relations[:, unknown]
    used = np.flatnonzero(np.diff(rows.indptr))
    rows, right = rows[used], -(relations @ known)[used]
    cells = unknown if targets is None else np.asarray(targets, dtype=np.intp)
    low, high = np.ones(len(cells)), np.full(len(cells), np.inf)
    for i, at in enumerate(np.searchsorted(unknown, cells)):
        for sign, limits in ((1.0, low), (-1.0, high)):
            price = np.zeros(len(unknown))
            price[at] = sign
            found = linprog(price, A_eq=rows, b_eq=right, bounds=(1, None))
            if found.status == 0:
                limits[i] = sign * found.fun
            elif found.status == 2:
                raise ValueError("the published numbers contradict each other")
    return Bounds(cells, low, high)
