"""Early warning in synthetic years: false alarms in quiet ones as promised, and how soon a surge is seen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from webapp.domain.surges import NO_SEASON, Season, Weeks, day_exposures, season, surges

Array = NDArray[Any]

HISTORY: Final = 12
GUARD: Final = 2
"""As queries/categories: twelve past weeks, less the two just before"""
YEAR: Final = 364
EPISODE: Final = 7
"""Days without an alarm after which the same cell's next one counts anew"""
WEEKDAYS: Final = np.array([1.25, 1.15, 1.1, 1.1, 1.05, 0.75, 0.6])
HOLIDAYS: Final = ((30, 37), (120, 123), (270, 277))
"""Days of the year on which offices are shut and half as many write"""


@dataclass(frozen=True, slots=True)
class Town:
    """``kinds`` of trouble in ``places``; ``swing`` of the seasons (log), ``spread`` between weeks (φ)."""

    kinds: int = 20
    places: int = 30
    mean: float = 1.5
    swing: float = 0.35
    spread: float = 0.06


def _kind_of_day(day: int) -> Hashable:
    in_year = day % YEAR
    return "holiday" if any(a <= in_year < b for a, b in HOLIDAYS) else day % 7


def _rates(rng: Generator, town: Town, days: int) -> Array:
    """Expected requests per cell and day, shape (kinds, places, days)."""
    level = rng.gamma(0.6, town.mean / 0.6, (town.kinds, town.places, 1)) / 7
    swing, phase = rng.uniform(0, town.swing, town.kinds), rng.uniform(0, 2 * np.pi, town.kinds)
    year = np.exp(swing[:, None] * np.sin(2 * np.pi * np.arange(days) / YEAR + phase[:, None]))
    kinds = [_kind_of_day(day) for day in range(days)]
    factor = np.array([0.5 if kind == "holiday" else WEEKDAYS[int(str(kind))] for kind in kinds])
    weeks = rng.gamma(1 / town.spread, town.spread, (town.kinds, town.places, days // 7 + 1))
    own: Array = level * year[:, None, :] * factor * np.repeat(weeks, 7, axis=2)[:, :, :days]
    return own


def _season(counts: Array, exposure: Array, day: int) -> list[Season]:
    """Of each kind of trouble in the whole town, from the weeks around this one a year ago and those before."""
    if day - YEAR - 7 * (HISTORY + GUARD + 1) < 0:
        return [NO_SEASON] * len(counts)
    at = day - YEAR
    this, past = slice(at - 13, at + 8), slice(at - 6 - 7 * (HISTORY + GUARD), at - 6 - 7 * GUARD)
    total = counts.sum(axis=1)
    return [
        season(total[k, this].sum(), exposure[this].sum() / 7, total[k, past].sum(), exposure[past].sum() / 7)
        for k in range(len(counts))
    ]


def look(counts: Array, day: int, aware: bool = True, cut: int = 0) -> set[tuple[int, int]]:
    """Cells that the real model names on ``day`` (its seven days up to it); ``aware`` of weekdays and season.

    ``cut`` days of the calendar lie before the first one that is known.
    """
    kinds, places, _ = counts.shape
    first = day + 1 - 7 * (HISTORY + GUARD + 1)
    weekly = counts[:, :, first : day + 1].reshape(kinds, places, -1, 7).sum(axis=3)
    cells: Mapping[Hashable, tuple[int, list[int]]] = {
        (k, p): (int(weekly[k, p, -1]), weekly[k, p, :HISTORY].tolist())
        for k in range(kinds)
        for p in range(places)
        if weekly[k, p].any()
    }
    weeks, seasons = Weeks(), {}
    if aware:
        names = [_kind_of_day(d + cut) for d in range(day + 1)]
        span = slice(max(0, day + 1 - YEAR), day + 1)
        factors = day_exposures(counts[:, :, span].sum(axis=(0, 1)).tolist(), names[span])
        exposure = np.array([factors.get(name, 1.0) for name in names])
        held = exposure[first:].reshape(-1, 7).sum(axis=1) / 7
        weeks = Weeks(float(held[-1]), held[:HISTORY].tolist())
        per_kind = _season(counts, exposure, day)
        seasons = {key: per_kind[key[0]] for key in cells}  # type: ignore[index]
    return {surge.key for surge in surges(cells, weeks=weeks, seasons=seasons)}  # type: ignore[misc]


def false_alarms(years: int, town: Town, seed: int, aware: bool = True, first_year: bool = False) -> float:
    """New alarms a month in quiet years with daily looks; the year before them is known unless ``first_year``."""
    rng, alarms, days = np.random.default_rng(seed), 0, 0
    cut = YEAR - 7 * (HISTORY + GUARD + 1) if first_year else 0
    for _ in range(years):
        counts = rng.poisson(_rates(rng, town, 2 * YEAR))[:, :, cut:]
        last: dict[tuple[int, int], int] = {}
        for day in range(counts.shape[2] - YEAR, counts.shape[2]):
            for key in look(counts, day, aware, cut):
                alarms += day - last.get(key, -99) > EPISODE
                last[key] = day
            days += 1
    return alarms / days * 30.44


@dataclass(frozen=True, slots=True)
class Detection:
    """Of surges of one size: share seen within two weeks, and median days until then (None: fewer than half)."""

    seen: float
    days: float | None


def detection(trials: int, town: Town, seed: int, weekly: float, times: float) -> Detection:
    """A cell that has ``weekly`` requests a week and from one day on ``times`` as many."""
    rng, waits = np.random.default_rng(seed), []
    for _ in range(trials):
        rates = _rates(rng, town, 2 * YEAR)
        rates[0, 0] *= weekly / 7 / rates[0, 0].mean()
        start = int(rng.integers(YEAR + 60, 2 * YEAR - 20))
        rates[0, 0, start:] *= times
        counts = rng.poisson(rates)
        hits = [day - start + 1 for day in range(start, start + 14) if (0, 0) in look(counts, day)]
        waits.append(hits[0] if hits else np.inf)
    middle = float(np.median(waits))
    return Detection(float(np.mean(np.isfinite(waits))), middle if np.isfinite(middle) else None)
