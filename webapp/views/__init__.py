"""HTML pages: public (residents), chat, desk (departments), grid (grid workers), insight (officials), admin, account."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprints and what templates need."""
    from webapp.views import (
        account,
        admin,
        chat,
        desk,
        filters,
        grid,
        insight,
        navigation,
        public,
        reports,
        system,
    )

    filters.init_app(app)
    navigation.init_app(app)
    account.notifications.init_app(app)
    for blueprint in (
        system.bp, public.bp, chat.bp, account.bp, desk.bp, grid.bp, insight.bp, reports.bp, admin.bp,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
