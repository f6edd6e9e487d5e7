"""Monthly reports under ``/insight/reports``: of a department, a district, the city; to read, to print, as PDF and DOCX."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reports", __name__, url_prefix="/insight/reports")

# Routes register themselves on the blueprint.
from webapp.views.reports import pages  # noqa: E402, F401
