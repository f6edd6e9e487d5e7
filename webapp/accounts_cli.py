"""``flask accounts``: what an operator must be able to do when nobody can sign in; ``flask oidc-sim``: the twin."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from webapp.errors import MinpingError

accounts_group = AppGroup("accounts", help="Staff accounts.")


@accounts_group.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """Take the one-time codes off USERNAME, whose phone is lost; noted in the audit trail."""
    from webapp.extensions import db
    from webapp.models import User
    from webapp.services import second_factor

    user = db.session.scalar(select(User).where(User.username == username))
    if user is None:
        raise click.ClickException(f"no account {username}")
    try:
        second_factor.reset(user, None)
    except MinpingError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{username} signs in with the password alone until they set up one-time codes again")


@click.command("oidc-sim")
@click.option("--port", default=9002, show_default=True)
@with_appcontext
def oidc_sim(port: int) -> None:
    """Play the single sign-on provider on this machine: whoever types a user name is that user. Development only."""
    from webapp.gateways.oidc_twin import Twin, serve

    if current_app.config["ENVIRONMENT"] == "production":
        raise click.ClickException("not in production: it lets everybody in")
    server = serve(Twin("minping", "development"), port)
    click.echo(
        f"OIDC_ISSUER=http://127.0.0.1:{port} OIDC_CLIENT_ID=minping OIDC_CLIENT_SECRET=development"
        "  (start the application with these; Ctrl-C ends)"
    )
    server.serve_forever()
