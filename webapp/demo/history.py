"""180 days of a city: some 20,000 requests and reviews with their casework, from one seed. Pure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from webapp.demo import REQUESTS, REVIEWS, patterns, stories
from webapp.demo.catalog import Catalog, build_catalog
from webapp.demo.lives import Life, World, merge_into
from webapp.demo.places import City, Estate, build_city
from webapp.demo.records import DemoRequest, History
from webapp.demo.residents import Residents
from webapp.demo.reviews import ReviewMaker
from webapp.demo.texts import groups
from webapp.demo.writing import Where, Writer
from webapp.domain.deadlines import DEFAULT_POLICY, DeadlinePolicy, weekdays_only

SPAN_DAYS = 180
MANY = 60_000  # above it, reviews are drawn by the block and their texts repeat (webapp.demo.bulk)
_CHANNELS, _CHANNEL_WEIGHTS = ("web", "chat", "wechat", "hotline", "counter"), (30, 25, 20, 21, 4)
_BACK_AGAIN = {None: 0.05, "yes": 0.03, "partly": 0.10, "no": 0.18}


def build_history(
    now: datetime, seed: int = 20240601, requests: int = REQUESTS, reviews: int = REVIEWS,
    is_workday: patterns.IsWorkday = weekdays_only, policy: DeadlinePolicy = DEFAULT_POLICY,
) -> tuple[City, Catalog, History]:  # fmt: skip
    """City, catalogue and history until ``now`` (aware). The same arguments give the same history, in 2 s or so."""
    city = build_city(seed)
    catalog = build_catalog(city)
    world = World(city, catalog, Writer(), now, is_workday, policy)
    rng = random.Random(f"history:{seed}")
    maker = RequestMaker(world, rng, Residents(rng, city))
    told = maker.ordinary(requests) + maker.surge()
    told.sort(key=lambda request: request.received_at)
    for request in told:
        if request.merged_into is None and not request.events:
            Life(world, rng, request).play()
    told += maker.returns(told)
    told.sort(key=lambda request: request.received_at)
    reviewer = ReviewMaker(world, rng, maker.residents)
    written = [*reviewer.of_requests(told), *reviewer.counter_turn(), *reviewer.brushing()]
    if reviews <= MANY:
        written += reviewer.ordinary(reviews)
    written.sort(key=lambda review: review.created_at)
    more = reviews if reviews > MANY else 0
    return city, catalog, History(now, told, written, reviewer, more)


class Names(NamedTuple):
    """Names around a request: a road, an estate, and the department's short name."""

    road: str
    estate: Estate
    department: str


