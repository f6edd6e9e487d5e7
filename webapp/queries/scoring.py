"""Counts of a window scored: all peers of a kind together, because small samples borrow from them; and composites.

Results are kept until something is written (:mod:`webapp.queries.kept`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import func, select

from webapp.domain.scoring import Composite, UnitScore, UnitTally, composite, demand_weights, score_units
from webapp.extensions import db
from webapp.models import ServiceDay, utcnow
from webapp.queries import tallies
from webapp.queries.counted import counted, today
from webapp.queries.kept import PAST_LAG_S, Parts, kept, parts_of
from webapp.queries.policy import EvaluationPolicy, scoring_policy
from webapp.queries.scorecards import Unit
from webapp.queries.tallies import ByChannel, Counts, Window
from webapp.queries.units import catalogue

T = TypeVar("T")
MONTH = 30.0
YEAR = 365
LEAST_PEERS = 5
# A shorter history before a period says little about what residents ask for.
SETTLED_DAYS = 90


def usual_window() -> Window:
    """The policy's window up to today."""
    return Window.ending(today(), scoring_policy().window_days)


@dataclass(frozen=True, slots=True)
class Scored:
    """One kind of unit in one window: counts, scores of those that are scored, what is overdue."""

    counts: Mapping[int, Counts]
    scores: Mapping[int, UnitScore]
    overdue: Counter[int]

    def counted(self, unit_id: int) -> Counts:
        return self.counts.get(unit_id, tallies.NO_COUNTS)


def remembered(
    name: str, window: Window, compute: Callable[[EvaluationPolicy], T], tolerate: float = 0.0,
    policy: EvaluationPolicy | None = None,
) -> T:  # fmt: skip
    """``compute(policy)``, kept for this window, day and policy; a window that ends before today is the past.

    Without ``policy`` the one that the window is scored by; what a window is compared with is scored by the same.
    """
    policy, day = policy or scoring_policy(window.last), today()
    lag = PAST_LAG_S if window.last < day else tolerate
    return kept((name, window, day, repr(policy)), lambda: compute(policy), lag)


def _scored(
    kind: str, units: Mapping[int, Unit], found: Mapping[int, ByChannel], window: Window, late: Counter[int],
    policy: EvaluationPolicy, parts: Parts, areas: Mapping[int, Mapping[str, ByChannel]] | None = None,
) -> Scored:  # fmt: skip
    # Uses are known per month and grow with the window; residents stay as many as they are.
    share = window.days / MONTH if kind == "service" else 1.0
    chosen = [unit for unit in units.values() if unit.id in found]
    given = [
        (
            u.code,
            parts.get(
                ("tally", u.id), tallies.unit_tally, str(u.id), found[u.id], late[u.id], u.exposure * share,
                (areas or {}).get(u.id),
            ),
        )
        for u in chosen
    ]  # fmt: skip
    scores = scored_among_peers(given, kind, policy)
    counts = {unit: parts.get(("total", unit), tallies.total, channels) for unit, channels in found.items()}
    return Scored(counts, {u.id: score for u, score in zip(chosen, scores, strict=True)}, late)


def scored_among_peers(
    units: Sequence[tuple[str, UnitTally]], kind: str, policy: EvaluationPolicy
) -> list[UnitScore]:
    """Each (code, tally) scored within its group of the policy, in the same order.

    A group of fewer than ``LEAST_PEERS`` cannot show how its members differ and joins the rest.
    """
    groups: dict[str, list[int]] = {}
    for i, (code, _tally) in enumerate(units):
        groups.setdefault(policy.peer_group(code), []).append(i)
    for name in [name for name, members in groups.items() if name and len(members) < LEAST_PEERS]:
        groups.setdefault("", []).extend(groups.pop(name))
    found: dict[int, UnitScore] = {}
    for name, members in groups.items():
        scores = score_units([units[i][1] for i in members], policy.scoring(kind), name)
        found.update(zip(members, scores, strict=True))
    return [found[i] for i in range(len(units))]


def _late(kind: str, window: Window) -> Counter[int]:
    """What is overdue; only the clock and casework move it."""
    key = ("overdue", kind, window)
    return kept(key, lambda: tallies.overdue(kind, window, utcnow()), cases_only=True)


def _scored_all(kind: str, units: Mapping[int, Unit], window: Window, policy: EvaluationPolicy) -> Scored:
    parts = parts_of((kind, window))
    return _scored(kind, units, counted(kind, window), window, _late(kind, window), policy, parts)


def scored_services(window: Window, policy: EvaluationPolicy | None = None) -> Scored:
    """Services, and departments' requests about none, in one group of peers."""

    def compute(policy: EvaluationPolicy) -> Scored:
        return _scored_all("service", catalogue().services, window, policy)

    return remembered("services", window, compute, policy=policy)


