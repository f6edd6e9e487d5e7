"""Minping 民评: the web application. :func:`create_app` builds it; importing this package imports no Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Build the WSGI application.

    ``overrides`` replace configuration values (tests). Raises ``RuntimeError`` when production lacks a secret.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from webapp import api, cli, errors, i18n, logs, security, views
    from webapp.config import load_config
    from webapp.database import configure_engine
    from webapp.extensions import csrf, db, limiter, login_manager, migrate
    from webapp.incoming import JsonProvider, StorableRequest
    from webapp.queries import directory
    from webapp.services import rollups, search_index, status_guard

    app = Flask(__name__)
    app.request_class, app.json = StorableRequest, JsonProvider(app)
    app.config.from_mapping(load_config())
    app.config.from_mapping(overrides or {})
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    logs.init_app(app)
    configure_engine(app)
    db.init_app(app)
    migrate.init_app(app, db)
    login_manager.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    i18n.init_app(app)
    security.init_app(app)
    with app.app_context():
        status_guard.listen()
        rollups.listen()
        directory.listen()
        search_index.listen()
    views.init_app(app)
    api.init_app(app)
    # After the API: flask-smorest answers every HTTP error in JSON, the last handler wins.
    errors.init_app(app)
    cli.init_app(app)
    return app
