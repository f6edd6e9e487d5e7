"""Pages that only read: home, how scores are made, privacy; and the two switches of the header."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.i18n import COOKIE
from webapp.security import public
from webapp.views.navigation import TEXT_COOKIE
from webapp.views.public import bp

YEAR = 365 * 86400


@bp.get("/")
@public
def home() -> str:
    """What one can do here."""
    return render_template("public/home.html")


@bp.get("/method")
@public
def method() -> str:
    """How scores are made, in plain words."""
    return render_template("public/method.html")


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept about a resident, why, and for how long."""
    return render_template("public/privacy.html")


@bp.get("/preferences")
@public
def preferences() -> Response:
    """Remember the language or the size of text in a cookie and go back; works without JavaScript."""
    target = request.args.get("next", "")
    # Only a path of this site: "//host" and "/\host" would leave it.
    if not target.startswith("/") or target[1:2] in ("/", "\\"):
        target = url_for("public.home")
    answer: Response = redirect(target)
    wishes = (
        (COOKIE, request.args.get("lang"), current_app.config["LANGUAGES"]),
        (TEXT_COOKIE, request.args.get("text"), ("normal", "large")),
    )
    response = make_response(answer)
    for cookie, wish, allowed in wishes:
        if wish in allowed:
            response.set_cookie(
                cookie, wish, max_age=YEAR, samesite="Lax", httponly=True,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )  # fmt: skip
    return response
