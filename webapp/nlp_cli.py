"""``flask nlp``: the city's own language model learns from corrections, and goes back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
from flask.cli import AppGroup

from nlp.adapt_judge import Judgement
from nlp.mask import mask_personal_data
from webapp.errors import InvalidInput

nlp_group = AppGroup("nlp", help="The city's own language model.")


def _line(j: Judgement) -> str:
    return (
        f"  {j.head:<13} {j.verdict:<21} learned from {j.examples:>5}; held out: corrected "
        f"{j.corrected.before} → {j.corrected.after} of {j.corrected.messages}, agreed "
        f"{j.agreed.before} → {j.agreed.after} of {j.agreed.messages}; {100 * j.gain:+.1f} points "
        f"[{100 * j.low:+.1f}, {100 * j.high:+.1f}]"
    )


@nlp_group.command("retrain")
@click.option("--dry-run", is_flag=True, help="Train and compare; write nothing, change nothing.")
@click.option("--card", "show_card", is_flag=True, help="Print the whole model card.")
def retrain(dry_run: bool, show_card: bool) -> None:
    """Learn from staff's corrections; what is not worse on held-out ones goes into service. Exit 1 if nothing did."""
    from webapp.services.learning import retrain_city

    done = retrain_city(dry_run=dry_run)
    outcome = done.outcome
    click.echo(
        f"{outcome.trained} judgements to learn from, {outcome.held_out} held out, compared with {done.compared_with}"
    )
    for judgement in outcome.judgements:
        click.echo(_line(judgement))
    if show_card:
        click.echo(done.card)
    if dry_run:
        click.echo("dry run: " + ("a new version would serve" if outcome.model else "nothing would change"))
        return
    click.echo(f"in service: {done.version or done.compared_with}" + ("" if done.version else " (unchanged)"))
    raise SystemExit(done.version is None)


@nlp_group.command("versions")
def versions() -> None:
    """List the stored versions, newest first; a star marks the one in service."""
    from webapp.services import learning

    serving = learning.in_service()
    for version in learning.versions():
        figures = version.header.get("figures", {})
        heads = " ".join(sorted(version.header.get("heads", {})))
        click.echo(
            f"{'*' if version.name == serving else ' '} {version.name}  {str(version.header.get('made_at', ''))[:16]}  "
            f"learned from {figures.get('trained_on', '?')}: {heads}"
            + (f"  cannot serve: {version.problem}" if version.problem else "")
        )
    click.echo(f"{'*' if serving == 'base' else ' '} base  the shipped models alone")


@nlp_group.command("rollback")
@click.argument("version")
def rollback(version: str) -> None:
    """Put VERSION (a stored one, or "base") into service."""
    from webapp.services.learning import roll_back

    try:
        roll_back(version)
    except InvalidInput as error:
        raise click.ClickException(error.message) from error
    click.echo(f"in service: {version}")


@nlp_group.command("areas")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--show", is_flag=True, help="Also list the messages that were read otherwise.")
def areas(file: Path | None, show: bool) -> None:
    """How well messages are put into areas: FILE is a CSV with text,area (a code, empty for none).

    Without FILE: the messages that were written for the demo city by somebody who knew only its list of names.
    """
    from webapp.services import area_check

    try:
        rows = area_check.read_file(file or Path(str(files("webapp.demo") / "data" / "area_gold.csv")))
    except InvalidInput as error:
        raise click.ClickException(error.message) from error
    checked = area_check.check(rows)
    if show:
        for row in checked:
            if row.found != row.truth:
                click.echo(f"  {row.truth or '-'}  read {row.found or '-'}  {mask_personal_data(row.text)}")
    f = area_check.figures(checked)
    share = f.right / f.total if f.total else 0.0
    click.echo(
        f"{f.total} messages: {share:.3f} [{f.low:.3f}, {f.high:.3f}] in the right area; "
        f"{f.wide} too wide, {f.unread} not read, {f.wrong} wrong"
    )
