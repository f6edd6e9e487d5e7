"""Comparison with peers without ranks: where the votes of departments, or of services, lie in a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.funnel import Funnel, FunnelUnit, funnel, vote_spread, weighted_n
from webapp.queries import evaluation
from webapp.queries.scorecards import Scorecard
from webapp.queries.scoring import remembered
from webapp.queries.tallies import Window

LEAST_N = 2.0
"""A mean of fewer effective votes has no place in a picture"""


@dataclass(frozen=True, slots=True)
class Peers:
    """The funnel of one kind of unit; ``cards`` are those in it, in the order of ``units``. None: too few to compare."""

    funnel: Funnel | None
    cards: Sequence[Scorecard]
    units: Sequence[FunnelUnit]


def experience(card: Scorecard) -> FunnelUnit | None:
    """A card's mean vote, unshrunk, weighed to all uses, and its effective n; None where hardly anybody voted."""
    n = card.n_eff
    if card.method == "composite":
        n = weighted_n(
            [(m.omega, m.score.n_eff) for m in card.members.values() if m.score.raw_mean is not None]
        )
    if card.raw_mean is None or n < LEAST_N:
        return None
    return FunnelUnit(card.unit.code, card.raw_mean, n)


def _peers(cards: Sequence[Scorecard]) -> Peers:
    found = [(card, unit) for card in cards if (unit := experience(card)) is not None]
    units = [unit for _card, unit in found]
    # The spread of a vote around its own unit's mean; services of a department differ, too, and their composite's
    # members are what its votes spread around.
    spread = vote_spread([card.ratings for card, _unit in found])
    return Peers(funnel(units, spread), [card for card, _unit in found], units)


def department_peers(window: Window) -> Peers:
    """Departments with services, of the whole city."""

    def compute(_policy: object) -> Peers:
        return _peers([c for c in evaluation.department_scorecards(window) if c.method == "composite"])

    return remembered("department peers", window, compute)


def service_peers(window: Window) -> Peers:
    """All services of the city."""

    def compute(_policy: object) -> Peers:
        return _peers([c for c in evaluation.service_scorecards(window) if c.unit.id > 0])

    return remembered("service peers", window, compute)
