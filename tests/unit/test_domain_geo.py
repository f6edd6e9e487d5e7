"""Outlines: inside or outside, how large, where the middle is, and how they are drawn."""

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.geo import Projection, area_km2, bounding_box, centroid, contains, distance_m


def square(x: float, y: float, size: float = 1.0) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


UNIT = {"type": "Polygon", "coordinates": [square(0, 0)]}
HOLED = {"type": "Polygon", "coordinates": [square(0, 0, 4), square(1, 1, 2)]}
TWO = {"type": "MultiPolygon", "coordinates": [[square(0, 0)], [square(3, 0)]]}
CITY = {"type": "Polygon", "coordinates": [square(113.0, 28.0, 0.1)]}


def test_inside_and_outside() -> None:
    assert contains(UNIT, (0.5, 0.5))
    assert not contains(UNIT, (1.5, 0.5))
    assert contains(HOLED, (0.5, 0.5))
    assert not contains(HOLED, (2, 2))
    assert contains(TWO, (3.5, 0.5))
    assert not contains(TWO, (2, 0.5))


def test_a_dent_is_outside() -> None:
    arrow = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]]]}
    assert contains(arrow, (2, 0.5))
    assert not contains(arrow, (2, 2))


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 3, exclude_max=True))
def test_neighbours_share_out_every_point(y: float, x: float) -> None:
    tiles = [{"type": "Polygon", "coordinates": [square(i, 0)]} for i in range(3)]
    assert sum(contains(tile, (x, y)) for tile in tiles) == 1


def test_area_by_hand() -> None:
    # A degree is 6,371.0088 · π / 180 = 111.195 km; .1° by .1° at 28.04° (mean of five corners):
    # 11.1195² · cos 28.04° = 109.13 km².
    assert area_km2(CITY) == pytest.approx(11.1195**2 * cos(radians(28.04)), rel=1e-4)
    assert area_km2(CITY) == pytest.approx(109.13, abs=0.05)


def test_holes_are_left_out() -> None:
    whole = {"type": "Polygon", "coordinates": [square(0, 0, 4)]}
    assert area_km2(HOLED) / area_km2(whole) == pytest.approx(12 / 16)


def test_the_middle() -> None:
    assert centroid(UNIT) == pytest.approx((0.5, 0.5))
    # Equal squares around .5 and 3.5; either way round.
    assert centroid(TWO) == pytest.approx((2, 0.5))
    turned = {"type": "MultiPolygon", "coordinates": [[square(0, 0)[::-1]], [square(3, 0)]]}
    assert centroid(turned) == pytest.approx((2, 0.5))
    # A 4 × 4 square without its 1 × 1 corner: (16 · 2 − .5) / 15 = 2.1.
    corner = {"type": "Polygon", "coordinates": [square(0, 0, 4), square(0, 0, 1)]}
    assert centroid(corner) == pytest.approx((2.1, 2.1))
    line = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [1, 0]]]}
    assert centroid(line) == pytest.approx((1, 0))


def test_the_box_around() -> None:
    box = bounding_box([UNIT, TWO])
    assert (box.west, box.south, box.east, box.north) == (0, 0, 4, 1)
    assert box.contains((4, 1))
    assert not box.contains((4.1, 1))
    with pytest.raises(ValueError, match="no outline"):
        bounding_box([])


@pytest.mark.parametrize(
    "geometry", [{"type": "Point", "coordinates": [0, 0]}, {"type": "Polygon", "coordinates": [[[0, 0]]]}, {}]
)
def test_what_is_no_outline_is_refused(geometry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="outline"):
        contains(geometry, (0, 0))


def test_distance() -> None:
    # One degree of latitude.
    assert distance_m((113, 28), (113, 29)) == pytest.approx(111_195, abs=1)
    assert distance_m((113, 28), (113, 28)) == 0


def test_drawing_keeps_shapes_and_puts_north_up() -> None:
    projection = Projection(bounding_box([CITY]), width=108, margin=4)
    # 100 pixels for .1° squeezed by cos 28.05° = .8825: height 100 / .8825 + 8 = 121.3.
    assert projection.height == pytest.approx(121.31, abs=0.05)
    assert projection.pixel((113.0, 28.1)) == pytest.approx((4, 4))
    assert projection.pixel((113.1, 28.0)) == pytest.approx((104, 117.31), abs=0.05)
    assert projection.path(CITY) == "M4.0,117.3L104.0,117.3L104.0,4.0L4.0,4.0Z"
