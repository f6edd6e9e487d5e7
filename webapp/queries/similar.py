"""Same trouble: earlier requests in the same place and category that say much the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from nlp.segment import tokens
from webapp.domain.workflow import OPEN_STATUSES
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest, utcnow

THRESHOLD = 0.25
CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier request and how much of the words is shared (Jaccard, 0–1)."""

    request: ServiceRequest
    likeness: float


def _words(text: str) -> set[str]:
    return {token for token in tokens(text) if len(token) > 1}


def same_trouble(
    text: str, area: Area, category: Category | None = None, exclude_id: int | None = None, limit: int = 3
) -> list[Similar]:
    """Open public requests of the last 60 days in the area's street that look like the same trouble, likest first."""
    words = _words(text)
    if not words:
        return []
    # Neighbours may have chosen another grid or community of the same street.
    street = "/".join(area.path.split("/")[:3]).rstrip("/") + "/"
    statement = (
        select(ServiceRequest)
        .join(Area, Area.id == ServiceRequest.area_id)
        .where(
            ServiceRequest.status.in_([s.value for s in OPEN_STATUSES]), ServiceRequest.is_public.is_(True)
        )
        .where(ServiceRequest.received_at > utcnow() - timedelta(days=60), Area.path.startswith(street))
        .order_by(ServiceRequest.received_at.desc())
        .limit(CANDIDATES)
    )
    if category is not None:
        statement = statement.where(ServiceRequest.category_id == category.id)
    found = []
    for request in db.session.scalars(statement):
        other = _words(request.text)
        likeness = len(words & other) / len(words | other) if other else 0.0
        if likeness >= THRESHOLD and request.id != exclude_id:
            found.append(Similar(request, round(likeness, 3)))
    return sorted(found, key=lambda s: -s.likeness)[:limit]
