"""A small map of a position sent in the chat, drawn from the city's own outlines: no map server learns where a resident is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, abort, render_template, request

from webapp.domain import geo
from webapp.models import Area
from webapp.queries import places
from webapp.security import public
from webapp.views.chat import bp

WIDTH, HEIGHT = 320, 160
# Degrees of latitude from the middle to the upper edge: about 1.3 kilometres.
REACH = 0.012


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline as an SVG path, whether the position is in it, and its name at the middle."""

    path: str
    here: bool
    name: str
    x: float
    y: float


@bp.get("/map.svg")
@public
def small_map() -> Response:
    """Communities around ``latitude``, ``longitude`` (degrees) and a pin; 404 outside the city."""
    latitude = request.args.get("latitude", 999.0, type=float)
    longitude = request.args.get("longitude", 999.0, type=float)
    around = places.around(latitude, longitude)
    if not around:
        abort(404)
    # One scale both ways: the box is as much wider than high as the picture.
    reach = REACH * WIDTH / HEIGHT / geo.squeeze(latitude)
    box = geo.Box(longitude - reach, latitude - REACH, longitude + reach, latitude + REACH)
    projection = geo.Projection(box, WIDTH, 0.0)
    shapes = [_shape(area, projection, (longitude, latitude)) for area in around]
    picture = render_template("chat/map.svg", shapes=shapes, width=WIDTH, height=HEIGHT)
    return Response(picture, mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=86400"})


def _shape(area: Area, projection: geo.Projection, point: geo.Point) -> Shape:
    outline = area.outline or {}
    x, y = projection.pixel(geo.centroid(outline))
    # A name that would be cut off at the edge says nothing.
    name = area.name if 36 <= x <= WIDTH - 36 and 14 <= y <= HEIGHT - 6 else ""
    return Shape(projection.path(outline), geo.contains(outline, point), name, x, y)
