"""Scores of kinds of trouble: categories have no votes, so that they are scored by R, T and V, their weights raised."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from webapp.domain.scoring import UnitScore, UnitTally
from webapp.models import utcnow
from webapp.queries import tallies
from webapp.queries.kept import TREND_LAG_S
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.scoring import counted, remembered, scored_among_peers
from webapp.queries.tallies import Window
from webapp.queries.units import catalogue


def _without_votes(code: str, channels: tallies.ByChannel, late: int) -> UnitTally:
    # A few drawn words in some kinds of trouble would set those against kinds that are scored without.
    return replace(tallies.unit_tally(code, channels, late), strata=())


def category_scores(window: Window, digits: int) -> Mapping[str, UnitScore]:
    """By category code of ``digits`` digits, each with all below it; all of one level are peers."""

    def compute(policy: EvaluationPolicy) -> Mapping[str, UnitScore]:
        known = catalogue().categories
        rows: dict[str, dict[str, list[tallies.Row]]] = defaultdict(lambda: defaultdict(list))
        for category, channels in counted("category", window).items():
            if category in known:
                for channel, row in channels.items():
                    rows[known[category][0][:digits]][channel].append(row)
        late: Counter[str] = Counter()
        for category, count in tallies.overdue("category", window, utcnow()).items():
            if category in known:
                late[known[category][0][:digits]] += count
        given = [
            (code, _without_votes(code, {c: tallies.added(r) for c, r in channels.items()}, late[code]))
            for code, channels in sorted(rows.items())
        ]
        scores = scored_among_peers(given, "category", policy)
        return {code: score for (code, _tally), score in zip(given, scores, strict=True)}

    return remembered(f"category scores {digits}", window, compute, TREND_LAG_S)
