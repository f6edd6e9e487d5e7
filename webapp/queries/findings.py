"""What stands out in a window, picked by rules so strict that chance alone shows next to nothing.

An official who does not know the city reads these first: what moved, where speed hides failure, where votes were
brushed. Each rule compares intervals or standard errors, never bare numbers; the numbers behind stand on the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from webapp.domain.rates import Rate
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Counts, votes

STANDARD_ERRORS = 3.0
"""A change by chance alone passes this once in 370 services; the usual two would name several every time"""
VOTE_ERRORS = 3.5
"""The same for the share of bad votes alone, which are many enough to say it sooner than the whole score"""
LEAST_ANSWERS = 20
"""Residents' words that a department needs before it is called fast without result"""
BRUSHED_VOTES, BRUSHED_SHARE = 20, 0.2
"""Set-aside votes of a service, and their share of all it was given, from which it is worth an official's look"""
MOST = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """Scorecards that stand out, the strongest first.

    moved     services whose score or share of bad votes changed beyond chance since the window before
    hollow    departments that keep deadlines better and solve less than the city, both beyond chance
    brushed   services with many votes set aside
    """

    moved: Sequence[Scorecard]
    hollow: Sequence[Scorecard]
    brushed: Sequence[Scorecard]


def _standard_errors(card: Scorecard) -> float:
    if card.change is None or card.sd is None or card.previous_sd is None:
        return 0.0
    spread = sqrt(card.sd**2 + card.previous_sd**2)
    return card.change / spread if spread else 0.0


def bad_share(counts: Counts) -> float | None:
    """Levels 1 and 2 among the votes; None without votes."""
    total = votes(counts)
    return (counts["rating_1"] + counts["rating_2"]) / total if total else None


def _vote_errors(card: Scorecard) -> float:
    """By how many standard errors the share of bad votes fell (two proportions, pooled); 0 without votes."""
    now, was = bad_share(card.counts), bad_share(card.before)
    if now is None or was is None:
        return 0.0
    n, m = votes(card.counts), votes(card.before)
    pooled = (now * n + was * m) / (n + m)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return (was - now) / spread if spread else 0.0


def _strength(card: Scorecard) -> float:
    """1 or more, upwards or downwards, where the change is beyond chance."""
    return max(_standard_errors(card) / STANDARD_ERRORS, _vote_errors(card) / VOTE_ERRORS, key=abs)


def _is_hollow(card: Scorecard, city: Mapping[str, Rate]) -> bool:
    fast, solved = card.plain_rates["on_time"], card.plain_rates["resolution"]
    usual_fast, usual_solved = city["on_time"].value, city["resolution"].value
    if usual_fast is None or usual_solved is None or solved.denominator < LEAST_ANSWERS:
        return False
    return fast.low > usual_fast and solved.high < usual_solved


def _is_brushed(card: Scorecard) -> bool:
    aside = card.counts["set_aside"]
    return aside >= BRUSHED_VOTES and aside >= BRUSHED_SHARE * (aside + card.votes)


def stand_out(
    services: Iterable[Scorecard], departments: Iterable[Scorecard], city: Mapping[str, Rate]
) -> Findings:
    """Pick from the scorecards of one window; ``city`` holds the official indicators of all departments together."""
    services = list(services)
    moved = [card for card in services if card.change is not None and abs(_strength(card)) >= 1]
    hollow = [card for card in departments if _is_hollow(card, city)]
    brushed = [card for card in services if _is_brushed(card)]
    return Findings(
        sorted(moved, key=lambda card: -abs(_strength(card)))[:MOST],
        sorted(hollow, key=lambda card: card.plain_rates["resolution"].high)[:MOST],
        sorted(brushed, key=lambda card: -card.counts["set_aside"])[:MOST],
    )
