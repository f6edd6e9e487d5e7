"""The city's map and catalogue: whole, without gaps, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from nlp.gazetteer import Entry, Gazetteer
from nlp.taxonomy import categories
from webapp.demo.catalog import Catalog, build_catalog
from webapp.demo.places import LEVELS, City, build_city
from webapp.domain.geo import contains
from webapp.domain.workflow import Role


@pytest.fixture(scope="module")
def city() -> City:
    return build_city()


@pytest.fixture(scope="module")
def catalog(city: City) -> Catalog:
    return build_catalog(city)


def _edges(ring: list[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return list(pairwise(ring))


def test_five_levels_hang_together(city: City) -> None:
    counts = Counter(place.level for place in city.places.values())
    assert (counts["city"], counts["district"], counts["street"], counts["community"]) == (1, 4, 24, 96)
    assert 350 <= counts["grid"] <= 420
    for place in city.places.values():
        children = [p for p in city.places.values() if p.parent_code == place.code]
        assert not children or sum(child.population for child in children) == place.population
        assert all(child.code.startswith(place.code.rstrip("0")) for child in children)


@pytest.mark.parametrize("level", ["district", "street", "community", "grid"])
def test_neighbours_share_their_edges_exactly(city: City, level: str) -> None:
    """Every edge of a level runs the other way in a neighbour, or lies on the city's own outline."""
    inner = Counter(edge for place in city.at_level(level) for edge in _edges(place.outline))
    outer = set(_edges(city.places[city.city_code].outline))
    assert max(inner.values()) == 1
    assert {edge for edge in inner if (edge[1], edge[0]) not in inner} == outer


def test_a_grid_contains_its_centre_and_outlines_are_closed(city: City) -> None:
    for grid in city.at_level("grid"):
        assert grid.outline[0] == grid.outline[-1]
        assert contains(grid.geojson(), grid.centre)


def test_the_same_seed_draws_the_same_city() -> None:
    again = build_city.__wrapped__(7)
    assert again.places == build_city.__wrapped__(7).places
    assert again.at_level("grid")[0].outline != build_city().at_level("grid")[0].outline


def test_every_category_has_a_department_everywhere(city: City, catalog: Catalog) -> None:
    for area in (city.city_code, city.at_level("district")[2].code, city.noise_grid):
        for category in categories():
            assert catalog.responsible(city, category.code, area) in catalog.departments


def test_the_deepest_category_then_the_smallest_area_decides(city: City, catalog: Catalog) -> None:
    assert catalog.responsible(city, "030703", city.noise_grid) == "nanpu.cg"
    assert catalog.responsible(city, "030703", city.city_code) == "cg"
    assert catalog.responsible(city, "030704", city.noise_grid) == "jinpu"


def test_services_name_known_departments_and_categories(catalog: Catalog) -> None:
    codes = {category.code for category in categories()}
    assert len(catalog.services) >= 80
    for service in catalog.services.values():
        assert service.category_code in codes
        assert service.department_code in catalog.departments
        assert 0 < service.quality < 1
        assert service.monthly_uses > 0


def test_staff_of_every_role_with_names_of_their_own(catalog: Catalog) -> None:
    roles = {person.role for person in catalog.staff}
    assert roles == {role.value for role in Role} - {Role.RESIDENT.value, Role.SYSTEM.value}
    assert max(Counter(person.username for person in catalog.staff).values()) == 1
    assert {"clerk.rs", "head.rs", "dispatcher", "official.city", "official.dongcheng", "reviewer"} <= {
        person.username for person in catalog.staff if person.listed
    }


def test_what_residents_call_a_place_leads_there(city: City) -> None:
    """Estates and house numbers are a grid's, roads a community's; nicknames may be shared, and then say less."""
    gazetteer = Gazetteer(
        Entry(p.code, p.name, tuple(p.nicknames()), LEVELS.index(p.level) + 1, p.parent_code)
        for p in city.places.values()
    )
    for grid in city.at_level("grid"):
        for estate in grid.estates:
            for said in (estate.name, f"{estate.road}{estate.road_no}号"):
                assert gazetteer.resolve((), f"{said}的路灯不亮").area_id == grid.code
            for said in (f"{nickname}的路灯不亮" for nickname in estate.nicknames):
                area = gazetteer.resolve((), said).area_id
                assert area is None or gazetteer.holds(area, grid.code)
    for community in city.at_level("community"):
        assert gazetteer.resolve((), f"{community.roads[0]}坑洼不平").area_id == community.code
