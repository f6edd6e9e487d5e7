"""What residents come with: counts per category and their change, and early hints per category and place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from sqlalchemy import func, select

from webapp.domain.rates import Rate, resolution_rate, wilson
from webapp.domain.surges import Season, Surge, surges
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries import calendars, tallies
from webapp.queries.category_counts import category_counts_within
from webapp.queries.kept import TREND_LAG_S, kept
from webapp.queries.policy import EvaluationPolicy
from webapp.queries.scoring import remembered, today
from webapp.queries.tallies import Counts, Window
from webapp.queries.units import COMMUNITY, DISTRICT, STREET, catalogue

HISTORY_WEEKS = 12
GUARD_WEEKS = 2
"""The weeks just before are no yardstick: a surge that lasts must not become its own normal"""
DIGITS = {1: 2, 2: 4, 3: 6}
"""Digits of the code at each level of the tree"""


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """Requests of one category in the window and the one before; ``low``, ``high`` bound the ratio of the two."""

    code: str
    name: str
    group: str
    counts: Counts
    before: int
    ratio: float | None
    low: float
    high: float | None
    resolution: Rate

    @property
    def received(self) -> int:
        return self.counts["received"]

    @property
    def moved(self) -> int:
        """1 and −1 where the interval of the ratio leaves out "no change", else 0."""
        if self.low > 1:
            return 1
        return -1 if self.high is not None and self.high < 1 else 0


def _ratio(now: int, before: int) -> tuple[float | None, float, float | None]:
    """now / before with the interval that follows from Wilson's for now / (now + before): both Poisson."""
    low, high = wilson(now, now + before)
    return (now / before if before else None), low / (1 - low), (high / (1 - high) if high < 1 else None)


def category_demand(window: Window, level: int = 2, area_id: int | None = None) -> list[CategoryLine]:
    """Categories of one level of the tree with all below them, most asked first; in one area with all below it."""

    def compute(policy: EvaluationPolicy) -> list[CategoryLine]:
        known = catalogue()
        now, was = (_by_code(part, level, area_id) for part in (window, window.before()))
        lines = []
        for code in {*now, *was}:
            counts, before = now.get(code, tallies.NO_COUNTS), was.get(code, tallies.NO_COUNTS)["received"]
            ratio, low, high = _ratio(counts["received"], before)
            names = known.category_names
            lines.append(CategoryLine(
                code, names.get(code, code), names.get(code[:2], ""), counts, before, ratio, low, high,
                resolution_rate(tallies.rate_tally(counts), policy.rate),
            ))  # fmt: skip
        return sorted(lines, key=lambda line: (-line.received, line.code))

    return remembered(f"categories {level} {area_id or ''}", window, compute, TREND_LAG_S)


def _by_code(window: Window, level: int, area_id: int | None) -> dict[str, Counts]:
    known = catalogue().categories
    if area_id is not None:
        # The roll-ups know categories and areas, not both at once: counted live, from the index of the areas.
        return category_counts_within(window, DIGITS[level], area_id)
    rows: dict[str, list[tallies.Row]] = defaultdict(list)
    for category, channels in tallies.read("category", window, today()).items():
        if category in known:
            rows[known[category][0][: DIGITS[level]]] += channels.values()
    return {code: tallies.named(found) for code, found in rows.items()}


@dataclass(frozen=True, slots=True)
class Core:
    """What most of a week's requests share: a finer category or a smaller place, and how many do. "" for neither."""

    name: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Hint:
    """An early hint: a category in a place, this week's count, what its own history would have led one to expect.

    ``trouble`` and ``spot`` say where in the category and in the place most of them are.
    """

    category: str
    category_name: str
    area: str
    area_name: str
    count: int
    expected: float
    chance: float
    weeks: Sequence[int]
    trouble: Core
    spot: Core


def early_hints(day: date | None = None) -> list[Hint]:
    """Second-level category × street (and × district) over the last seven days against twelve earlier weeks, with
    what those days and the season usually hold."""
    last = day or today()
    return kept(("hints", last), lambda: _hints(last), TREND_LAG_S)


