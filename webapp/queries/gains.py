"""What to do first: each service's weakest part, and what its department would gain by bringing it up to the peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.scores import PARTS
from webapp.queries.scorecards import Scorecard


@dataclass(frozen=True, slots=True)
class Gain:
    """``part`` of a service at ``now``, the peers' mean, and the points that closing the gap adds to the department."""

    card: Scorecard
    part: str
    now: float
    peers: float
    points: float


def peer_means(cards: Sequence[Scorecard]) -> dict[str, float]:
    """Mean of each adjusted part over all services that have it."""
    means = {}
    for part in PARTS:
        known = [card.parts[part].adjusted for card in cards if part in card.parts]
        if known:
            means[part] = sum(known) / len(known)
    return means


def gains(members: Sequence[Scorecard], peers: Sequence[Scorecard], most: int = 5) -> list[Gain]:
    """The largest gains, at most one per service, largest first.

    Raising part p of weight w to p′ multiplies a service's score by (p′ / p)^w; the department feels it times ω.
    """
    means, found = peer_means(peers), []
    scored = [card for card in members if card.score is not None]
    total = sum(card.omega or 0.0 for card in scored)
    for card in scored:
        best: Gain | None = None
        for part, value in card.parts.items():
            if value.adjusted >= means[part] or not total or card.score is None:
                continue
            factor = (means[part] / max(value.adjusted, 1e-6)) ** card.weights[part]
            points = (min(card.score * factor, 100.0) - card.score) * (card.omega or 0.0) / total
            if best is None or points > best.points:
                best = Gain(card, part, value.adjusted, means[part], points)
        if best and best.points >= 0.05:
            found.append(best)
    return sorted(found, key=lambda gain: -gain.points)[:most]
