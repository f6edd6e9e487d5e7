"""JSON API v1 (OpenAPI), with the chat's JSON in it, Open311 GeoReport v2, and the WeChat account's webhook."""

from __future__ import annotations

from flask import Flask

from webapp.extensions import api, csrf


def init_app(app: Flask) -> None:
    """Register the API. No part of it uses the staff session, so CSRF tokens would only be in the way."""
    from webapp.api import wechat
    from webapp.api.open311 import bp as open311
    from webapp.api.v1 import catalog, chat, open_data, requests, reviews

    api.init_app(app)
    for blueprint in (catalog.bp, requests.bp, reviews.bp, chat.bp, open_data.bp):
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint)
    wechat.check_settings(app)
    for plain in (open311, wechat.bp):
        csrf.exempt(plain)
        app.register_blueprint(plain)
