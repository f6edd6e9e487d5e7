"""Pages under ``/insight/``."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("insight", __name__, url_prefix="/insight")
