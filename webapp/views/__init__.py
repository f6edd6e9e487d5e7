"""HTML pages: public (residents), chat, desk (departments), insight (officials), admin, account."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprints and what templates need."""
    from webapp.views import account, admin, chat, desk, filters, insight, navigation, public, system

    filters.init_app(app)
    navigation.init_app(app)
    for blueprint in (system.bp, public.bp, chat.bp, account.bp, desk.bp, insight.bp, admin.bp):
        app.register_blueprint(blueprint)
