"""Invented residents: a key, a home grid, a name and a number that nobody has."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from importlib import resources

from webapp.demo.places import City

POOL = 9000


@dataclass(frozen=True, slots=True)
class Resident:
    """``contact`` is name and phone; numbers beginning with 10 are never given to mobile phones."""

    key: str
    grid_code: str
    contact: tuple[str, str]


class Residents:
    """A pool in which some speak often and most once; drawn by home grid when one is known."""

    def __init__(self, rng: random.Random, city: City, size: int = POOL) -> None:
        self.rng = rng
        text = resources.files("webapp.demo").joinpath("data/staff.toml").read_text(encoding="utf-8")
        names = tomllib.loads(text)
        grids = city.at_level("grid")
        homes = rng.choices(grids, [grid.population for grid in grids], k=size)
        self.people = [
            Resident(
                f"resident-{number}", home.code,
                (rng.choice(names["surnames"]) + rng.choice(names["given"]), f"10{rng.randrange(10**9):09d}"),
            )
            for number, home in enumerate(homes)
        ]  # fmt: skip
        self.by_grid: dict[str, list[Resident]] = {grid.code: [] for grid in grids}
        for person in self.people:
            self.by_grid[person.grid_code].append(person)

    def someone(self, grid_code: str = "") -> Resident:
        """A resident of the grid if it is known (and has any), else of the city."""
        near = self.by_grid.get(grid_code)
        if near and self.rng.random() < 0.9:
            return self.rng.choice(near)
        # Squaring the draw lets a third of the pool speak most of the time.
        return self.people[int(self.rng.random() ** 1.6 * len(self.people))]
