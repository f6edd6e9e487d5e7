"""Same trouble: which earlier requests may be shown as such, and how like they are by their words alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from nlp.segment import tokens
from webapp.domain.workflow import OPEN_STATUSES
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest, utcnow

THRESHOLD = 0.25
CANDIDATES = 300
WINDOW = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier request and how like it is (0–1)."""

    request: ServiceRequest
    likeness: float


def showable() -> list[ColumnElement[bool]]:
    """What any candidate must be: open, public, received within ``WINDOW``."""
    return [
        ServiceRequest.status.in_([s.value for s in OPEN_STATUSES]),
        ServiceRequest.is_public.is_(True),
        ServiceRequest.received_at > utcnow() - WINDOW,
    ]


def _newest(statement: Select[Any], area: Area, category: Category | None, limit: int) -> Select[Any]:
    # Neighbours may have chosen another grid or community of the same street.
    street = "/".join(area.path.split("/")[:3]).rstrip("/") + "/"
    if category is not None:
        statement = statement.where(ServiceRequest.category_id == category.id)
    return (
        statement.join(Area, Area.id == ServiceRequest.area_id)
        .where(*showable(), Area.path.startswith(street))
        .order_by(ServiceRequest.received_at.desc())
        .limit(limit)
    )


def candidate_ids(area: Area, category: Category | None, exclude_id: int | None, limit: int) -> list[int]:
    """The newest showable requests in the area's street, of one category if given."""
    found = db.session.scalars(_newest(select(ServiceRequest.id), area, category, limit))
    return [number for number in found if number != exclude_id]


def requests_of(ids: Sequence[int]) -> dict[int, ServiceRequest]:
    """Requests by id."""
    found = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids)))
    return {request.id: request for request in found}


def _words(text: str) -> set[str]:
    return {token for token in tokens(text) if len(token) > 1}


def words_shared(one: str, other: str) -> float:
    """Share of two texts' words that both have (Jaccard, 0–1)."""
    a, b = _words(one), _words(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def by_words(
    text: str, area: Area, category: Category | None = None, exclude_id: int | None = None, limit: int = 3
) -> list[Similar]:
    """Candidates that share many of the words (Jaccard), likest first; needs no index, and reads every candidate."""
    words = _words(text)
    if not words:
        return []
    found = []
    for request in db.session.scalars(_newest(select(ServiceRequest), area, category, CANDIDATES)):
        other = _words(request.text)
        likeness = len(words & other) / len(words | other) if other else 0.0
        if likeness >= THRESHOLD and request.id != exclude_id:
            found.append(Similar(request, round(likeness, 3)))
    return sorted(found, key=lambda s: -s.likeness)[:limit]
