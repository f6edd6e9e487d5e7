"""Pages under ``/chat/``."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("chat", __name__, url_prefix="/chat")

# Routes register themselves on the blueprint.
from webapp.views.chat import map, page  # noqa: E402, F401
