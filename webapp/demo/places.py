"""The city's five-level areas, with outlines, population, roads and estates. Pure: seed in, dataclasses out."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from webapp.demo import outlines

LEVELS = ("city", "district", "street", "community", "grid")
PROVINCE = "99"  # no such province in GB/T 2260, so no code collides with a real place


@dataclass(frozen=True, slots=True)
class Estate:
    """A housing estate (小区) with the names its neighbours use."""

    name: str
    nicknames: tuple[str, ...]
    road: str
    road_no: int
    buildings: int
    grid_code: str


@dataclass(slots=True)
class Place:
    """One area. ``outline`` is a closed ring of (longitude, latitude) in degrees."""

    code: str
    name: str
    level: str
    parent_code: str | None
    population: int
    outline: list[tuple[float, float]]
    centre: tuple[float, float]
    roads: list[str] = field(default_factory=list)
    estates: list[Estate] = field(default_factory=list)

    def nicknames(self) -> list[str]:
        """What residents name it by: a grid by its estates and their house numbers, a community by its roads."""
        if self.level == "community":
            return list(self.roads)
        if self.level != "grid":
            return []
        return [n for e in self.estates for n in (e.name, *e.nicknames, f"{e.road}{e.road_no}号")]

    def geojson(self) -> dict[str, Any]:
        """GeoJSON ``Polygon`` geometry (RFC 7946: counter-clockwise outer ring, closed)."""
        return {"type": "Polygon", "coordinates": [[list(point) for point in self.outline]]}


@dataclass(slots=True, eq=False)  # compared and hashed by identity: it keys caches
class City:
    """All places by code, and the indexes the generators need."""

    places: dict[str, Place]
    city_code: str
    keys: dict[str, str]  # "dongcheng", "gutai" → code of the district or street
    noise_estate: str
    noise_grid: str

    def at_level(self, level: str) -> list[Place]:
        return [place for place in self.places.values() if place.level == level]

    def ancestors(self, code: str) -> list[Place]:
        """The place itself, then its parents up to the city."""
        chain = []
        current: str | None = code
        while current:
            place = self.places[current]
            chain.append(place)
            current = place.parent_code
        return chain

    def at(self, code: str, level: str) -> Place:
        """The ancestor (or self) of ``code`` at ``level``; KeyError if there is none."""
        for place in self.ancestors(code):
            if place.level == level:
                return place
        raise KeyError(f"{code} has no {level}")

    def full_name(self, code: str) -> str:
        return "".join(p.name for p in reversed(self.ancestors(code)) if p.level != "grid")

    def words(self) -> list[str]:
        """The city's own words for the segmenter: areas, roads, estates and nicknames."""
        words = {place.name for place in self.places.values() if place.level != "grid"}
        for place in self.places.values():
            words.update(place.roads)
            for estate in place.estates:
                words.update((estate.name, *estate.nicknames))
        return sorted(words)


