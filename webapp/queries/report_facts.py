"""Everything a monthly report is written from: the numbers of the pages, for one department, a district or the city.

What the pages show comes from the queries behind the pages, so that a report cannot say something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from webapp.domain.claims import Estimate, Expected, expected_gain
from webapp.domain.official import Comparison
from webapp.domain.rates import Rate, rates
from webapp.domain.scores import Part
from webapp.domain.scoring import Contribution
from webapp.extensions import db
from webapp.models import Review, ServiceRequest, utcnow
from webapp.queries import evaluation, gains, report_counts, tallies, trends, voices
from webapp.queries import official as official_queries
from webapp.queries.appeals import AppealCounts
from webapp.queries.categories import Hint, early_hints
from webapp.queries.gains import Gain
from webapp.queries.report_counts import Asked, Commitments
from webapp.queries.report_topics import TakenOn, monthly_topics
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Window
from webapp.queries.trends import TrendPoint
from webapp.queries.units import GENERAL, catalogue
from webapp.queries.voices import AsideLine, Waiting

WEEK = 7
TREND_DAYS = 90
"""The trend of a month looks back half a year: the page's points of a window of ninety days"""


@dataclass(frozen=True, slots=True)
class OwnHint:
    """An early hint of some week of the period; ``own`` of its requests are the department's."""

    hint: Hint
    day: date
    own: int


@dataclass(frozen=True, slots=True)
class FirstThing:
    """What to do first, with the interval of the expected gain."""

    gain: Gain
    expected: Expected


@dataclass(frozen=True, slots=True)
class Followed:
    """What came first in the period before, and the same part now (None: no number any more)."""

    gain: Gain
    was: Part
    now: Part | None


@dataclass(frozen=True)
class DepartmentFacts:
    """All of one department and window; ``at`` is when it was counted."""

    at: datetime
    window: Window
    card: Scorecard
    members: Sequence[Scorecard]
    changes: Sequence[Contribution]
    rates: Mapping[str, Rate]
    rates_before: Mapping[str, Rate]
    comparisons: Sequence[Comparison]
    first: Sequence[FirstThing]
    followed: Sequence[Followed]
    asked: Sequence[Asked]
    trend: Sequence[TrendPoint]
    waiting: Waiting
    hints: Sequence[OwnHint]
    tags: Sequence[tuple[str, int]]
    comments: Sequence[Review]
    aside: Sequence[AsideLine]
    appeals: AppealCounts
    channels: Sequence[tuple[str, int]]
    commitments: Commitments
    taken_on: Sequence[TakenOn]


def first_things(members: Sequence[Scorecard], window: Window) -> list[FirstThing]:
    """The page's list, each with the interval that follows from the part's own."""
    scored = [card for card in members if card.score is not None]
    total = sum(card.omega or 0.0 for card in scored)
    found = []
    for gain in gains.gains(members, evaluation.service_scorecards(window)):
        part, card = gain.card.parts[gain.part], gain.card
        estimate = Estimate(part.adjusted, part.low, part.high, round(part.n))
        expected = expected_gain(
            card.score or 0.0, card.weights[gain.part], (card.omega or 0.0) / total, estimate, gain.peers
        )
        found.append(FirstThing(gain, expected))
    return found


def _followed(code: str, window: Window) -> list[Followed]:
    """What the list of the window before began with, and where it stands now."""
    earlier = window.before()
    was = gains.gains(evaluation.member_scorecards(code, earlier), evaluation.service_scorecards(earlier), 3)
    now = {card.unit.id: card for card in evaluation.member_scorecards(code, window)}
    return [
        Followed(gain, gain.card.parts[gain.part], found.parts.get(gain.part) if found else None)
        for gain in was
        for found in [now.get(gain.card.unit.id)]
    ]


def weekly_hints(window: Window) -> list[tuple[Hint, date]]:
    """Early hints of the weeks of the window, latest first, each cell once with its latest week."""
    found: dict[tuple[str, str], tuple[Hint, date]] = {}
    day = window.last
    while day - timedelta(days=WEEK - 1) >= window.first:
        for hint in early_hints(day):
            found.setdefault((hint.category, hint.area), (hint, day))
        day -= timedelta(days=WEEK)
    return list(found.values())


def _own_hints(department_id: int, window: Window) -> list[OwnHint]:
    """Those of the hints that the department has requests of."""
    known, found = catalogue(), []
    for hint, day in weekly_hints(window):
        area = known.area(hint.area)
        cells = [i for i, line in known.up.items() if area and line.get(area.level) == area.id]
        kinds = [i for i, (code, _name) in known.categories.items() if code.startswith(hint.category)]
        r = ServiceRequest
        own = db.session.scalar(
            select(func.count()).select_from(r)
            .where(r.department_id == department_id, r.category_id.in_(kinds), r.area_id.in_(cells))
            .where(r.received_at >= tallies.moments(Window.ending(day, WEEK))[0])
            .where(r.received_at < tallies.moments(Window.ending(day, WEEK))[1])
        )  # fmt: skip
        if own:
            found.append(OwnHint(hint, day, int(own)))
    return found


def _rates_of(card: Scorecard, unit_id: int, window: Window, now: datetime) -> Mapping[str, Rate]:
    mending = tallies.mending(unit_id, window, now)
    return card.rates(mending.not_replied.total(), mending.not_asked.total())


def _rates_before(card: Scorecard, unit_id: int, window: Window, now: datetime) -> Mapping[str, Rate]:
    earlier = window.before()
    mending = tallies.mending(unit_id, earlier, now)
    late = tallies.overdue("department", earlier, now)[unit_id]
    tally = tallies.rate_tally(card.before, late, mending.not_replied.total(), mending.not_asked.total())
    return rates(tally, card.policy)


def department_facts(code: str, window: Window) -> DepartmentFacts | None:
    """All of a department; None for an unknown code."""
    card = evaluation.department_scorecard(code, window)
    if card is None:
        return None
    now, unit = utcnow(), card.unit
    members = evaluation.member_scorecards(code, window) if card.method == "composite" else []
    owned = [u.id for u in catalogue().owned(unit.id) if u.id > 0]
    return DepartmentFacts(
        at=now, window=window, card=card, members=members, changes=evaluation.change_of(code, window),
        rates=_rates_of(card, unit.id, window, now), rates_before=_rates_before(card, unit.id, window, now),
        comparisons=official_queries.comparisons(window).get(code, ()),
        first=first_things(members, window), followed=_followed(code, window) if members else [],
        asked=report_counts.asked(unit.id, window),
        trend=trends.department_trend(code, Window.ending(window.last, TREND_DAYS)),
        waiting=voices.waiting(unit.id, now), hints=_own_hints(unit.id, window),
        tags=voices.bad_tags(unit.id, window), comments=report_counts.examples(unit.id, window),
        aside=voices.set_aside(window, owned), appeals=report_counts.appeals(window, [unit.id]),
        channels=report_counts.votes_by_channel(window, [unit.id]),
        commitments=report_counts.commitments(window, now, [unit.id]),
        taken_on=monthly_topics(window, None, unit.id),
    )  # fmt: skip


__all__ = [
    "GENERAL", "DepartmentFacts", "FirstThing", "Followed", "OwnHint", "department_facts", "first_things",
    "weekly_hints",
]  # fmt: skip
