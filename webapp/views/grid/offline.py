"""What keeps ``/grid`` usable without a network: the service worker, what waits to be sent, and a fresh token for it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from webapp.domain.permissions import Permission
from webapp.security import staff
from webapp.views.grid import bp

# Everything that the pages need besides themselves.
STATICS = (
    "css/app.css", "css/grid.css", "js/app.js", "js/photo.js", "js/grid_queue.js", "js/grid.js", "js/grid_list.js",
    "js/grid_map.js", "js/grid_outbox.js", "js/grid_report.js", "img/mark.svg",
)  # fmt: skip


@lru_cache(maxsize=4)
def _version(folder: str, script: str) -> str:
    """Changes with any file that phones keep, so that they fetch them anew."""
    digest = hashlib.sha256(script.encode())
    for name in STATICS:
        digest.update((Path(folder) / name).read_bytes())
    return digest.hexdigest()[:12]


@bp.get("/sw.js")
@staff(Permission.USE_GRID)
def service_worker() -> Response:
    """The service worker. It lies under ``/grid/``, which is as far as it reaches."""
    source = (Path(current_app.root_path) / "templates/grid/sw.js").read_text(encoding="utf-8")
    script = render_template(
        "grid/sw.js",
        settings={
            "version": _version(str(current_app.static_folder), source),
            "statics": [url_for("static", filename=name) for name in STATICS],
            "pages": [url_for("grid.home"), url_for("grid.new"), url_for("grid.outbox"), url_for("grid.offline")],
            "offline": url_for("grid.offline"), "queue": url_for("static", filename="js/grid_queue.js"),
            "photos": url_for("system.photo", sha256="_").split("_")[0],
        },
    )  # fmt: skip
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@bp.get("/offline")
@staff(Permission.USE_GRID)
def offline() -> str:
    """What stands in for a page that the phone has never seen."""
    return render_template("grid/offline.html")


@bp.get("/outbox")
@staff(Permission.USE_GRID)
def outbox() -> str:
    """What the phone keeps until it is sent; filled in by the phone itself."""
    return render_template("grid/outbox.html")


@bp.get("/token")
@staff(Permission.USE_GRID)
def token() -> dict[str, Any]:
    """Who is signed in, and a token for what was written while there was no network."""
    return {"user": current_user.id, "token": generate_csrf()}
