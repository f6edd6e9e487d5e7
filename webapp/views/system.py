"""Health for operators: ``/healthz`` (the process lives) and ``/readyz`` (it can serve)."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, jsonify, send_from_directory
from sqlalchemy import text

from webapp.extensions import db, limiter
from webapp.gateways import rasa
from webapp.security import public
from webapp.services import language

logger = structlog.get_logger("system")
bp = Blueprint("system", __name__)


@bp.get("/healthz")
@limiter.exempt
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@limiter.exempt
@public
def readyz() -> tuple[Response, int]:
    """Database and language layer work (503 otherwise); the bot is reported, but pages serve without it."""
    checks = {"database": False, "language": False}
    try:
        db.session.execute(text("SELECT count(*) FROM areas"))
        checks["database"] = True
        checks["language"] = language.read("路灯不亮") is not None
    except Exception:
        logger.exception("not ready")
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not ready", **checks, "bot": rasa.is_ready()}
    return jsonify(body), 200 if ready else 503


@bp.get("/photos/<sha256>.jpg")
@public
def photo(sha256: str) -> Response:
    """A re-encoded photo by its content hash, which nobody can guess."""
    response = send_from_directory(current_app.config["UPLOAD_DIR"], f"{sha256}.jpg", mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