def load_names() -> dict[str, Any]:
    """The names file, parsed."""
    text = resources.files("webapp.demo").joinpath("data/places.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=4)
def build_city(seed: int = 20240601) -> City:
    """The same city for the same seed. Takes about 0.2 s."""
    names = load_names()
    rng = random.Random(f"places:{seed}")
    shape = [[len(street["communities"]) for street in d["streets"]] for d in names["district"]]
    mesh = outlines.build_mesh(rng, shape, tuple(names["centre"]), names["radius_km"])
    places: dict[str, Place] = {}
    city_code = f"{PROVINCE}0100000000"
    namer = _Namer(names, rng)
    keys = {}
    for d_index, district in enumerate(names["district"]):
        d_code = f"{PROVINCE}01{d_index + 1:02d}000000"
        keys[district["key"]] = d_code
        for s_index, street in enumerate(district["streets"]):
            s_code = f"{d_code[:6]}{s_index + 1:03d}000"
            keys[street["key"]] = s_code
            for c_index, community in enumerate(street["communities"]):
                c_code = f"{s_code[:9]}{c_index + 1:03d}"
                cells = mesh.leaves[d_index][s_index][c_index]
                for g_index, cell in enumerate(cells):
                    g_code = f"{c_code}{g_index + 1:02d}"
                    places[g_code] = _place(
                        mesh, [cell], g_code, f"{community}第{g_index + 1}网格", "grid", c_code
                    )
                    places[g_code].population = namer.population(mesh.spread(cell))
                places[c_code] = _place(mesh, cells, c_code, community, "community", s_code)
                namer.furnish(places, c_code, [f"{c_code}{i + 1:02d}" for i in range(len(cells))])
            all_cells = [cell for cells in mesh.leaves[d_index][s_index] for cell in cells]
            places[s_code] = _place(mesh, all_cells, s_code, street["name"], "street", d_code)
        all_cells = [cell for street in mesh.leaves[d_index] for cells in street for cell in cells]
        places[d_code] = _place(mesh, all_cells, d_code, district["name"], "district", city_code)
    places[city_code] = _place(mesh, list(range(mesh.size)), city_code, names["city"], "city", None)
    _sum_population(places)
    ordered = dict(sorted(places.items(), key=lambda item: (LEVELS.index(item[1].level), item[0])))
    estate, grid = namer.noise_home
    return City(ordered, city_code, keys, estate, grid)


def _place(
    mesh: outlines.Mesh, cells: list[int], code: str, name: str, level: str, parent: str | None
) -> Place:
    return Place(code, name, level, parent, 0, mesh.outline(cells), mesh.centre(cells))


def _sum_population(places: dict[str, Place]) -> None:
    for level in ("grid", "community", "street", "district"):
        for place in places.values():
            if place.level == level and place.parent_code:
                places[place.parent_code].population += place.population


class _Namer:
    """Gives roads, estates and population to the grids of a community; remembers the noise story's home."""

    def __init__(self, names: dict[str, Any], rng: random.Random) -> None:
        self.rng = rng
        self.names = names
        roads = [stem + suffix for stem in names["roads"]["stems"] for suffix in names["roads"]["suffixes"]]
        rng.shuffle(roads)
        self.roads = roads
        estates = names["estates"]
        story = names["story"]["noise_estate"]
        pool = [
            (stem + suffix, stem)
            for stem in estates["stems"]
            for suffix in estates["suffixes"]
            if stem + suffix != story
        ]
        pool += [(w + s, w) for w in estates["works_yards"] for s in estates["yard_suffixes"]]
        rng.shuffle(pool)
        self.estates = pool
        self.noise_home = ("", "")

    def population(self, spread_km: float) -> int:
        """Residents of a grid: 700 to 2,400, fewer where grids are wide (villages)."""
        base = self.rng.lognormvariate(7.15, 0.28)
        return int(min(2400, max(420, base * (1.15 if spread_km < 1.0 else 0.75))))

    def furnish(self, places: dict[str, Place], community: str, grids: list[str]) -> None:
        """Three roads and one estate per grid (two now and then)."""
        place = places[community]
        place.roads = sorted(self.roads.pop() for _ in range(3))
        story = self.names["story"]
        for index, grid in enumerate(grids):
            places[grid].roads = [place.roads[index % 3], place.roads[(index + 1) % 3]]
            for _ in range(2 if self.rng.random() < 0.25 else 1):
                places[grid].estates.append(self._estate(grid, place.roads[index % 3]))
        if place.name == story["noise_community"]:
            home = Estate(story["noise_estate"], ("澜庭", "老澜庭"), place.roads[0], 88, 14, grids[0])
            places[grids[0]].estates = [home]
            self.noise_home = (home.name, grids[0])
        place.estates = [estate for grid in grids for estate in places[grid].estates]

    def _estate(self, grid: str, road: str) -> Estate:
        name, stem = self.estates.pop()
        patterns = self.rng.sample(self.names["estates"]["nickname_patterns"], k=self.rng.choice((1, 1, 2)))
        nicknames = tuple(pattern.format(stem=stem) for pattern in patterns)
        return Estate(name, nicknames, road, self.rng.randrange(2, 399), self.rng.randrange(4, 28), grid)
