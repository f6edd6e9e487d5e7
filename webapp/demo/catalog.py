"""Departments, services, dispatch rules and staff of the fictional city. Pure: data files in, dataclasses out."""

from __future__ import annotations

import csv
import random
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from webapp.demo.places import City

CASE = "case"  # a service that handles reports, rather than a counter or an online matter


@dataclass(frozen=True, slots=True)
class DemoDepartment:
    """``on_time`` and ``solve`` are latent truths (0-1): shares of cases answered in time and really solved."""

    code: str
    name: str
    short_name: str
    parent_code: str | None
    area_code: str
    kind: str
    duties: str
    phone: str
    on_time: float
    solve: float


@dataclass(frozen=True, slots=True)
class DemoService:
    """``quality`` is the latent truth: the mean vote (0-1) of all who use the service."""

    service_code: str
    name: str
    nicknames: tuple[str, ...]
    department_code: str
    category_code: str
    kind: str
    description: str
    materials: tuple[str, ...]
    place: str
    hours: str
    phone: str
    monthly_uses: int
    keywords: tuple[str, ...]
    quality: float

    @property
    def scope(self) -> str:
        """``per_visit`` at counters (一次一评), else ``per_matter`` (一事一评)."""
        return "per_visit" if self.kind == "counter" else "per_matter"


