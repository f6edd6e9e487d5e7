"""Scores and published counts as residents' pages show them side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.i18n import local
from webapp.models import Service, utcnow
from webapp.queries import public_scores, publications
from webapp.queries.open_scores import Raw
from webapp.queries.policy import scoring_policy
from webapp.queries.public_scores import PublicScore
from webapp.queries.publications import Count, OpenRate, Published, Reviews
from webapp.views.public.open_data import period_name


@dataclass(frozen=True, slots=True)
class Line:
    """A service or department: its score as of a closed day, and the counts that were published."""

    code: str
    name: str
    card: PublicScore | None
    heard: Reviews | None
    service: Service | None = None
    raw_score: int | None = None

    @property
    def bar(self) -> tuple[float, float, float] | None:
        """The score with its interval, for the drawing; None where there is too little to say."""
        card = self.card
        if card is None or card.score is None or card.low is None or card.high is None:
            return None
        return card.low, card.score, card.high

    @property
    def votes(self) -> Count:
        return self.heard.votes if self.heard else 0

    @property
    def good(self) -> OpenRate | None:
        """好评率 as counted; None before anything was published."""
        return self.heard.rate if self.heard else None


def lines(services: Iterable[Service]) -> list[Line]:
    """A line per service."""
    scores = public_scores.latest()
    cards, raw = (scores.services, Raw(scores)) if scores else ({}, None)
    published = publications.current()
    return [
        Line(
            s.service_code, s.name, cards.get(s.service_code),
            published.reviews((s.department.code, s.service_code)) if published else None, s,
            raw.of(cards.get(s.service_code), (s.department.code, s.service_code)) if raw else None,
        )
        for s in services
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """Which period the counts are of, and when the next ones come; as of which day the scores are (None: none yet)
    and over how many days."""

    name: str
    period: str
    next_name: str
    next_day: date
    today: date
    scored: date | None
    days: int
    smallest: int = SMALLEST


def period_facts(published: Published | None) -> PeriodFacts:
    """What to say about the numbers' age; ``name`` is "" while nothing is published."""
    days = current_app.config["OPEN_DATA_DAYS"]
    out = next((p.period for p in publications.periods() if not p.is_quarter), None)
    today, scores = local(utcnow()).date(), public_scores.latest()
    first = today.replace(day=1)
    if out is not None and f"{first - timedelta(days=1):%Y-%m}" > out:
        # The month before is over, and waits for its day.
        first = (first - timedelta(days=1)).replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1)
    day = end + timedelta(days=days)
    return PeriodFacts(
        period_name(published.about.period) if published else "",
        published.about.period if published else "",
        period_name(f"{first:%Y-%m}"), day, today,
        scores.day if scores else None, scores.window_days if scores else scoring_policy().window_days,
    )  # fmt: skip


def reasons(heard: Reviews | None) -> list[tuple[str, Count]]:
    """Why votes were set aside, and how many for each reason (None: not published)."""
    if heard is None:
        return []
    return [(_(REASON_LABELS[Reason(key)]), count) for key, count in heard.reasons.items()]
