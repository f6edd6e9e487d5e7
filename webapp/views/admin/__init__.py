"""Pages under ``/admin``: accounts, catalogue, areas, dispatch rules, policy, language models, audit."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from webapp.views.admin import audit, catalogue, models, policy, rules, users  # noqa: E402,F401 - attach the routes
