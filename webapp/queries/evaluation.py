"""Scorecards of services, departments and areas: roll-ups → domain scoring → the numbers of every page.

All peers of a kind are scored together, because small samples borrow from them; a page then picks its own. Results
are kept until something is written (:mod:`webapp.queries.kept`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import func, select

from webapp.domain.scoring import (
    Composite,
    Contribution,
    UnitScore,
    composite,
    decompose_change,
    demand_weights,
    score_units,
)
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ServiceDay, utcnow
from webapp.queries import tallies
from webapp.queries.kept import kept
from webapp.queries.policy import EvaluationPolicy, scoring_policy
from webapp.queries.scorecards import Scorecard, Unit, composite_card, unit_card
from webapp.queries.tallies import ByChannel, Counts, Window
from webapp.queries.units import DISTRICT, GENERAL, catalogue

T = TypeVar("T")
MONTH = 30.0
YEAR = 365
# A shorter history before a period says little about what residents ask for.
SETTLED_DAYS = 90


def today() -> date:
    """The present local day."""
    return local(utcnow()).date()


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


def remembered(name: str, window: Window, compute: Callable[[EvaluationPolicy], T]) -> T:
    """``compute(policy)``, kept for this window, day and policy; a window that ends before today is the past."""
    policy, day = scoring_policy(), today()
    return kept((name, window, day, repr(policy)), lambda: compute(policy), past=window.last < day)


def _score(
    kind: str, units: Mapping[int, Unit], found: Mapping[int, ByChannel], days: int, overdue: Counter[int],
    policy: EvaluationPolicy,
) -> dict[int, UnitScore]:  # fmt: skip
    # Uses are known per month and grow with the window; residents stay as many as they are.
    share = days / MONTH if kind == "service" else 1.0
    chosen = [unit for unit in units.values() if unit.id in found]
    scores = score_units(
        [tallies.unit_tally(str(u.id), found[u.id], overdue[u.id], u.exposure * share) for u in chosen],
        policy.scoring(kind),
    )
    return {unit.id: score for unit, score in zip(chosen, scores, strict=True)}


def _scored(kind: str, units: Mapping[int, Unit], window: Window, policy: EvaluationPolicy) -> Scored:
    found, late = tallies.read(kind, window, today()), tallies.overdue(kind, window, utcnow())
    counts = {unit: tallies.total(channels) for unit, channels in found.items()}
    return Scored(counts, _score(kind, units, found, window.days, late, policy), late)


def scored_services(window: Window) -> Scored:
    """Services, and departments' requests about none, in one group of peers."""
    return remembered(
        "services", window, lambda policy: _scored("service", catalogue().services, window, policy)
    )


def scored_departments(window: Window) -> Scored:
    """Departments by the requests that they answer and the reviews that they got; scores of those without services
    are among themselves."""

    def compute(policy: EvaluationPolicy) -> Scored:
        known = catalogue()
        others = {i: unit for i, unit in known.departments.items() if i not in known.owners}
        return _scored("department", others, window, policy)

    return remembered("departments", window, compute)


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

    return remembered("demand", window, compute)


def _omegas(units: Sequence[Unit], demand: Counter[int]) -> dict[str, float]:
    # Requests about no service weigh as many as they are; a service nobody asked for yet is not nothing.
    return dict(demand_weights({str(u.id): demand[u.id] for u in units if u.id > 0 or demand[u.id]}))


def _settled(window: Window) -> bool:
    first = db.session.scalar(select(func.min(ServiceDay.day)))  # type: ignore[attr-defined]
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
        scored, old = scored_services(window), scored_services(earlier)
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


def service_scorecards(window: Window | None = None) -> list[Scorecard]:
    """Scorecards of all active services with anything in the window, best known code first."""
    return list(_service_cards(window or usual_window()).values())


def _service_cards(window: Window) -> Mapping[int, Scorecard]:
    def compute(policy: EvaluationPolicy) -> Mapping[int, Scorecard]:
        scored, old = scored_services(window), scored_services(window.before())
        units, weights = catalogue().services, composites(window).omegas
        home = {d.code: d.id for d in catalogue().departments.values()}
        return {
            i: unit_card(
                units[i], score, scored.counted(i), old.counted(i), scored.overdue[i], old.scores.get(i),
                weights.get(home[units[i].department], {}).get(str(i)), policy.rate,
            )
            for i, score in scored.scores.items()
        }  # fmt: skip

    return remembered("service cards", window, compute)


def service_scorecard(code: str, window: Window | None = None) -> Scorecard | None:
    """The scorecard of one service, empty where nothing was heard; None for an unknown code."""
    unit = catalogue().service(code)
    if unit is None:
        return None
    window = window or usual_window()
    found = _service_cards(window).get(unit.id)
    return found or _nothing(unit, scored_services(window.before()))


