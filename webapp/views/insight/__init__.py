"""Pages under ``/insight/``: satisfaction, demand and what to do first, for officials and for departments."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("insight", __name__, url_prefix="/insight")

# Routes register themselves on the blueprint.
from webapp.views.insight import (  # noqa: E402, F401  # noqa: E402, F401
    areas,
    categories,
    departments,
    heard,
    integrity,
    monthly,
    overview,
    peers,
    services,
    topics,
)
