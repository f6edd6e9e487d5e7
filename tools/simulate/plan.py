"""How much is simulated, and the cities that are."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from tools.simulate.city import City
from tools.simulate.measures import Outcome, run
from webapp.domain.scoring import ScorePolicy

T = TypeVar("T")
# Scores hold read-only mappings, which cannot travel between processes as they are.
copyreg.pickle(MappingProxyType, lambda mapping: (MappingProxyType, (dict(mapping),)))
WITHOUT_TEXT: Final = ScorePolicy(use_text=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is run: cities per figure, trials per attack, quiet years, trials per surge, windows per review set;
    ``jobs`` processes share the work (the figures do not depend on it)."""

    cities: int = 60
    units: int = 80
    median: float = 20.0
    seed: int = 1
    oracle: int = 6
    trials: int = 6
    years: int = 3
    surges: int = 12
    windows: int = 20
    jobs: int = 1

    @property
    def city(self) -> City:
        return City(self.units, self.median)


def each(plan: Plan, work: Callable[..., T], given: Sequence[tuple[Any, ...]]) -> list[T]:
    """``work`` of each tuple of arguments, in order."""
    if plan.jobs == 1:
        return [work(*arguments) for arguments in given]
    with ProcessPoolExecutor(plan.jobs) as pool:
        return [task.result() for task in [pool.submit(work, *arguments) for arguments in given]]


QUICK: Final = Plan(cities=10, oracle=2, trials=2, years=1, surges=4, windows=5)


def cities_of(plan: Plan) -> list[tuple[str, int, City, ScorePolicy]]:
    base, usual = plan.city, ScorePolicy()
    return [
        ("plain: votes only", plan.cities, base, usual),
        ("one case in ten asked", plan.cities, replace(base, sample=0.1), usual),
        ("one case in five asked", plan.cities, replace(base, sample=0.2), usual),
        ("without text", plan.cities, base, WITHOUT_TEXT),
        ("few peers (8)", plan.cities * 4, replace(base, units=8), usual),
        ("few votes (median 8)", plan.cities, replace(base, median_votes=8.0), usual),
        ("peers much alike", plan.cities, replace(base, good_spread=0.03, bad_share=0.0), usual),
        ("unhappy vote 3 × as often", plan.cities, replace(base, unhappy=3.0), usual),
        ("the same, one case in ten asked", plan.cities, replace(base, unhappy=3.0, sample=0.1), usual),
        ("the same, one silent case in ten asked", plan.cities, replace(base, unhappy=3.0, sample=0.1, silent=True), usual),
        ("the same, one case in five asked", plan.cities, replace(base, unhappy=3.0, sample=0.2), usual),
    ]  # fmt: skip


def outcomes(plan: Plan) -> dict[str, Outcome]:
    """All cities scored, by name."""
    kinds = cities_of(plan)
    made = each(plan, run, [(cities, city, plan.seed, policy) for _, cities, city, policy in kinds])
    return dict(zip((name for name, *_ in kinds), made, strict=True))