_Key = tuple[str, int]
_Recent = dict[_Key, list[tuple[int, int, int]]]


def _weekly(last: date) -> tuple[dict[_Key, list[int]], _Recent]:
    """Requests per cell and week, oldest first, the last entry being the seven days up to ``last``.

    And of those seven days, what each cell is made of: (category, area, count).
    """
    known = catalogue()
    weeks = HISTORY_WEEKS + GUARD_WEEKS + 1
    first = last - timedelta(days=7 * weeks - 1)
    r = ServiceRequest
    rows = db.session.execute(
        select(r.category_id, r.area_id, r.received_day, func.count())
        .where(r.received_at >= tallies.moments(Window(first, last))[0], r.received_day.between(first, last))
        .where(r.status != Status.RECEIVED.value)
        .group_by(r.category_id, r.area_id, r.received_day)
    )
    cells: dict[_Key, list[int]] = defaultdict(lambda: [0] * weeks)
    recent: _Recent = defaultdict(list)
    for category, area, day, count in rows:
        code = known.categories.get(category or 0, ("", ""))[0][:4]
        for level in (DISTRICT, STREET):
            if code and (home := known.up.get(area, {}).get(level)) is not None:
                week = (day - first).days // 7
                cells[code, home][week] += int(count)
                if week == weeks - 1:
                    recent[code, home].append((category, area, int(count)))
    return cells, recent


def _core(counts: Counter[str]) -> Core:
    """The commonest entry if it is more than half of all."""
    if not counts:
        return Core()
    name, count = counts.most_common(1)[0]
    return Core(name, count) if name and 2 * count > counts.total() else Core()


def _cores(made_of: Sequence[tuple[int, int, int]]) -> tuple[Core, Core]:
    """Finest category and community of most of a week's requests."""
    known = catalogue()
    troubles: Counter[str] = Counter()
    spots: Counter[str] = Counter()
    for category, area, count in made_of:
        code, name = known.categories[category]
        troubles[name if len(code) == DIGITS[3] else ""] += count
        home = known.up.get(area, {}).get(COMMUNITY)
        spots[known.areas[home].name if home else ""] += count
    return _core(troubles), _core(spots)


def _hints(last: date) -> list[Hint]:
    (cells, recent), known = _weekly(last), catalogue()
    held = calendars.exposure(last)
    weeks = calendars.weeks(last, HISTORY_WEEKS, GUARD_WEEKS, held)
    by_code = calendars.seasons(last, HISTORY_WEEKS, GUARD_WEEKS, DIGITS[2], held)
    hints: dict[tuple[str, str], Hint] = {}
    # Streets and districts are two families of tests, each with the same false-alarm rate.
    for level in (STREET, DISTRICT):
        family: Mapping[Hashable, tuple[int, Sequence[int]]] = {
            key: (counts[-1], counts[:HISTORY_WEEKS])
            for key, counts in cells.items()
            if known.areas[key[1]].level == level
        }
        seasonal: Mapping[Hashable, Season] = {
            key: by_code[key[0]] for key in cells if key[0] in by_code and key in family
        }
        for surge in surges(family, weeks=weeks, seasons=seasonal):
            hint = _hint(surge, cells, recent)
            inside = any(
                other.category == hint.category and known.up[_id(other.area)].get(DISTRICT) == _id(hint.area)
                for other in hints.values()
            )
            # A district whose one street runs hot is not news of its own.
            if not inside:
                hints[hint.category, hint.area] = hint
    return sorted(hints.values(), key=lambda hint: hint.chance)


def _id(code: str) -> int:
    found = catalogue().area(code)
    return found.id if found else 0


def _hint(surge: Surge, cells: Mapping[_Key, list[int]], recent: _Recent) -> Hint:
    code, area_id = cast(_Key, surge.key)
    known = catalogue()
    area = known.areas[area_id]
    return Hint(
        code, known.category_names.get(code, code), area.code, area.name, surge.count, surge.expected, surge.chance,
        tuple(cells[code, area_id]), *_cores(recent[code, area_id]),
    )  # fmt: skip
