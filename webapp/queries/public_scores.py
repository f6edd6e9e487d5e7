"""The scores that are public: those of the last closed day, as they were stored then, and never the live ones.

A live score tells what the last visitor said, and one that moves every night tells it a day later. So the score of a
service or department stays as it is until :data:`webapp.domain.disclosure.SMALLEST` voices have come since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from webapp.domain.disclosure import SMALLEST
from webapp.domain.scores import Tier
from webapp.extensions import db
from webapp.models import DepartmentDay, ScoreDay, ServiceDay, ServiceRequest
from webapp.queries.kept import kept
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Window, moments
from webapp.queries.units import GENERAL

# A row never changes: a process may keep it for long.
_FOREVER_S = 86_400.0


@dataclass(frozen=True, slots=True)
class PublicScore:
    """A score in whole points with its 95 % interval (None: too little was heard), as of the end of local ``day``.

    ``raw``: the score without any borrowing; ``parts``: those of E, R, T, V that exist, adjusted, in 0…1.
    """

    code: str
    name: str
    day: date
    score: int | None
    low: int | None
    high: int | None
    raw: int | None
    tier: Tier
    parts: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "code": self.code, "name": self.name, "day": self.day.isoformat(), "score": self.score, "low": self.low,
            "high": self.high, "raw": self.raw, "tier": self.tier.value, "parts": dict(self.parts),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicScores:
    """What is shown now: by code, with the last closed day that was scored and how."""

    day: date
    method: str
    window_days: int
    services: Mapping[str, PublicScore]
    departments: Mapping[str, PublicScore]


def latest() -> PublicScores | None:
    """The scores of the last day that was closed; None where none was yet."""
    day = db.session.scalar(select(func.max(ScoreDay.day)))
    return None if day is None else kept(("score day", day), lambda: _load(day), _FOREVER_S)


def _load(day: date) -> PublicScores:
    row = db.session.get_one(ScoreDay, day)
    return PublicScores(row.day, row.method, row.window_days, _read(row.services), _read(row.departments))


def _read(rows: Iterable[Mapping[str, Any]]) -> dict[str, PublicScore]:
    return {
        row["code"]: PublicScore(**{**row, "day": date.fromisoformat(row["day"]), "tier": Tier(row["tier"])})
        for row in rows
    }


def of_card(card: Scorecard, day: date) -> PublicScore:
    """What of a scorecard of a window that ends on ``day`` is public."""
    known = card.score is not None

    def whole(value: float | None) -> int | None:
        return round(value) if known and value is not None else None

    parts = {key: round(part.adjusted, 2) for key, part in card.parts.items()} if known else {}
    return PublicScore(
        card.unit.code, card.unit.name, day, whole(card.score), whole(card.low), whole(card.high),
        whole(card.raw_score), card.tier, parts,
    )  # fmt: skip


def carried(
    kind: str, cards: Iterable[Scorecard], day: date, before: Mapping[str, PublicScore]
) -> list[PublicScore]:
    """What to show of each unit (``kind``: ``service`` or ``department``) as of ``day``.

    The score shown before stays, with its day, where fewer than ``SMALLEST`` voices have come since: the difference
    would be about so few people. One that cannot be given any more goes at once.
    """
    since: dict[date, Counter[int]] = {}
    found = []
    for card in cards:
        if card.unit.code.startswith(GENERAL):
            continue
        new, old = of_card(card, day), before.get(card.unit.code)
        if old is not None and new.score is not None:
            if old.day not in since:
                since[old.day] = _voices(kind, Window(old.day + timedelta(days=1), day))
            new = old if since[old.day][card.unit.id] < SMALLEST else new
        found.append(new)
    return found


def _voices(kind: str, window: Window) -> Counter[int]:
    """Votes cast and words on a case heard in the window, per unit."""
    table = (ServiceDay if kind == "service" else DepartmentDay).__table__.c
    owner = ServiceRequest.service_id if kind == "service" else ServiceRequest.department_id
    votes = sum((table[f"rating_{level}"] for level in range(2, 6)), table.rating_1)
    start, end = moments(window)
    found: Counter[int] = Counter()
    for statement in (
        select(table.unit_id, func.sum(votes))
        .where(table.day >= window.first, table.day <= window.last)
        .group_by(table.unit_id),
        select(owner, func.count())
        .where(ServiceRequest.heard_at >= start, ServiceRequest.heard_at < end, owner.is_not(None))
        .group_by(owner),
    ):
        found.update({unit: int(count) for unit, count in db.session.execute(statement).tuples()})
    return found
