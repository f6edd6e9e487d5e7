"""``flask open-data …``: publish what is due, correct a month, check that no small count follows."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.domain.disclosure import Unprotectable
from webapp.domain.open_tables import quarter_of
from webapp.errors import MinpingError
from webapp.queries import publications
from webapp.queries.open_counts import RollupsDisagree
from webapp.services import open_data, public_scores

open_data_group = AppGroup("open-data", help="The open data of closed months.")


@open_data_group.command("publish")
def publish() -> None:
    """Publish every month that is due and the scores of the day before (the worker does both by itself)."""
    try:
        done = open_data.publish_due()
    except RollupsDisagree as error:
        raise click.ClickException(
            f"{error}: roll-ups and reviews differ; run flask rollups verify"
        ) from error
    day = public_scores.close_day()
    click.echo(" ".join([*done, *([day.isoformat()] if day else [])]) or "nothing is due")


@open_data_group.command("replace")
@click.argument("month")
@click.option("--reason", required=True, help="What was wrong; it is printed beside the data.")
def replace(month: str, reason: str) -> None:
    """Publish MONTH (2026-10) anew. Numbers that change by fewer than five are hidden from then on."""
    try:
        told = open_data.replace(month, reason)
    except (MinpingError, Unprotectable) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{told['changed']} numbers changed, {told['slight']} of them by fewer than five")


@open_data_group.command("check")
@click.option("--most", type=int, default=None, help="So many small counts per quarter only.")
def check(most: int | None) -> None:
    """Attack all published numbers by linear programmes; exit 1 when a small count can be narrowed down too far."""
    found: list[str] = []
    for quarter in sorted({quarter_of(p.period) for p in publications.periods() if not p.is_quarter}):
        found += open_data.check(quarter, most)
    for line in found[:20]:
        click.echo(line, err=True)
    click.echo(
        f"{len(found)} small counts give themselves away" if found else "no small count can be worked out"
    )
    raise SystemExit(bool(found))
