"""From a period and a unit to a report, and from a report to a file: for the pages and for the command line."""

from __future__ import annotations

from pathlib import Path

from flask import current_app, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from webapp.domain.periods import Period, period_of
from webapp.errors import NotFound
from webapp.queries.evaluation import today
from webapp.queries.reach import Bounds
from webapp.queries.report_city import Place, city_facts
from webapp.queries.report_facts import department_facts
from webapp.queries.tallies import Window
from webapp.queries.units import catalogue
from webapp.views.reports.city import city_report
from webapp.views.reports.department import department_report
from webapp.views.reports.document import Document
from webapp.views.reports.docx import as_docx
from webapp.views.reports.pdf import as_pdf

FORMATS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
}


def find_period(key: str) -> Period:
    """The period that ``key`` names. Raises ``NotFound`` for none, and for a month that is not over."""
    found = period_of(key, today())
    if found is None:
        raise NotFound(_("没有这个月的月报：要写成 2026-10 这样，而且月份已经结束。"))
    return found


def window_of(period: Period) -> Window:
    return Window(period.first, period.last)


def _language() -> str:
    return str(get_locale() or "zh")[:2]


def of_department(period: Period, code: str) -> Document:
    """The report of a department. Raises ``NotFound`` for an unknown one."""
    facts = department_facts(code, window_of(period))
    if facts is None:
        raise NotFound(_("没有找到这个单位。"))
    return department_report(facts, period, _language())


def of_place(period: Period, code: str, bounds: Bounds) -> Document:
    """The report of an area ("": the whole city), as far as ``bounds`` reach. Raises ``NotFound`` for an unknown one."""
    unit = catalogue().area(code) if code else None
    if code and unit is None:
        raise NotFound(_("没有找到这个区域。"))
    return city_report(city_facts(window_of(period), Place(unit, bounds)), period, _language())


def _styles() -> Markup:
    """The style sheets of the pages, to stand within a file."""
    folder = Path(current_app.static_folder or "") / "css"
    sheets = ((folder / name).read_text(encoding="utf-8") for name in ("app.css", "report.css"))
    return Markup("\n".join(sheets))  # noqa: S704 - our own files


def as_html(document: Document) -> bytes:
    """One file that stands alone; needs a request, as every page does."""
    return render_template("reports/file.html", document=document, css=_styles()).encode()


def as_file(document: Document, kind: str) -> bytes:
    """The report in one of ``FORMATS``."""
    return {"pdf": as_pdf, "docx": as_docx, "html": as_html}[kind](document)
