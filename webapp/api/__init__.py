"""JSON API v1 (OpenAPI), with the chat's JSON in it, and Open311 GeoReport v2."""

from __future__ import annotations

from flask import Flask

from webapp.extensions import api, csrf


def init_app(app: Flask) -> None:
    """Register the API. No part of it uses the staff session, so CSRF tokens would only be in the way."""
    from webapp.api.open311 import bp as open311
    from webapp.api.v1 import catalog, chat, requests, reviews

    api.init_app(app)
    for blueprint in (catalog.bp, requests.bp, reviews.bp, chat.bp):
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    csrf.exempt(open311)
    app.register_blueprint(open311)
