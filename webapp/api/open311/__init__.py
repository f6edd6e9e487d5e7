"""Open311 GeoReport v2 under ``/open311/v2``, JSON and XML.

Open311's "service" is a kind of request: here the second level of the category tree, and the published services.
Source: the GeoReport v2 specification (wiki.open311.org/GeoReport_v2).
"""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("open311", __name__, url_prefix="/open311/v2")

from webapp.api.open311 import requests, services  # noqa: E402,F401 - attach the routes
