"""Every table as CSV or XLSX: ``?format=csv&table=…`` on the page that shows it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from urllib.parse import quote

from flask import Response, request
from flask_login import current_user

from webapp.errors import NotFound
from webapp.services.actor import Actor
from webapp.services.exports import record_export
from webapp.views.insight.tables import Table, Value

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet would take for a formula: a resident's or a department's words must never run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(value: Value) -> Value:
    """A value that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark, so that Excel shows Chinese."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe(column.label) for column in table.columns])
    for row in table.rows:
        writer.writerow(["" if cell.value is None else safe(cell.value) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """One sheet per table."""
    # Here, because every process would load it and few exports are made.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(_sheet_name(table.title, [s.title for s in book.worksheets]))
        sheet.append([safe(column.label) for column in table.columns])
        for row in table.rows:
            sheet.append([safe(cell.value) for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "B2"
        for index, column in enumerate(table.columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = 12 if column.number else 26
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    """At most 31 characters, none of those that Excel refuses, and not given twice."""
    plain = "".join("_" if c in "[]:*?/\\" else c for c in title)[:28] or "-"
    return plain if plain not in taken else f"{plain}{len(taken)}"


def export(name: str, tables: Sequence[Table]) -> Response | None:
    """The file that ``?format=`` asks for; None where the page itself is wanted.

    CSV holds the table that ``?table=`` names (the first by default), XLSX that one or all. Raises ``NotFound`` for an
    unknown table.
    """
    kind, key = request.args.get("format", ""), request.args.get("table", "")
    if kind not in FORMATS:
        return None
    chosen = [table for table in tables if table.key == key] if key else list(tables)
    if not chosen:
        raise NotFound("no such table")
    body = as_csv(chosen[0]) if kind == "csv" else as_xlsx(chosen)
    record_export(
        request.path,
        key or "all",
        kind,
        request.query_string.decode(errors="replace"),
        Actor.of(current_user),
    )
    file_name = f"{name}-{key or 'all'}.{kind}"
    return Response(
        body,
        content_type=FORMATS[kind],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}"},
    )
