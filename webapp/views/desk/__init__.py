"""Pages under ``/desk``: the queue, one case, bad reviews, conversations, a call on the phone."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/desk")

from webapp.views.desk import calls, cases, inbox, queue, reviews  # noqa: E402,F401 - attach the routes
