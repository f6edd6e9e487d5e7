"""``flask report monthly``: a report as a file, for whoever sends it out at the beginning of a month."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.errors import MinpingError
from webapp.queries.reach import Bounds
from webapp.services.actor import SYSTEM
from webapp.services.exports import record_export

report_group = AppGroup("report", help="Monthly reports of the city, of districts and departments.")


@report_group.command("monthly")
@click.option(
    "--month", required=True, help="A month that is over, as 2026-10; or last30 for the last thirty days."
)
@click.option("--department", default="", help="Code of a department; without it the report is the city's.")
@click.option("--area", default="", help="Code of a district instead.")
@click.option(
    "--format", "kind", type=click.Choice(["html", "pdf", "docx"]), default="pdf", show_default=True
)
@click.option("--language", type=click.Choice(["zh_CN", "en"]), default="zh_CN", show_default=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File to write.",
)
def monthly(month: str, department: str, area: str, kind: str, language: str, out: Path) -> None:
    """Write a monthly report to a file; the audit trail keeps that it was made."""
    from webapp.views.reports import files

    if department and area:
        raise click.UsageError("--department and --area exclude each other")
    # Texts and figures are made as for a page, in a language that a page would be asked for.
    with current_app.test_request_context("/insight/reports", query_string={"lang": language}):
        try:
            period = files.find_period(month)
            document = (
                files.of_department(period, department)
                if department
                else files.of_place(period, area, Bounds())
            )
            out.write_bytes(files.as_file(document, kind))
        except MinpingError as error:
            raise click.ClickException(error.message) from error
        record_export("flask report monthly", document.name, kind, f"month={month}", SYSTEM)
    click.echo(f"{out}: {document.title} {document.subtitle}, {out.stat().st_size:,} bytes")
