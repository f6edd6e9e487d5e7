"""``flask import-requests``: bring in another system's requests from CSV or XLSX."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from webapp.services.import_source import BadRow, MappingError, guess_mapping, load_mapping, presets
from webapp.services.import_source import RowReader as _RowReader

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
    """Import requests from FILE (CSV or XLSX). Running it again imports only what is new."""
    from webapp.services.importing import import_requests, shift_to_now

    started = time.monotonic()
    try:
        columns = load_mapping(mapping) if mapping else guess_mapping(file)
        shift = shift_to_now(file, columns) if to_now else timedelta(0)
        with _RowReader(file, columns.encoding) as reader:
            length = reader.length
        with click.progressbar(
            length=length, label=f"importing {columns.source}", update_min_steps=max(1, length // 200)
        ) as bar:
            report = import_requests(file, columns, bar.update, shift)
    except MappingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{report.stored} imported ({report.answered} with a reply), {report.already} imported before, "
        f"{len(report.bad)} bad rows, {len(report.warnings)} warnings, {time.monotonic() - started:.1f} s"
    )
    _show("bad row", report.bad)
    _show("warning", report.warnings)
    if bad_rows is not None:
        lines = [f"{row.line}\t{row.reason}" for row in (*report.bad, *report.warnings)]
        bad_rows.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _show(kind: str, rows: list[BadRow]) -> None:
    for row in rows[:SHOWN]:
        click.echo(f"  {kind}, line {row.line}: {row.reason}", err=True)
    if len(rows) > SHOWN:
        click.echo(f"  … and {len(rows) - SHOWN} more (--bad-rows FILE lists all)", err=True)
