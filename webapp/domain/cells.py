"""Votes of a stratum weighted up by the areas that they come from: post-stratification by channel and area (DESIGN §5.2).

Cells of few votes are collapsed (Little, JASA 88, 1993), and what is left is weighted as far as the areas are seen to
differ: where they do not, every vote counts alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.domain.selection import LEVELS
from webapp.domain.tallies import StratumTally, UnitTally

Floats = NDArray[np.float64]

LEAST: Final = 5
"""Votes that a cell needs to stand alone; smaller ones of a stratum are taken together"""
_MIN_FREEDOM: Final = 10  # fewer degrees of freedom cannot estimate a variance
_MIN_INTERACTION: Final = 0.02**2
_MAX_INTERACTION: Final = 0.15**2


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=float), where=bottom > 0)


def interaction_variance(n: Floats, residual: Floats, spread: float) -> float:
    """How much cells of a row differ beyond chance (variance ω²), by the method of moments, common to all rows.

    n, residual of shape (rows, cells): number and mean of votes less what is common; spread of a single vote.
    E Σ n (residual − row mean)² = σ² (cells − 1) + ω² (n − Σ n² / n) per row.
    """
    total = n.sum(axis=1)
    level = _ratio((n * residual).sum(axis=1), total)
    freedom = np.maximum((n > 0).sum(axis=1) - 1, 0)
    if freedom.sum() < _MIN_FREEDOM:
        return _MAX_INTERACTION
    seen = (n * (residual - level[:, None]) ** 2).sum() - spread * freedom.sum()
    room = (total - _ratio((n * n).sum(axis=1), total)).sum()
    return float(np.clip(seen / max(room, 1e-9), _MIN_INTERACTION, _MAX_INTERACTION))


def cell_weights(n: Floats, share: Floats, spread: float, interaction: float) -> Floats:
    """Weights of the cells' means, rows summing to 1 over cells with votes; shape (rows, cells).

    They minimise Σ c² σ²/n + ω² Σ (share − c)²: the noise of few votes against the error of letting one cell speak for
    another. With many votes c is the share of all closed cases, which is plain post-stratification; a cell with two
    votes never carries half a service.
    """
    noise = np.divide(spread, n, out=np.full_like(n, np.inf), where=n > 0)
    precision = 1 / (interaction + noise)
    own = share * interaction * precision
    rest = _ratio(1 - own.sum(axis=1), precision.sum(axis=1))
    weights: Floats = own + rest[:, None] * precision
    return weights


def _levels(cell: StratumTally) -> list[int]:
    return [cell.rating_1, cell.rating_2, cell.rating_3, cell.rating_4, cell.rating_5]


def _collapsed(areas: Mapping[str, Sequence[StratumTally]]) -> list[tuple[Floats, float]]:
    """(votes per level, closed cases) of each area, small ones as one."""
    found = [
        (np.sum([_levels(c) for c in cells], axis=0, dtype=float), float(sum(max(c.closed_cases, c.votes) for c in cells)))
        for cells in areas.values()
    ]  # fmt: skip
    small = [cell for cell in found if cell[0].sum() < LEAST]
    large = [cell for cell in found if cell[0].sum() >= LEAST]
    if small:
        large.append((np.sum([votes for votes, _ in small], axis=0), sum(closed for _, closed in small)))
    return large


def weigh_areas(
    votes: Floats, units: Sequence[UnitTally], columns: Mapping[str, int], names: Mapping[str, str], spread: float
) -> Floats:  # fmt: skip
    """``votes`` (units, strata, 5), each stratum's levels in the mix of its areas' closed cases, and as many as they are
    worth after it. ``columns``: of the strata; ``names``: what a stratum is called there. Strata of one area stay."""
    groups: dict[tuple[int, int], dict[str, list[StratumTally]]] = defaultdict(lambda: defaultdict(list))
    for row, unit in enumerate(units):
        if any(cell.area for cell in unit.strata):
            for cell in unit.strata:
                groups[row, columns[names[cell.stratum]]][cell.area].append(cell)
    several = {place: _collapsed(areas) for place, areas in groups.items() if len(areas) > 1}
    if not several:
        return votes
    width = max(map(len, several.values()))
    levels, closed = np.zeros((len(several), width, 5)), np.zeros((len(several), width))
    for i, cells in enumerate(several.values()):
        for j, (counts, cases) in enumerate(cells):
            levels[i, j], closed[i, j] = counts, cases
    n = levels.sum(axis=2)
    omega = interaction_variance(n, _ratio(levels @ LEVELS, n), spread)
    share = closed / np.maximum(closed.sum(axis=1, keepdims=True), 1e-9)
    weights = cell_weights(n, share, spread, omega)
    shares = _ratio(levels, np.broadcast_to(n[:, :, None], levels.shape))
    mixed = (weights[:, :, None] * shares).sum(axis=1)
    error = spread * _ratio(weights**2, n).sum(axis=1) + omega * ((share - weights) ** 2).sum(axis=1)
    worth = np.minimum(_ratio(np.full(len(n), spread), error), n.sum(axis=1))
    result = votes.copy()
    for i, (row, column) in enumerate(several):
        if n[i].sum():
            result[row, column] = worth[i] * mixed[i]
    return result
