"""How scores moved: six points over the window and the one before it, with their intervals.

All points of all peers are scored as one group, so that a line compares like with like and single thin points borrow
from the rest; the last point is therefore near the score of the window, not equal to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.domain.scoring import UnitScore, composite, demand_weights
from webapp.queries import tallies
from webapp.queries.kept import TREND_LAG_S
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.scoring import MONTH, remembered, scored_among_peers, today, yearly_demand
from webapp.queries.tallies import Window
from webapp.queries.units import catalogue

POINTS = 6


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Score 0…100 of a part of the time with its interval, None where too little was heard; ``n`` votes."""

    window: Window
    score: float | None
    low: float | None
    high: float | None
    n: int


def _scored(kind: str, window: Window) -> Sequence[Mapping[int, UnitScore]]:
    """Scores of all units of a kind in each part of the time."""

    def compute(policy: EvaluationPolicy) -> Sequence[Mapping[int, UnitScore]]:
        known, span = catalogue(), Window(window.before().first, window.last)
        units = (
            known.services
            if kind == "service"
            else {i: u for i, u in known.departments.items() if i not in known.owners}
        )
        share = span.days / POINTS / MONTH if kind == "service" else 1.0
        parts = tallies.read_parts(kind, span, POINTS, today())
        flat = [(index, i, found[i]) for index, found in enumerate(parts) for i in found if i in units]
        given = [
            (units[i].code, tallies.unit_tally(f"{index}:{i}", row, 0, units[i].exposure * share))
            for index, i, row in flat
        ]
        scores = scored_among_peers(given, kind, policy)
        result: list[dict[int, UnitScore]] = [{} for _ in parts]
        for (index, i, _row), score in zip(flat, scores, strict=True):
            result[index][i] = score
        return result

    return remembered(f"trend {kind}", window, compute, TREND_LAG_S)


def _windows(window: Window) -> list[Window]:
    return Window(window.before().first, window.last).parts(POINTS)


def _point(window: Window, score: UnitScore | None) -> TrendPoint:
    if score is None:
        return TrendPoint(window, None, None, None, 0)
    return TrendPoint(window, score.score, score.low, score.high, score.n)


def service_trend(code: str, window: Window) -> list[TrendPoint]:
    """The points of one service; empty for an unknown one."""
    unit = catalogue().service(code)
    if unit is None:
        return []
    found = _scored("service", window)
    return [_point(w, scores.get(unit.id)) for w, scores in zip(_windows(window), found, strict=True)]


def department_trend(code: str, window: Window) -> list[TrendPoint]:
    """The points of one department: its services under the weights of the window, or itself where it has none."""
    known = catalogue()
    unit = known.department(code)
    if unit is None:
        return []
    windows = _windows(window)
    if unit.id not in known.owners:
        found = _scored("department", window)
        return [_point(w, scores.get(unit.id)) for w, scores in zip(windows, found, strict=True)]
    demand = yearly_demand(window)
    owned = [u.id for u in known.owned(unit.id) if u.id > 0 or demand[u.id]]
    omegas = demand_weights({str(i): demand[i] for i in owned})
    points = []
    for index, (w, scores) in enumerate(zip(windows, _scored("service", window), strict=True)):
        mine = [scores[i] for i in owned if i in scores]
        made = composite(mine, {f"{index}:{key}": omega for key, omega in omegas.items()})
        points.append(TrendPoint(w, made.score, made.low, made.high, sum(s.n for s in mine)))
    return points
