"""Official composites beside the demand-oriented score of departments, and where and why they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.domain.official import Comparison, Standing, compare, index_value
from webapp.domain.scores import PARTS, Member
from webapp.queries.evaluation import department_scorecards
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.scorecards import Scorecard
from webapp.queries.scoring import remembered
from webapp.queries.tallies import Window, rate_tally


def _members_parts(members: Sequence[Member]) -> tuple[dict[str, float], dict[str, float]]:
    """Parts and weights of a composite: its services' by ω, over those that have the part."""
    parts, weights = {}, {}
    for key in PARTS:
        having = [m for m in members if key in m.score.parts]
        omega = sum(m.omega for m in having)
        if omega > 0:
            parts[key] = sum(m.omega * m.score.parts[key].adjusted for m in having) / omega
            weights[key] = sum(m.omega * m.score.weights[key] for m in having)
    return parts, weights


def _standing(card: Scorecard, position: int, policy: EvaluationPolicy) -> Standing:
    if card.method == "composite":
        parts, weights = _members_parts(list(card.members.values()))
    else:
        parts = {key: part.adjusted for key, part in card.parts.items()}
        weights = dict(card.weights)
    value = index_value(rate_tally(card.counts, card.overdue), policy.indices[position])
    return Standing(card.unit.code, card.score, card.tier, parts, weights, value)


def comparisons(window: Window) -> Mapping[str, Sequence[Comparison]]:
    """Department code → each configured composite beside its score; all departments are one another's peers."""

    def compute(policy: EvaluationPolicy) -> Mapping[str, Sequence[Comparison]]:
        cards = department_scorecards(window)
        found: dict[str, list[Comparison]] = {card.unit.code: [] for card in cards}
        for position in range(len(policy.indices)):
            for code, line in compare([_standing(card, position, policy) for card in cards]).items():
                found[code].append(line)
        return found

    return remembered("official", window, compute)
