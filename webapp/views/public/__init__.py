"""Pages under ``/``."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("public", __name__)

# Routes register themselves on the blueprint.
from webapp.views.public import (  # noqa: E402
    cases,  # noqa: F401
    departments,  # noqa: F401
    links,  # noqa: F401
    monthly,  # noqa: F401
    my_data,  # noqa: F401
    open_data,  # noqa: F401
    pages,  # noqa: F401
    rating,  # noqa: F401
    report,  # noqa: F401
    requests,  # noqa: F401
    services,  # noqa: F401
)
