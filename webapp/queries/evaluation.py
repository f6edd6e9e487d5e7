"""Scorecards of services, departments and areas: roll-ups → domain scoring → the numbers of every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.domain.rates import Rate, rates
from webapp.domain.scoring import Contribution, decompose_change
from webapp.models import utcnow
from webapp.queries import tallies
from webapp.queries.kept import TREND_LAG_S
from webapp.queries.policy import EvaluationPolicy, scoring_policy
from webapp.queries.scorecards import Scorecard, Unit, composite_card, unit_card
from webapp.queries.scoring import (
    Scored,
    area_counts,
    composites,
    remembered,
    scored_areas,
    scored_departments,
    scored_services,
    today,
    usual_window,
)
from webapp.queries.tallies import Counts, Window
from webapp.queries.units import DISTRICT, GENERAL, catalogue

__all__ = [
    "Scorecard",
    "area_scorecards",
    "change_of",
    "department_scorecard",
    "department_scorecards",
    "member_scorecards",
    "service_scorecard",
    "service_scorecards",
    "still_open",
    "today",
    "together",
    "unplaced",
    "usual_window",
    "within_district",
]


def service_scorecards(window: Window | None = None) -> list[Scorecard]:
    """Scorecards of all active services with anything in the window, best known code first."""
    return list(_service_cards(window or usual_window()).values())


def _service_cards(window: Window) -> Mapping[int, Scorecard]:
    def compute(policy: EvaluationPolicy) -> Mapping[int, Scorecard]:
        scored, old = scored_services(window, policy), scored_services(window.before(), policy)
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
    return found or _nothing(unit, scored_services(window.before()), window)


def _nothing(unit: Unit, old: Scored, window: Window) -> Scorecard:
    """The card of a unit of which nothing was heard in the window."""
    policy = scoring_policy(window.last)
    return Scorecard(
        unit, "unit", tallies.NO_COUNTS, old.counted(unit.id), 0, policy=policy.rate, version=policy.score.version,
    )  # fmt: skip


def department_scorecards(window: Window | None = None) -> list[Scorecard]:
    """All departments that residents met in the window: composites, and those without services as they are."""
    return list(_department_cards(window or usual_window()).values())


def _department_cards(window: Window) -> Mapping[int, Scorecard]:
    def compute(policy: EvaluationPolicy) -> Mapping[int, Scorecard]:
        known, made = catalogue(), composites(window)
        scored, old = scored_departments(window, policy), scored_departments(window.before(), policy)
        numbers = [c.score for c in made.now.values() if c.score is not None]
        target = policy.score.target or (sum(numbers) / len(numbers) if len(numbers) > 1 else None)
        cards: dict[int, Scorecard] = {}
        for i, unit in known.departments.items():
            counts, before = scored.counted(i), old.counted(i)
            if i in made.now:
                cards[i] = composite_card(
                    unit, made.now[i], made.was.get(i), counts, before, scored.overdue[i], target, policy,
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
    return found or _nothing(unit, scored_departments(window.before()), window)


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


def area_scorecards(level: int, window: Window | None = None) -> list[Scorecard]:
    """Scorecards of the areas of a level (2 districts, 3 streets)."""
    window = window or usual_window()
    policy = scoring_policy(window.last)
    scored, old = scored_areas(level, window, policy), scored_areas(level, window.before(), policy)
    units = catalogue().areas
    return [
        unit_card(
            units[i],
            score,
            scored.counted(i),
            old.counted(i),
            scored.overdue[i],
            old.scores.get(i),
            None,
            policy.rate,
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
        for area, channels in area_counts(window or usual_window()).items()
        if DISTRICT not in up.get(area, {})
    )


def still_open(cards: Sequence[Scorecard], window: Window) -> tuple[int, int]:
    """Bad reviews of these departments that may still be replied to, and put right, in time: nobody's failure yet."""
    found = remembered(
        "mending", window, lambda _: tallies.mending_of_departments(window, utcnow()), TREND_LAG_S
    )
    ids = [card.unit.id for card in cards]
    return sum(found.not_replied[i] for i in ids), sum(found.not_asked[i] for i in ids)


def together(
    cards: Sequence[Scorecard], window: Window | None = None
) -> tuple[Counts, Mapping[str, Rate], int]:
    """Counts of departments added up, the official indicators of all of them, and what is overdue."""
    window = window or usual_window()
    not_replied, not_asked = still_open(cards, window)
    sums = {name: sum(card.counts[name] for card in cards) for name in tallies.COLUMNS}
    late = sum(card.overdue for card in cards)
    tally = tallies.rate_tally(sums, late, not_replied, not_asked)
    return sums, rates(tally, scoring_policy(window.last).rate), late
