"""How much one person moves a service's mean vote: what is left when each identity in turn is left out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from webapp.domain.integrity import influence
from webapp.extensions import db
from webapp.models import Review
from webapp.queries.tallies import Window, moments

_MOST = 5000


@dataclass(frozen=True, slots=True)
class Influence:
    """The person without whom the plain mean of the votes moves most: their ``votes``, and by how much (0…1).

    ``people`` is how many spoke at all."""

    people: int
    votes: int
    moved: float


def largest_influence(service_id: int, window: Window) -> Influence | None:
    """Over the window's counted votes (the newest few thousand); None where fewer than two people voted."""
    start, end = moments(window)
    rows = db.session.execute(
        select(Review.rating, Review.identity)
        .where(Review.service_id == service_id, Review.created_at >= start, Review.created_at < end)
        .where(Review.rating.is_not(None), Review.is_default.is_(False), Review.set_aside.is_(None))
        .order_by(Review.created_at.desc())
        .limit(_MOST)
    ).all()
    people = [row.identity for row in rows]
    found = influence([row.rating or 0 for row in rows], people)
    if not found:
        return None
    person, moved = next(iter(found.items()))
    return Influence(len(found), people.count(person), moved)