def scored_departments(window: Window, policy: EvaluationPolicy | None = None) -> Scored:
    """Departments by the requests that they answer and the reviews that they got; scores of those without services
    are among themselves."""

    def compute(policy: EvaluationPolicy) -> Scored:
        known = catalogue()
        others = {i: unit for i, unit in known.departments.items() if i not in known.owners}
        return _scored_all("department", others, window, policy)

    return remembered("departments", window, compute, policy=policy)


def yearly_demand(window: Window) -> Counter[int]:
    """Requests and votes per service in the twelve months before the window: what ω is made of."""

    def compute(policy: EvaluationPolicy) -> Counter[int]:
        column = ServiceDay.__table__.c
        voices = column.received + sum((column[f"rating_{level}"] for level in range(2, 6)), column.rating_1)
        before = window.before(YEAR)
        rows = db.session.execute(
            select(column.unit_id, func.sum(voices))
            .where(column.day >= before.first, column.day <= before.last)
            .group_by(column.unit_id)
        )
        return Counter({unit: int(count) for unit, count in rows})

    # All of it lies before the window.
    return remembered("demand", window, compute, PAST_LAG_S)


def _omegas(units: Sequence[Unit], demand: Counter[int]) -> dict[str, float]:
    # Requests about no service weigh as many as they are; a service nobody asked for yet is not nothing.
    return dict(demand_weights({str(u.id): demand[u.id] for u in units if u.id > 0 or demand[u.id]}))


def _first_day() -> date | None:
    return db.session.scalar(select(func.min(ServiceDay.day)))  # type: ignore[attr-defined]


def _settled(window: Window) -> bool:
    first = kept("first day", _first_day, PAST_LAG_S)
    return first is not None and window.first - first >= timedelta(days=SETTLED_DAYS)


@dataclass(frozen=True, slots=True)
class Composites:
    """Departments' composites in the window and the one before, and the weights ω of the window."""

    now: Mapping[int, Composite]
    was: Mapping[int, Composite]
    omegas: Mapping[int, Mapping[str, float]]


def composites(window: Window) -> Composites:
    """Σ ω·Score of every department that has services."""

    def compute(policy: EvaluationPolicy) -> Composites:
        known, earlier = catalogue(), window.before()
        scored, old = scored_services(window, policy), scored_services(earlier, policy)
        demand = yearly_demand(window)
        # Where the city is too young to know last period's demand, both periods are weighed alike.
        old_demand = yearly_demand(earlier) if _settled(earlier) else demand
        now, was, omegas = {}, {}, {}
        for department in known.owners:
            units = known.owned(department)
            omegas[department] = _omegas(units, demand)
            level = policy.score.level
            now[department] = composite(_of(units, scored.scores), omegas[department], level)
            was[department] = composite(_of(units, old.scores), _omegas(units, old_demand), level)
        return Composites(now, was, omegas)

    return remembered("composites", window, compute)


def _of(units: Sequence[Unit], scores: Mapping[int, UnitScore]) -> list[UnitScore]:
    return [scores[unit.id] for unit in units if unit.id in scores]


def scored_areas(level: int, window: Window, policy: EvaluationPolicy | None = None) -> Scored:
    """Areas of a level, each with all that lies in it; its votes in the mix of its parts' cases (streets of a district,
    communities of a street)."""

    def compute(policy: EvaluationPolicy) -> Scored:
        known, parts = catalogue(), parts_of(("areas", level, window))
        units = {unit.id: unit for unit in known.within(level)}
        gathered = _gathered(area_counts(window), level, parts)
        found = {unit: parts.get(("sum", unit), _added, *areas.values()) for unit, areas in gathered.items()}
        late: Counter[int] = Counter()
        for area, count in _late("area", window).items():
            late[known.up.get(area, {}).get(level, 0)] += count
        return _scored("area", units, found, window, late, policy, parts, gathered)

    return remembered(f"areas {level}", window, compute, policy=policy)


def area_counts(window: Window) -> Mapping[int, ByChannel]:
    return remembered("area counts", window, lambda _: counted("area", window))


def _gathered(found: Mapping[int, ByChannel], level: int, parts: Parts) -> dict[int, dict[str, ByChannel]]:
    """Counts of small areas by area of ``level`` and by part of it ("": not known nearer); what lies higher up belongs
    to none of them."""
    up = catalogue().up
    rows: dict[tuple[int, str], list[ByChannel]] = {}
    for area, channels in found.items():
        line = up.get(area, {})
        if level in line:
            rows.setdefault((line[level], str(line.get(level + 1, ""))), []).append(channels)
    gathered: dict[int, dict[str, ByChannel]] = {}
    for (home, part), several in rows.items():
        gathered.setdefault(home, {})[part] = parts.get(("part", home, part), _added, *several)
    return gathered


def _added(*several: ByChannel) -> ByChannel:
    rows: dict[str, list[tallies.Row]] = {}
    for channels in several:
        for channel, row in channels.items():
            rows.setdefault(channel, []).append(row)
    return {channel: tallies.added(found) for channel, found in rows.items()}
