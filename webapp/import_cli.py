"""``flask import-requests``: bring in another system's requests from CSV or XLSX."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.errors import MinpingError
from webapp.i18n import local
from webapp.models import utcnow
from webapp.progress import progress
from webapp.queries.policy import scoring_policy
from webapp.services.import_rows import BadRow, MappingError, RowReader
from webapp.services.import_source import guess_mapping, load_mapping, presets
from webapp.services.importing import ImportReport, import_requests, shift_to_now

SHOWN = 20


@click.command("import-requests")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping", default=None, help=f"A preset ({', '.join(presets())}) or a TOML file; else guessed."
)
@click.option(
    "--to-now", is_flag=True, help="Move all times so that the newest falls on now (to try old files out)."
)
@click.option(
    "--bad-rows", type=click.Path(dir_okay=False, path_type=Path), help="Write all bad rows to this file."
)
@with_appcontext
def import_requests_command(file: Path, mapping: str | None, to_now: bool, bad_rows: Path | None) -> None:
    """Import requests from FILE (CSV or XLSX). Running it again imports only what is new.

    A mapping says which column holds what; webapp/data/import_presets shows how.
    """
    started = time.monotonic()
    try:
        columns = load_mapping(mapping) if mapping else guess_mapping(file)
        shift = shift_to_now(file, columns) if to_now else timedelta(0)
        with RowReader(file, columns.encoding) as reader:
            length = reader.length
        with progress(length, f"importing {columns.source}") as update:
            report = import_requests(file, columns, update, shift)
    except MappingError as error:
        raise click.ClickException(str(error)) from error
    except MinpingError as error:
        raise click.ClickException(error.message) from error
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException("the database cannot be used: run `flask db upgrade` first") from error
    click.echo(
        f"{report.stored} imported ({report.answered} with a reply), {report.already} imported before, "
        f"{len(report.bad)} bad rows, {len(report.warnings)} warnings, {time.monotonic() - started:.1f} s"
    )
    _show_age(report)
    _show("bad row", report.bad)
    _show("warning", report.warnings)
    if bad_rows is not None:
        lines = [f"{row.line}\t{row.reason}" for row in (*report.bad, *report.warnings)]
        bad_rows.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _show_age(report: ImportReport) -> None:
    """Where to look for messages that are older than what the dashboards open with."""
    if report.newest and (utcnow() - report.newest).days >= scoring_policy().window_days:
        day = local(report.newest).date()
        click.echo(
            f"the newest is of {day}: dashboards show that time with ?to={day}; --to-now moves all times to today"
        )


def _show(kind: str, rows: list[BadRow]) -> None:
    for row in rows[:SHOWN]:
        click.echo(f"  {kind}, line {row.line}: {row.reason}", err=True)
    if len(rows) > SHOWN:
        click.echo(f"  … and {len(rows) - SHOWN} more (--bad-rows FILE lists all)", err=True)
