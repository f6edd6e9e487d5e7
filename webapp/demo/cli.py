"""``flask demo …``: load the fictional city, list its logins."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from webapp.demo import REVIEWS
from webapp.progress import progress

T = TypeVar("T")
MOST = 50_000_000


@click.group(cls=AppGroup, invoke_without_command=True)
@click.option("--reviews", default=None, type=click.IntRange(0, MOST), help="Short for `load --reviews`.")
@click.pass_context
@with_appcontext
def demo_group(context: click.Context, reviews: int | None) -> None:
    """The fictional city of Minping."""
    if context.invoked_subcommand is None and reviews is not None:
        context.invoke(load, reviews=reviews)
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())
    elif reviews is not None:
        raise click.UsageError("give --reviews to `load`")


def _track(items: Iterable[T], length: int, label: str) -> Iterator[T]:
    with progress(length, label) as update:
        for item in items:
            yield item
            update(1)


@demo_group.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when a city is already there.")
@click.option(
    "--migrate", is_flag=True, help="Bring the tables up to date first, as `flask db upgrade` does."
)
@click.option("--seed", default=20240601, show_default=True, help="The same seed gives the same city.")
@click.option("--reviews", default=REVIEWS, show_default=True, type=click.IntRange(0, MOST))
@click.option("--bare", is_flag=True, help="The city, its services and its staff only, without any casework.")
@click.option("--password", default=None, help="Password of all demo accounts (required in production).")
def load(if_empty: bool, migrate: bool, seed: int, reviews: int, bare: bool, password: str | None) -> None:
    """Write the city, its staff and 180 days of casework into an empty database."""
    from webapp.demo.load import PASSWORD, is_empty, load_bare_city, load_city
    from webapp.models import utcnow

    if migrate:
        upgrade()
    if not is_empty():
        if if_empty:
            click.echo("a city is already there; nothing loaded")
            return
        raise click.ClickException("this database already holds a city; the demo needs an empty one")
    if current_app.config["ENVIRONMENT"] == "production" and not password:
        raise click.ClickException("in production the demo accounts need --password of your own")
    if bare:
        load_bare_city(utcnow(), seed, password or PASSWORD)
        click.echo("the city with its services and staff, without casework")
        return
    started = time.monotonic()
    done = load_city(utcnow(), seed, reviews, password=password or PASSWORD, track=_track)
    click.echo(
        f"{done.requests} requests with {done.events} events, {done.reviews} reviews ({done.set_aside} set aside) "
        f"in {time.monotonic() - started:.0f} s"
    )
    case = f"a case to track: {done.sample_number}, secret {done.sample_secret}"
    click.echo(case)
    # The database keeps only a hash of the secret; `flask demo logins` repeats the line.
    _case_file().write_text(case + "\n")


def _case_file() -> Path:
    return Path(current_app.config["VAR_DIR"]) / "demo-case"


@demo_group.command("logins")
@click.option("--all", "everyone", is_flag=True, help="Every account, not one of each role.")
def logins(everyone: bool) -> None:
    """Print the accounts worth trying, and a case to track."""
    from webapp.demo.load import PASSWORD
    from webapp.demo.roster import listed_staff

    seen: set[str] = set()
    for username, role, name, department in listed_staff(everyone):
        if everyone or role not in seen:
            click.echo(f"{username:<20} {role:<14} {name}  {department}")
        seen.add(role)
    click.echo(f"password of every demo account, unless set otherwise: {PASSWORD}")
    if _case_file().exists():
        click.echo(_case_file().read_text().strip())