def _nothing(unit: Unit, old: Scored) -> Scorecard:
    """The card of a unit of which nothing was heard in the window."""
    return Scorecard(unit, "unit", tallies.NO_COUNTS, old.counted(unit.id), 0, policy=scoring_policy().rate)


def department_scorecards(window: Window | None = None) -> list[Scorecard]:
    """All departments that residents met in the window: composites, and those without services as they are."""
    return list(_department_cards(window or usual_window()).values())


def _department_cards(window: Window) -> Mapping[int, Scorecard]:
    def compute(policy: EvaluationPolicy) -> Mapping[int, Scorecard]:
        known, made = catalogue(), composites(window)
        scored, old = scored_departments(window), scored_departments(window.before())
        numbers = [c.score for c in made.now.values() if c.score is not None]
        target = policy.score.target or (sum(numbers) / len(numbers) if len(numbers) > 1 else None)
        cards: dict[int, Scorecard] = {}
        for i, unit in known.departments.items():
            counts, before = scored.counted(i), old.counted(i)
            if i in made.now:
                cards[i] = composite_card(
                    unit, made.now[i], made.was.get(i), counts, before, scored.overdue[i], target,
                    policy.score.sure, policy.rate,
                )  # fmt: skip
            elif i in scored.scores:
                cards[i] = unit_card(
                    unit, scored.scores[i], counts, before, scored.overdue[i], old.scores.get(i), None,
                    policy.rate,
                )  # fmt: skip
        return cards

    return remembered("department cards", window, compute)


def department_scorecard(code: str, window: Window | None = None) -> Scorecard | None:
    """The scorecard of one department; None for an unknown code."""
    unit = catalogue().department(code)
    if unit is None:
        return None
    window = window or usual_window()
    found = _department_cards(window).get(unit.id)
    return found or _nothing(unit, scored_departments(window.before()))


def member_scorecards(department: str, window: Window | None = None) -> list[Scorecard]:
    """Scorecards of what a department's score is made of; its requests about no service come last."""
    cards = [c for c in service_scorecards(window) if c.unit.department == department]
    return sorted(cards, key=lambda c: (c.unit.code.startswith(GENERAL), c.unit.code))


def change_of(department: str, window: Window | None = None) -> list[Contribution]:
    """Why a department's score moved since the window before, largest cause first; empty without two scores."""
    unit = catalogue().department(department)
    made = composites(window or usual_window())
    now, was = (found.get(unit.id) if unit else None for found in (made.now, made.was))
    if now is None or was is None or now.score is None or was.score is None:
        return []
    return decompose_change(was, now)


def scored_areas(level: int, window: Window) -> Scored:
    """Areas of a level, each with all that lies in it."""

    def compute(policy: EvaluationPolicy) -> Scored:
        known = catalogue()
        units = {unit.id: unit for unit in known.within(level)}
        found = _gathered(_area_counts(window), level)
        late: Counter[int] = Counter()
        for area, count in tallies.overdue("area", window, utcnow()).items():
            late[known.up.get(area, {}).get(level, 0)] += count
        counts = {unit: tallies.total(channels) for unit, channels in found.items()}
        return Scored(counts, _score("area", units, found, window.days, late, policy), late)

    return remembered(f"areas {level}", window, compute)


def _area_counts(window: Window) -> Mapping[int, ByChannel]:
    return remembered("area counts", window, lambda _: tallies.read("area", window, today()))


def _gathered(found: Mapping[int, ByChannel], level: int) -> dict[int, ByChannel]:
    """Counts of small areas added up to the areas of ``level``; what lies higher up belongs to none of them."""
    up = catalogue().up
    rows: dict[int, dict[str, list[tallies.Row]]] = {}
    for area, channels in found.items():
        home = up.get(area, {}).get(level)
        if home is not None:
            for channel, row in channels.items():
                rows.setdefault(home, {}).setdefault(channel, []).append(row)
    return {home: {c: tallies.added(r) for c, r in channels.items()} for home, channels in rows.items()}


def area_scorecards(level: int, window: Window | None = None) -> list[Scorecard]:
    """Scorecards of the areas of a level (2 districts, 3 streets)."""
    window = window or usual_window()
    scored, old = scored_areas(level, window), scored_areas(level, window.before())
    units, policy = catalogue().areas, scoring_policy().rate
    return [
        unit_card(
            units[i],
            score,
            scored.counted(i),
            old.counted(i),
            scored.overdue[i],
            old.scores.get(i),
            None,
            policy,
        )
        for i, score in scored.scores.items()
    ]


def within_district(area: str, district: str) -> bool:
    """Whether an area is the district or lies in it (codes)."""
    unit = catalogue().area(area)
    return unit is not None and district in (unit.code, unit.area)


def unplaced(window: Window | None = None) -> int:
    """Requests and votes that only say "the city": in no district."""
    up = catalogue().up
    return sum(
        tallies.demand(tallies.total(channels))
        for area, channels in _area_counts(window or usual_window()).items()
        if DISTRICT not in up.get(area, {})
    )
