"""Down the tree of areas: the parts of one area with their scores and outlines.

Districts and streets are scored as everywhere. Communities and grids are many and small: they are scored among those of
their own district, so that a page costs what a district costs, whatever the city's size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from webapp.domain.scores import UnitScore
from webapp.extensions import db
from webapp.models import Area, utcnow
from webapp.queries import evaluation, tallies
from webapp.queries.kept import PAST_LAG_S, TREND_LAG_S, kept
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.scorecards import Scorecard, Unit, unit_card
from webapp.queries.scoring import area_counts, remembered, scored_among_peers
from webapp.queries.tallies import Counts, Window
from webapp.queries.units import DISTRICT, STREET, catalogue

GRID = 5


def parts(area: Unit) -> list[Unit]:
    """The areas directly inside, in the order of their codes."""
    known = catalogue()
    return [unit for unit in known.within(area.level + 1) if unit.parent == area.code]


def line(area: Unit) -> list[Unit]:
    """The way from the city down to the area, itself last."""
    known = catalogue()
    return [known.areas[i] for _level, i in sorted(known.up[area.id].items())]


def part_cards(area: Unit, window: Window) -> list[Scorecard]:
    """Scorecards of the areas directly inside, also of those where nothing was heard."""
    level = area.level + 1
    if level <= STREET:
        found = {card.unit.id: card for card in evaluation.area_scorecards(level, window)}
    else:
        district = catalogue().up[area.id].get(DISTRICT, area.id)
        found = dict(_small_cards(district, level, window))
    return [
        found.get(unit.id) or Scorecard(unit, "unit", tallies.NO_COUNTS, tallies.NO_COUNTS, 0)
        for unit in parts(area)
    ]


def _small_cards(district: int, level: int, window: Window) -> Mapping[int, Scorecard]:
    """All communities, or grids, of a district."""

    def compute(policy: EvaluationPolicy) -> Mapping[int, Scorecard]:
        now, counts = _scored(district, level, window, policy)
        was, before = _scored(district, level, window.before(), policy)
        late = _late(district, level, window)
        units = catalogue().areas
        return {
            i: unit_card(
                units[i],
                score,
                counts[i],
                before.get(i, tallies.NO_COUNTS),
                late[i],
                was.get(i),
                None,
                policy.rate,
            )
            for i, score in now.items()
        }

    return remembered(f"small areas {district} {level}", window, compute, TREND_LAG_S)


def _scored(
    district: int, level: int, window: Window, policy: EvaluationPolicy
) -> tuple[dict[int, UnitScore], dict[int, Counts]]:
    """Scores and counts of the areas of a level within a district, each with all that lies in it."""
    known = catalogue()
    rows: dict[int, dict[str, list[tallies.Row]]] = {}
    for area, channels in area_counts(window).items():
        up = known.up.get(area, {})
        home = up.get(level)
        if home is not None and up.get(DISTRICT) == district:
            for channel, row in channels.items():
                rows.setdefault(home, {}).setdefault(channel, []).append(row)
    found = {i: {c: tallies.added(r) for c, r in channels.items()} for i, channels in rows.items()}
    late = _late(district, level, window)
    given = [
        (known.areas[i].code, tallies.unit_tally(str(i), channels, late[i], known.areas[i].exposure))
        for i, channels in found.items()
    ]
    scores = scored_among_peers(given, "area", policy)
    counts = {i: tallies.total(channels) for i, channels in found.items()}
    return dict(zip(found, scores, strict=True)), counts


def _late(district: int, level: int, window: Window) -> Counter[int]:
    known = catalogue()
    late: Counter[int] = Counter()
    for area, count in tallies.overdue("area", window, utcnow()).items():
        up = known.up.get(area, {})
        if up.get(DISTRICT) == district and level in up:
            late[up[level]] += count
    return late


def outlines(area: Unit) -> Mapping[int, Mapping[str, Any]]:
    """Outlines (GeoJSON) of the areas directly inside that have one, by id."""

    def load() -> Mapping[int, Mapping[str, Any]]:
        rows = db.session.execute(
            select(Area.id, Area.outline)
            .where(Area.parent_id == area.id, Area.outline.is_not(None))
            .order_by(Area.code)
        )
        return {i: outline for i, outline in rows if outline}

    return kept(("outlines", area.id), load, PAST_LAG_S)


def own_card(area: Unit, window: Window) -> Scorecard | None:
    """The scorecard of an area itself; None for the city, which has no peers."""
    known = catalogue()
    up: Sequence[Unit] = line(area)
    if len(up) < 2:
        return None
    parent = known.areas[up[-2].id]
    return next((card for card in part_cards(parent, window) if card.unit.id == area.id), None)
