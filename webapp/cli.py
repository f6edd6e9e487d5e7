"""Admin commands: ``flask rollups|audit|demo|city|nlp|similar|import-requests|…``."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from nlp.similar import SimilarIndexBusy
from webapp.demo.cli import demo_group
from webapp.errors import MinpingError
from webapp.import_cli import import_requests_command
from webapp.nlp_cli import nlp_group
from webapp.services import audit, events, founding, rollups, similar_index

rollups_group = AppGroup("rollups", help="Daily roll-ups behind the dashboards.")
similar_group = AppGroup("similar", help="The index of requests about the same trouble.")
audit_group = AppGroup("audit", help="The hash-chained trails.")
city_group = AppGroup("city", help="A real city, in place of the demo.")


@city_group.command("found")
@click.argument("name")
@click.option("--admin", required=True, help="User name of the first administrator.")
@click.password_option(help="Their password (asked for when not given).")
def found(name: str, admin: str, password: str) -> None:
    """Begin the city NAME in an empty database: root area, hotline office, category tree, an administrator."""
    try:
        founding.found_city(name, admin, password)
    except MinpingError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{name} is founded; sign in as {admin} to add its areas, departments, services and staff")


@rollups_group.command("rebuild")
def rebuild() -> None:
    """Count all roll-ups anew."""
    click.echo(f"{rollups.rebuild()} rows written")


@rollups_group.command("verify")
def verify() -> None:
    """Compare the roll-ups with a recount; exit 1 when they differ."""
    problems = rollups.verify()
    for problem in problems[:20]:
        click.echo(problem, err=True)
    click.echo("roll-ups equal a rebuild" if not problems else f"{len(problems)} differences")
    raise SystemExit(bool(problems))


@similar_group.command("rebuild")
def rebuild_similar() -> None:
    """Make the index anew from the database; readers change over by themselves."""
    try:
        click.echo(f"{similar_index.rebuild()} requests in {similar_index.folder()}")
    except SimilarIndexBusy as error:
        raise click.ClickException(str(error)) from error


@audit_group.command("verify")
def verify_audit() -> None:
    """Check the audit trail and every request's chain of events; exit 1 when one is broken."""
    broken, entry = events.broken_chains(), audit.first_broken()
    click.echo(
        f"{events.count_events()} events, {len(broken)} broken chains {' '.join(broken[:10])}".rstrip()
    )
    click.echo("audit trail whole" if entry is None else f"audit trail broken at entry {entry}")
    raise SystemExit(bool(broken) or entry is not None)


def init_app(app: Flask) -> None:
    """Register the command groups."""
    app.cli.add_command(demo_group)
    app.cli.add_command(city_group)
    app.cli.add_command(import_requests_command)
    app.cli.add_command(rollups_group)
    app.cli.add_command(similar_group)
    app.cli.add_command(audit_group)
    app.cli.add_command(nlp_group)
