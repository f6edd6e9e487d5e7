"""Pages under ``/admin``: accounts, catalogue, areas, dispatch rules, policy, language models, audit."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

# Attach the routes.
from webapp.views.admin import (  # noqa: E402,F401
    audit,
    catalogue,
    deadlines,
    feedback,
    models,
    policy,
    rules,
    sign_in,
    users,
)
