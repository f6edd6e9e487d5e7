"""Areas on the map without a map server: points, outlines, and outlines as SVG paths.

Coordinates are GeoJSON's: (longitude, latitude) in degrees. A city is small enough to be flat once longitudes are
shortened by the cosine of its latitude.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final

Point = tuple[float, float]
Ring = Sequence[Sequence[float]]

_EARTH_RADIUS_M: Final = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, point: Point) -> bool:
        """Whether the point lies inside or on the edge."""
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


def polygons(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """Polygons of a GeoJSON Polygon or MultiPolygon, each a list of rings, the first being the outline.

    Raises ValueError for any other type or an outline of fewer than three corners.
    """
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"an outline is a Polygon or MultiPolygon, not {kind!r}")
    found = [geometry["coordinates"]] if kind == "Polygon" else list(geometry["coordinates"])
    if any(not rings or any(len(ring) < 3 for ring in rings) for rings in found):
        raise ValueError("an outline needs three corners")
    return found


def in_ring(point: Point, ring: Ring) -> bool:
    """Even-odd rule (crossings of a ray to the east); a point on the western or southern edge is inside.

    Neighbours that share an edge therefore never both claim a point.
    """
    x, y = point
    inside = False
    for (x1, y1, *_), (x2, y2, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def contains(geometry: Mapping[str, Any], point: Point) -> bool:
    """Whether a GeoJSON outline contains the point; holes do not."""
    return any(
        in_ring(point, rings[0]) and not any(in_ring(point, hole) for hole in rings[1:])
        for rings in polygons(geometry)
    )


def bounding_box(geometries: Iterable[Mapping[str, Any]]) -> Box:
    """Smallest box around the outlines. Raises ValueError when there are none."""
    points = [p for g in geometries for rings in polygons(g) for p in rings[0]]
    if not points:
        raise ValueError("no outline")
    return Box(
        min(p[0] for p in points),
        min(p[1] for p in points),
        max(p[0] for p in points),
        max(p[1] for p in points),
    )


def _moments(ring: Ring) -> tuple[float, float, float]:
    """Signed area and first moments of a ring in square degrees (shoelace formula), about its first corner."""
    x0, y0 = ring[0][0], ring[0][1]
    area = mx = my = 0.0
    for (x1, y1, *_), (x2, y2, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
        ax, ay, bx, by = x1 - x0, y1 - y0, x2 - x0, y2 - y0
        cross = ax * by - bx * ay
        area, mx, my = area + cross / 2, mx + (ax + bx) * cross / 6, my + (ay + by) * cross / 6
    return area, mx + area * x0, my + area * y0


def area_km2(geometry: Mapping[str, Any]) -> float:
    """Area in square kilometres, holes left out; flat at the outline's own latitude."""
    degree_km = radians(1) * _EARTH_RADIUS_M / 1000
    total = 0.0
    for rings in polygons(geometry):
        sizes = [abs(_moments(ring)[0]) for ring in rings]
        middle = sum(p[1] for p in rings[0]) / len(rings[0])
        total += (sizes[0] - sum(sizes[1:])) * degree_km**2 * cos(radians(middle))
    return total


def centroid(geometry: Mapping[str, Any]) -> Point:
    """Centre of mass of the outlines (holes left out); of a line without area, the mean of its corners."""
    area = mx = my = 0.0
    corners: list[Sequence[float]] = []
    for rings in polygons(geometry):
        corners.extend(rings[0])
        for index, ring in enumerate(rings):
            a, x, y = _moments(ring)
            # Rings may run either way round: outlines add, holes take away.
            sign = (1 if a >= 0 else -1) * (1 if index == 0 else -1)
            area, mx, my = area + sign * a, mx + sign * x, my + sign * y
    if abs(area) < 1e-15:
        return sum(p[0] for p in corners) / len(corners), sum(p[1] for p in corners) / len(corners)
    return mx / area, my / area


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance in metres (haversine)."""
    (lon1, lat1), (lon2, lat2) = ((radians(p[0]), radians(p[1])) for p in (a, b))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def squeeze(latitude: float) -> float:
    """Length of a degree of longitude as a share of a degree of latitude."""
    return cos(radians(latitude))


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to the pixels of an SVG ``width`` wide: flat, north up, one scale both ways, a margin around."""

    box: Box
    width: float = 600.0
    margin: float = 4.0

    @property
    def _squeeze(self) -> float:
        return squeeze((self.box.south + self.box.north) / 2)

    @property
    def _scale(self) -> float:
        """Pixels per degree of latitude."""
        return (self.width - 2 * self.margin) / max((self.box.east - self.box.west) * self._squeeze, 1e-9)

    @property
    def height(self) -> float:
        """Height in pixels that the box needs."""
        return (self.box.north - self.box.south) * self._scale + 2 * self.margin

    def pixel(self, point: Sequence[float]) -> Point:
        """x and y in pixels, y downwards."""
        x = (point[0] - self.box.west) * self._squeeze * self._scale + self.margin
        return x, (self.box.north - point[1]) * self._scale + self.margin

    def path(self, geometry: Mapping[str, Any]) -> str:
        """``d`` of an SVG path for the outline; holes come out with ``fill-rule="evenodd"``."""
        parts = []
        for rings in polygons(geometry):
            for ring in rings:
                corners = [self.pixel(p) for p in (ring[:-1] if list(ring[0]) == list(ring[-1]) else ring)]
                parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in corners) + "Z")
        return "".join(parts)
