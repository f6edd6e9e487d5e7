"""The same trouble nearby, for somebody who stands before it: by words, and by category within some steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sqlalchemy import select

from webapp.domain import geo
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest
from webapp.queries.similar import showable
from webapp.services.similar import same_trouble

NEAR_M = 150.0
# Degrees of latitude that hold NEAR_M.
_REACH = NEAR_M / 111_000
_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Near:
    """An earlier open request, and how far away it is in metres (None: it has no position)."""

    request: ServiceRequest
    distance_m: int | None


def same_here(
    text: str, area: Area, category: Category | None, point: geo.Point | None, limit: int = 3
) -> list[Near]:
    """Open public requests that may be the same trouble; ``point`` is (longitude, latitude) in degrees, as in geo."""
    found = {hit.request.id: hit.request for hit in same_trouble(text, area)} if len(text.strip()) > 3 else {}
    if point is not None and category is not None:
        found |= {request.id: request for request in _close_by(point, category)}
    near = [Near(request, _distance(request, point)) for request in found.values()]
    # Known to be close first; then the likest by words, in the order found.
    return sorted(near, key=lambda n: n.distance_m if n.distance_m is not None else NEAR_M)[:limit]


def _close_by(point: geo.Point, category: Category) -> list[ServiceRequest]:
    longitude, latitude = point
    wide = _REACH / max(geo.squeeze(latitude), 0.01)
    r = ServiceRequest
    statement = (
        select(r)
        .where(*showable(), r.category_id == category.id)
        .where(r.latitude.between(latitude - _REACH, latitude + _REACH))
        .where(r.longitude.between(longitude - wide, longitude + wide))
        .order_by(r.received_at.desc())
        .limit(_CANDIDATES)
    )
    return [r for r in db.session.scalars(statement) if (_distance(r, point) or 0) <= NEAR_M]


def _distance(request: ServiceRequest, point: geo.Point | None) -> int | None:
    if point is None or request.latitude is None or request.longitude is None:
        return None
    return ceil(geo.distance_m(point, (request.longitude, request.latitude)))
