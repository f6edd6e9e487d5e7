"""Pages under ``/``."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("public", __name__)

# Routes register themselves on the blueprint.
from webapp.views.public import cases, pages, rating, report, requests, services  # noqa: E402, F401
