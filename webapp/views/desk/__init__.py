"""Pages under ``/desk``: the queue, one case, bad reviews, conversations, a call on the phone."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/desk")

# Attach the routes.
from webapp.views.desk import (  # noqa: E402,F401
    appeals,
    bulk,
    callers,
    calls,
    case_pages,
    cases,
    data_requests,
    filters,
    follow_ups,
    inbox,
    lists,
    mediations,
    protection,
    queue,
    reviews,
    templates,
)