class RequestMaker:
    """Makes requests: who, where, when, what; ``Life`` then plays them."""

    def __init__(self, world: World, rng: random.Random, residents: Residents) -> None:
        self.world, self.rng, self.residents = world, rng, residents
        self.grids = world.city.at_level("grid")
        self.grid_weights = [grid.population for grid in self.grids]
        self.count = 0

    def ordinary(self, total: int) -> list[DemoRequest]:
        """Everyday requests over the span."""
        days = patterns.days_until(self.world.now, SPAN_DAYS)
        made = []
        for day, number in zip(days, patterns.spread_over_days(self.rng, total, days), strict=True):
            keys, weights = _groups_of_month(day.month)
            for key in self.rng.choices(keys, weights, k=number):
                at = patterns.moment(self.rng, day, groups()[key]["hours"])
                if at < self.world.now:
                    made.append(self.make(key, at))
        return made

    def make(self, key: str, at: datetime, grid_code: str = "", **fixed: Any) -> DemoRequest:
        """One request about group ``key`` at ``at``; ``fixed`` overrides any field."""
        rng, group, city = self.rng, groups()[key], self.world.city
        grid = city.places[grid_code] if grid_code else rng.choices(self.grids, self.grid_weights)[0]
        estate = rng.choice(grid.estates)
        area = grid.code if grid_code else self._known_area(grid.code, group["place"])
        department = self.world.catalog.responsible(city, group["category"], area)
        names = Names(rng.choice(grid.roads), estate, self.world.catalog.departments[department].short_name)
        where, address = self._where(group["place"], area, names)
        kind = _kind(rng, group)
        urgency = (
            rng.choices(*_weighted(group.get("urgency", {"normal": 1.0})))[0]
            if kind in _TROUBLES
            else "normal"
        )
        channel = rng.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0]
        resident = self.residents.someone(grid.code)
        name, phone = resident.contact if channel == "hotline" or rng.random() < 0.42 else ("", "")
        pinned = area == grid.code and channel in ("web", "wechat", "chat") and rng.random() < 0.6
        text, theme = self.world.writer.request(rng, key, kind, where)
        self.count += 1
        request = DemoRequest(
            self.count, _code(rng, "MP", 9), _code(rng, "", 6), key, theme, group["category"], kind, urgency,
            text, channel, at, area, address,
            round(grid.centre[1] + rng.gauss(0, 0.0008), 5) if pinned else None,
            round(grid.centre[0] + rng.gauss(0, 0.001), 5) if pinned else None,
            self._service(group["service"], department), department, resident.key, name, phone, self.world.deadline(at, urgency),
        )  # fmt: skip
        for field, value in fixed.items():
            setattr(request, field, value)
        if rng.random() < 0.05 and kind in _TROUBLES:
            request.supporters = [self.residents.someone(grid.code).key for _ in range(rng.randint(1, 5))]
        return request

    def _known_area(self, grid: str, place: str) -> str:
        """How exactly the place is known: most by grid, some by community or street, a few not at all."""
        level = self.rng.choices(("grid", "community", "street", "city"), (68, 15, 11, 6))[0]
        if place == "none":
            level = self.rng.choices(("street", "district", "city"), (4, 2, 4))[0]
        elif place == "district":
            level = place
        return self.world.city.at(grid, level).code

    def _service(self, code: str, department: str) -> str:
        """The service that a group names, or the like of it in the district whose department answers."""
        services = self.world.catalog.services
        if "." not in services[code].department_code:
            return code
        same = (s.service_code for s in services.values() if s.department_code == department)
        return next(same, code)

    def _where(self, kind: str, area: str, names: Names) -> tuple[Where, str]:
        """Ways of naming the place, and the address that goes with the request."""
        rng, city, road, estate = self.rng, self.world.city, names.road, names.estate
        spot = f"{rng.randint(1, estate.buildings)}号楼"
        level = city.places[area].level
        if level in ("city", "district"):
            return Where((), spot, names.department), ""
        name = city.places[area].name if level != "grid" else city.at(area, "community").name
        street, whole = city.at(area, "street").name, city.full_name(area)
        if kind == "road":
            near = f"{road}{rng.choice(_NEAR)}"
            phrases: tuple[str, ...] = (
                near,
                f"{street}{road}",
                road,
                f"{road}与{estate.road}路口",
                f"{name}{road}",
            )
            return Where(phrases, spot, names.department), f"{whole}{road}"
        if kind == "estate" and level == "grid":
            short = rng.choice(estate.nicknames)
            phrases = (
                f"{estate.name}{spot}", estate.name, f"{short}{spot}", f"{road}{estate.name}", f"{short}小区",
                f"{name}{estate.name}", f"{estate.name}{spot}{rng.randint(1, 4)}单元",
            )  # fmt: skip
            return Where(
                phrases, spot, names.department
            ), f"{whole}{estate.road}{estate.road_no}号{estate.name}"
        phrases = (name, f"{street}{name}" if name != street else street, f"我们{name}", f"{name}这片")
        return Where(phrases, spot, names.department), whole

    def surge(self) -> list[DemoRequest]:
        """Noise at one estate in the last three weeks; some are filed under the first."""
        made = [self.make(**fields) for fields in stories.noise_surge(self.world, self.rng)]
        first = next((request for request in made if request.group == "noise_works"), None)
        for index, request in enumerate(made):
            if first is not None and index > 8 and request is not first and self.rng.random() < 0.22:
                merge_into(request, first, self.rng, self.world)
            request.story = "noise"
        if first is not None:
            first.supporters = [self.residents.someone(first.area_code).key for _ in range(31)]
        return made

    def returns(self, told: list[DemoRequest]) -> list[DemoRequest]:
        """The same trouble at the same place, back within 30 days: more often where it was not really solved."""
        made = []
        for earlier in told:
            if earlier.closed_at is None or earlier.story or earlier.request_type not in _TROUBLES:
                continue
            if self.rng.random() > _BACK_AGAIN[earlier.solved] or earlier.merged_into is not None:
                continue
            at = earlier.closed_at + timedelta(days=self.rng.uniform(1.5, 29))
            if at >= self.world.now:
                continue
            at = patterns.moment(self.rng, patterns.local_day(at), groups()[earlier.group]["hours"])
            if not earlier.closed_at < at < self.world.now:
                continue
            again = self.make(
                earlier.group,
                at,
                area_code=earlier.area_code,
                theme=earlier.theme,
                address=earlier.address,
                returns_to=earlier.key,
                department_code=earlier.department_code,
                service_code=earlier.service_code,
                identity=earlier.identity,
                request_type="complaint",
            )
            again.text = stories.again(self.rng, earlier.text)
            earlier.returned = True
            Life(self.world, self.rng, again).play()
            made.append(again)
        return made


_NEAR = ("菜市场旁边", "公交站附近", "小学门口", "桥头那段", "加油站往东", "药店前面")
_TROUBLES = ("complaint", "help")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def _weighted(shares: dict[str, float]) -> tuple[list[str], list[float]]:
    return list(shares), list(shares.values())


def _kind(rng: random.Random, group: dict[str, Any]) -> str:
    """Request type by the group's shares; about one in 25 is a word of thanks."""
    return "praise" if rng.random() < 0.04 else rng.choices(*_weighted(group["types"]))[0]


def _code(rng: random.Random, prefix: str, length: int) -> str:
    return prefix + "".join(rng.choices(_ALPHABET, k=length))


@cache
def _groups_of_month(month: int) -> tuple[list[str], list[float]]:
    """Groups and weights: seasonal troubles all but vanish out of season."""
    weights = {
        key: group["weight"] * (1.0 if month in group.get("months", range(1, 13)) else 0.06)
        for key, group in groups().items()
    }
    return list(weights), list(weights.values())