@dataclass(frozen=True, slots=True)
class DemoRule:
    """Cases of ``category_code`` (any level) in ``area_code`` go to ``department_code``."""

    category_code: str
    area_code: str
    department_code: str


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """A member of staff; ``listed`` ones are shown by ``flask demo logins``."""

    username: str
    name: str
    role: str
    department_code: str | None
    area_code: str
    listed: bool


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a city offers and who answers for it."""

    departments: dict[str, DemoDepartment]
    services: dict[str, DemoService]
    rules: tuple[DemoRule, ...]
    staff: tuple[DemoStaff, ...]

    def responsible(self, city: City, category_code: str, area_code: str) -> str:
        """Department for a category in an area: deepest category first, then smallest area (as the dispatch does)."""
        return _rule_index(self.rules)[self.rule(city, category_code, area_code)]

    def rule(self, city: City, category_code: str, area_code: str) -> tuple[str, str]:
        """The rule that decides, by its category and area. Raises KeyError where none reaches."""
        index = _rule_index(self.rules)
        chain = [place.code for place in city.ancestors(area_code)]
        for length in (6, 4, 2):
            for area in chain:
                key = (category_code[:length], area)
                if len(category_code) >= length and key in index:
                    return key
        raise KeyError(f"no rule for {category_code} in {area_code}")


@lru_cache(maxsize=4)
def _rule_index(rules: tuple[DemoRule, ...]) -> dict[tuple[str, str], str]:
    return {(rule.category_code, rule.area_code): rule.department_code for rule in rules}


def _rows(name: str) -> list[dict[str, str]]:
    path = resources.files("webapp.demo").joinpath(f"data/{name}.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _words(text: str, separator: str | None = "|") -> tuple[str, ...]:
    return tuple(word for word in text.split(separator) if word and word != "无")


@lru_cache(maxsize=4)
def build_catalog(city: City) -> Catalog:
    """The catalogue of ``city``; staff names follow a fixed seed."""
    departments = {
        d.code: d for d in [*_city_departments(city), *_district_units(city), *_street_offices(city)]
    }
    services = {s.service_code: s for s in map(_service, _rows("services"))}
    return Catalog(departments, services, tuple(_rules(city)), tuple(_staff(city, departments)))


def _city_departments(city: City) -> list[DemoDepartment]:
    return [
        DemoDepartment(
            row["code"], row["name"], row["short"], row["parent"] or None, city.city_code, row["kind"],
            row["duties"], row["phone"], float(row["on_time"] or 0.9), float(row["solve"] or 0.7),
        )
        for row in _rows("departments")
    ]  # fmt: skip


def _districts(city: City) -> list[tuple[str, str]]:
    return [(key, code) for key, code in city.keys.items() if city.places[code].level == "district"]


def _streets(city: City) -> list[tuple[str, str]]:
    return [(key, code) for key, code in city.keys.items() if city.places[code].level == "street"]


def _district_units(city: City) -> list[DemoDepartment]:
    units = []
    for number, (key, code) in enumerate(_districts(city)):
        for place, row in enumerate(_rows("district_units")):
            district = city.places[code].name
            parent = "zf" if row["suffix"] == "OFFICE" else f"{key}.OFFICE"
            units.append(
                DemoDepartment(
                    f"{key}.{row['suffix']}", row["name"].format(district=district),
                    row["short"].format(district=district), parent, code, row["kind"], row["duties"],
                    f"0199-55502{number}{place}", float(row["on_time"] or 0.9), float(row["solve"] or 0.7),
                )
            )  # fmt: skip
    return units


def _street_offices(city: City) -> list[DemoDepartment]:
    offices = []
    for number, (key, code) in enumerate(_streets(city)):
        place = city.places[code]
        town = place.name.endswith("镇")
        district = next(k for k, c in _districts(city) if c == place.parent_code)
        rng = random.Random(f"office:{key}")
        offices.append(
            DemoDepartment(
                key, f"{place.name}{'人民政府' if town else '办事处'}", place.name, f"{district}.OFFICE", code, "office",
                "社区事务 便民服务 网格巡查", f"0199-55503{number:02d}",
                round(rng.uniform(0.82, 0.96), 2), round(rng.uniform(0.58, 0.82), 2),
            )
        )  # fmt: skip
    return offices


def _service(row: dict[str, str]) -> DemoService:
    digits = sum(ord(c) for c in row["service_code"]) % 90 + 10
    return DemoService(
        row["service_code"], row["name"], _words(row["nicknames"]), row["department"], row["category"], row["kind"],
        row["description"], _words(row["materials"]), row["place"], row["hours"], f"0199-55504{digits}",
        int(row["monthly_uses"]), _words(row["keywords"], None), float(row["quality"]),
    )  # fmt: skip


def _rules(city: City) -> list[DemoRule]:
    rules = []
    for row in _rows("category_departments"):
        rules.append(DemoRule(row["category"], city.city_code, row["city"]))
        if row["district"]:
            rules += [
                DemoRule(row["category"], code, f"{key}.{row['district']}") for key, code in _districts(city)
            ]
        if row["street"]:
            rules += [DemoRule(row["category"], code, key) for key, code in _streets(city)]
    return rules


def _staff(city: City, departments: dict[str, DemoDepartment]) -> list[DemoStaff]:
    """Two people per department, an official per district, a grid worker per community, and the centre's desk."""
    text = resources.files("webapp.demo").joinpath("data/staff.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    rng = random.Random("staff")
    names = [surname + given for surname in data["surnames"] for given in data["given"]]
    rng.shuffle(names)
    staff = [
        DemoStaff(p["username"], names.pop(), p["role"], p.get("department"), city.city_code, True)
        for p in data["staff"]
    ]
    for key, code in _districts(city):
        staff.append(DemoStaff(f"official.{key}", names.pop(), "official", f"{key}.OFFICE", code, True))
    for department in departments.values():
        if department.kind in ("government", "hotline"):
            continue
        shown = department.kind == "bureau" and "." not in department.code
        for role in ("clerk", "head"):
            username = f"{role}.{department.code.removesuffix('.OFFICE')}"
            staff.append(DemoStaff(username, names.pop(), role, department.code, department.area_code, shown))
    # The grid worker of the estate in the news is the one worth trying.
    shown_community = city.at(city.noise_grid, "community").code
    for community in city.at_level("community"):
        office = next(key for key, code in city.keys.items() if code == community.parent_code)
        username = f"grid.{community.code[4:]}"
        staff.append(
            DemoStaff(
                username,
                names.pop(),
                "grid_worker",
                office,
                community.code,
                community.code == shown_community,
            )
        )
    return staff
