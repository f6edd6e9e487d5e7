"""Pages under ``/grid``, for a grid worker's phone: the list, one request, a report on the spot, and what waits to be sent."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("grid", __name__, url_prefix="/grid")

from webapp.views.grid import cases, home, offline, report  # noqa: E402,F401 - attach the routes
