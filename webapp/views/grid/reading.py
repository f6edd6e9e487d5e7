"""What the phone's forms say: photos, positions, numbers; and the answer in the form that the sender understands."""

from __future__ import annotations

import math
from typing import Any, BinaryIO, cast

from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from webapp.errors import wants_json


def uploads(name: str) -> list[BinaryIO]:
    """The photos of a field, without the empty one that browsers send for none."""
    return [cast(BinaryIO, f.stream) for f in request.files.getlist(name) if f.filename]


def number(name: str, limit: float) -> float | None:
    """A number of the form between -``limit`` and ``limit``; None for anything else."""
    value = request.form.get(name, type=float)
    return value if value is not None and math.isfinite(value) and abs(value) <= limit else None


def position() -> tuple[float, float] | None:
    """(latitude, longitude) in degrees, if both were sent."""
    latitude, longitude = number("latitude", 90), number("longitude", 180)
    return None if latitude is None or longitude is None else (latitude, longitude)


def done(url: str, **told: Any) -> Response:
    """Lead a browser on, or tell the phone's queue where the result stands."""
    return jsonify(url=url, **told) if wants_json() else redirect(url)
