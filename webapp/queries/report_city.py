"""What a monthly report of the city, or of one area of it, is written from: the numbers of the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from webapp.domain.rates import Rate, rates
from webapp.domain.report_topics import Hot
from webapp.domain.scores import Tier
from webapp.models import utcnow
from webapp.queries import evaluation, report_counts, report_topics, tallies
from webapp.queries.appeals import AppealCounts
from webapp.queries.categories import CategoryLine, Hint, category_demand
from webapp.queries.findings import Findings, stand_out
from webapp.queries.policy import scoring_policy
from webapp.queries.reach import Bounds
from webapp.queries.report_counts import Commitments
from webapp.queries.report_facts import weekly_hints
from webapp.queries.report_topics import TakenOn
from webapp.queries.scorecards import Scorecard, Unit
from webapp.queries.tallies import Counts, Window
from webapp.queries.units import DISTRICT, STREET, catalogue

FOLLOWED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """The area that a report is about (None: the whole city), as far as its reader may see."""

    unit: Unit | None
    bounds: Bounds

    def has(self, card: Scorecard) -> bool:
        """Whether a service or a department lies here; as on the overview with this district chosen."""
        if not self.bounds.has_department(card.unit.department):
            return False
        own = self.bounds.own.code if self.bounds.own else ""
        return self.unit is None or self.unit.code == own or card.unit.area == self.unit.code

    def holds(self, area: str) -> bool:
        """Whether an area (code) lies here."""
        if not self.bounds.has_area(area) or self.unit is None:
            return self.bounds.has_area(area)
        up, found = catalogue().up, catalogue().area(area)
        return found is not None and up[found.id].get(self.unit.level) == self.unit.id

    @property
    def level(self) -> int:
        """The level of the areas that are compared in the report."""
        return DISTRICT if self.unit is None else STREET


@dataclass(frozen=True)
class CityFacts:
    """All of a place and window; ``at`` is when it was counted; cards are those of the pages.

    areas       districts of the city, streets of a district
    hints       (hint, the last day of its week)
    channels    (channel, votes); followed: services that came first in the period before, then and now
    findings    of the window: what moved, what is fast without result, what was brushed
    """

    at: datetime
    window: Window
    place: Place
    services: Sequence[Scorecard]
    departments: Sequence[Scorecard]
    areas: Sequence[Scorecard]
    sums: Counts
    overdue: int
    rates: Mapping[str, Rate]
    rates_before: Mapping[str, Rate]
    categories: Sequence[CategoryLine]
    hints: Sequence[tuple[Hint, date]]
    findings: Findings
    aside: Sequence[tuple[str, int]]
    appeals: AppealCounts
    channels: Sequence[tuple[str, int]]
    followed: Sequence[tuple[Scorecard, Scorecard | None]]
    commitments: Commitments
    unplaced: int
    hot: Sequence[Hot]
    hot_covered: bool
    taken_on: Sequence[TakenOn]


def _before(cards: Sequence[Scorecard], window: Window, now: datetime) -> Mapping[str, Rate]:
    late = tallies.overdue("department", window.before(), now)
    sums = {name: sum(card.before[name] for card in cards) for name in tallies.COLUMNS}
    overdue, open_ = sum(late[card.unit.id] for card in cards), evaluation.still_open(cards, window.before())
    return rates(tallies.rate_tally(sums, overdue, *open_), scoring_policy().rate)


def _followed(window: Window, place: Place) -> list[tuple[Scorecard, Scorecard | None]]:
    """Services that came first in the period before and surely lay below the target, then and now."""
    earlier = [
        c for c in evaluation.service_scorecards(window.before()) if place.has(c) and c.tier is Tier.BELOW
    ]
    now = {card.unit.id: card for card in evaluation.service_scorecards(window)}
    first = sorted((c for c in earlier if c.priority), key=lambda c: -(c.priority or 0.0))[:FOLLOWED]
    return [(card, now.get(card.unit.id)) for card in first]


def city_facts(window: Window, place: Place) -> CityFacts:
    """All of the place."""
    now, area = utcnow(), place.unit.id if place.unit else None
    everybody = evaluation.department_scorecards(window)
    departments = [card for card in everybody if place.has(card)]
    services = [card for card in evaluation.service_scorecards(window) if place.has(card)]
    ids = [card.unit.id for card in departments]
    own = [card.unit.id for card in services if card.unit.id > 0]
    sums, found, late = evaluation.together(departments, window)
    city = found if len(departments) == len(everybody) else evaluation.together(everybody, window)[1]
    return CityFacts(
        at=now, window=window, place=place, services=services, departments=departments,
        areas=[c for c in evaluation.area_scorecards(place.level, window) if place.holds(c.unit.code)],
        sums=sums, overdue=late, rates=found, rates_before=_before(departments, window, now),
        categories=category_demand(window, 2, place.unit.id if place.unit else None),
        hints=[(hint, day) for hint, day in weekly_hints(window) if place.holds(hint.area)],
        findings=stand_out(services, departments, city),
        aside=report_counts.set_aside_by_reason(window, own), appeals=report_counts.appeals(window, ids),
        channels=report_counts.votes_by_channel(window, set(ids)),
        followed=_followed(window, place), commitments=report_counts.commitments(window, now, ids),
        unplaced=0 if place.unit else evaluation.unplaced(window),
        hot=report_topics.hot_topics(window, area), hot_covered=report_topics.covered(window),
        taken_on=report_topics.monthly_topics(window, area),
    )  # fmt: skip
