"""Pages under ``/``."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("public", __name__)

from webapp.views.public import pages  # noqa: E402, F401 - routes register themselves on the blueprint
