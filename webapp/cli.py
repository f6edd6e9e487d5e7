"""Admin commands: ``flask rollups|report|audit|demo|city|nlp|similar|search|open-data|wechat|wechat-sim|…``."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from nlp.similar import SimilarIndexBusy
from webapp.accounts_cli import accounts_group, oidc_sim
from webapp.demo.cli import demo_group
from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.import_cli import import_requests_command
from webapp.models import append_only
from webapp.nlp_cli import nlp_group
from webapp.open_data_cli import open_data_group
from webapp.privacy_cli import keys_group, retention_group
from webapp.queries import replaying
from webapp.report_cli import report_group
from webapp.services import audit, events, founding, rollups, sealing, search_index, similar_index
from webapp.wechat_cli import wechat_group, wechat_sim

rollups_group = AppGroup("rollups", help="Daily roll-ups behind the dashboards.")
search_group = AppGroup("search", help="The full-text index of the desk's search.")
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


@search_group.command("rebuild")
def rebuild_search() -> None:
    """Index every request anew, while the desk goes on searching."""
    click.echo(f"{search_index.rebuild()} requests in the search index")


@audit_group.command("verify")
def verify_audit() -> None:
    """Check the audit trail, every case's chain of events, each case against its events, and words; exit 1 if not whole
    or if the database would let them be changed."""
    broken, entry, wrong = events.broken_chains(), audit.first_broken(), replaying.all_differences()
    changed = sorted({*sealing.broken_notes(), *sealing.changed_words()})
    unguarded = append_only.missing(db.session.connection())
    click.echo(
        f"{events.count_events()} events, {len(broken)} broken chains {' '.join(broken[:10])}".rstrip()
    )
    click.echo("audit trail whole" if entry is None else f"audit trail broken at entry {entry}")
    for line in wrong[:20]:
        click.echo(line, err=True)
    click.echo("every case is what its history says" if not wrong else f"{len(wrong)} cases differ from it")
    click.echo(f"residents' words and sealed notes: {len(changed)} changed {' '.join(changed[:10])}".rstrip())
    click.echo(
        f"not append-only in the database: {' '.join(unguarded)}" if unguarded else "tables are append-only"
    )
    raise SystemExit(bool(broken or wrong or changed or unguarded) or entry is not None)


def init_app(app: Flask) -> None:
    """Register the command groups."""
    app.cli.add_command(demo_group)
    app.cli.add_command(city_group)
    app.cli.add_command(import_requests_command)
    app.cli.add_command(rollups_group)
    app.cli.add_command(report_group)
    app.cli.add_command(similar_group)
    app.cli.add_command(search_group)
    app.cli.add_command(audit_group)
    app.cli.add_command(accounts_group)
    app.cli.add_command(oidc_sim)
    app.cli.add_command(nlp_group)
    app.cli.add_command(open_data_group)
    app.cli.add_command(keys_group)
    app.cli.add_command(retention_group)
    app.cli.add_command(wechat_group)
    app.cli.add_command(wechat_sim)
