"""The worker's grid as a small map: its outline, the areas inside it, and requests as numbered points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain import geo
from webapp.models import Area, ServiceRequest
from webapp.queries import grid as queries

WIDTH = 360.0
MARGIN = 16.0
# Somebody's pin may lie a little outside; one far away must not shrink the grid to a dot.
_STRAY = 0.25


@dataclass(frozen=True, slots=True)
class Dot:
    """A request on the map: its number in the list, what it asks, and where it is in pixels."""

    number: int
    ask: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class GridMap:
    """What the template draws. ``west``, ``north`` (degrees at the upper left corner) and degrees per pixel lead back."""

    width: int
    height: int
    outline: str
    inner: list[str]
    dots: list[Dot]
    west: float
    north: float
    lon_per_px: float
    lat_per_px: float


def of_area(area: Area, tasks: Sequence[queries.Task] = ()) -> GridMap | None:
    """The map of an area with its open requests as points; None where the area has no outline."""
    points = [
        (place, task.ask.value, (task.request.longitude, task.request.latitude))
        for place, task in enumerate(tasks, start=1)
        if task.request.longitude is not None and task.request.latitude is not None
    ]
    return _drawn(area, points)  # type: ignore[arg-type]


def of_request(area: Area, request: ServiceRequest) -> GridMap | None:
    """The same with one request on it; None where it has no position."""
    if request.longitude is None or request.latitude is None:
        return None
    return _drawn(area, [(0, "", (request.longitude, request.latitude))])


def _drawn(area: Area, points: Sequence[tuple[int, str, geo.Point]]) -> GridMap | None:
    if not area.outline:
        return None
    box = _box(area, [point for _number, _ask, point in points])
    projection = geo.Projection(box, WIDTH, MARGIN)
    west, north = box.west, box.north
    x0, y0 = projection.pixel((west, north))
    x1, y1 = projection.pixel((box.east, box.south))
    lon_per_px, lat_per_px = (box.east - west) / (x1 - x0), (north - box.south) / (y1 - y0)
    return GridMap(
        round(WIDTH), round(projection.height), projection.path(area.outline), _inner(area, projection),
        [Dot(number, ask, *_pixel(projection, point)) for number, ask, point in points],
        west - x0 * lon_per_px, north + y0 * lat_per_px, lon_per_px, lat_per_px,
    )  # fmt: skip


def _pixel(projection: geo.Projection, point: geo.Point) -> geo.Point:
    x, y = projection.pixel(point)
    return round(min(max(x, 8.0), WIDTH - 8), 1), round(min(max(y, 8.0), projection.height - 8), 1)


def _box(area: Area, points: Sequence[geo.Point]) -> geo.Box:
    box = geo.bounding_box([area.outline or {}])
    wide, high = (box.east - box.west) * _STRAY, (box.north - box.south) * _STRAY
    reach = geo.Box(box.west - wide, box.south - high, box.east + wide, box.north + high)
    near = [point for point in points if reach.contains(point)]
    return geo.Box(
        min([box.west, *(p[0] for p in near)]), min([box.south, *(p[1] for p in near)]),
        max([box.east, *(p[0] for p in near)]), max([box.north, *(p[1] for p in near)]),
    )  # fmt: skip


def _inner(area: Area, projection: geo.Projection) -> list[str]:
    return [projection.path(part.outline) for part in queries.parts_of(area) if part.outline]
