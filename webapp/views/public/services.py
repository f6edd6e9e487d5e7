"""服务满意度: every service with its satisfaction, and a page, a QR code and a printable sheet for each."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Response, current_app, render_template, request
from flask_babel import gettext as _

from webapp.domain.scores import PART_LABELS
from webapp.domain.text import N_
from webapp.models import Service
from webapp.queries import appeals, evaluation, publications
from webapp.queries import public as queries
from webapp.queries.publications import Reviews
from webapp.queries.publishing import people_words, plain_words
from webapp.security import public
from webapp.services import matching
from webapp.views.public import bp, presenting
from webapp.views.public.figures import Line, lines, period_facts, reasons
from webapp.views.public.named import named_service
from webapp.views.public.open_data import period_name

SORTS = {
    "votes": N_("评价多的在前"),
    "score": N_("得分从高到低"),
    "low": N_("得分从低到高"),
    "name": N_("按单位"),
}


def _sorted(found: list[Line], sort: str) -> list[Line]:
    """By the cautious end of the interval, so that ten happy votes do not beat a thousand; no number comes last."""
    if sort == "score":
        return sorted(found, key=lambda line: -(line.bar[0] if line.bar else -1))
    if sort == "low":
        return sorted(found, key=lambda line: line.bar[2] if line.bar else 101)
    if sort == "votes":
        return sorted(found, key=lambda line: -(line.votes or 0))
    return found


@bp.get("/services")
@public
def services() -> str:
    """All services with satisfaction, interval and counts; search, department and order stay in the address."""
    words, department = request.args.get("q", "")[:60], request.args.get("department", "")[:40]
    sort = request.args.get("sort", "votes")
    sort = sort if sort in SORTS else "votes"
    published = publications.current()
    return render_template(
        "public/services.html", lines=_sorted(lines(matching.search(words, department)), sort), words=words,
        department=department, sort=sort, period=period_facts(published),
        sorts=[(key, _(text)) for key, text in SORTS.items()],
        departments=[(d.code, d.name) for d in queries.departments_with_services()],
    )  # fmt: skip


@bp.get("/services/<service_code>")
@public
def service(service_code: str) -> str:
    """One service: how to use it, how satisfied people are, what they said lately."""
    found = named_service(service_code)
    (line,) = lines([found])
    heard, levels = line.heard, presenting.rating_levels()
    parts = line.card.parts if line.card and line.raw_score is not None else {}
    return render_template(
        "public/service.html", service=found, line=line, names=dict(levels),
        words=plain_words(line.card) if line.card else "", said=people_words(heard.rate) if heard else "",
        distribution=[(text, heard.levels[level - 1]) for level, text in levels] if heard else [],
        months=_months(found), parts=[(_(PART_LABELS[key]), part) for key, part in parts.items()],
        comments=queries.recent_comments(found.id), reasons=reasons(heard), period=period_facts(publications.current()),
        appealed=appeals.counts(evaluation.usual_window(), found.id),
        mended=queries.mended([found.department_id], found.id),
    )  # fmt: skip


def _months(service: Service) -> list[tuple[str, Reviews]]:
    """The latest months as they were published."""
    row = service.department.code, service.service_code
    return [(period_name(m.about.period), m.reviews(row)) for m in publications.recent_months()]


def rate_url(service: Service) -> str:
    """The address behind the code on the counter."""
    return f"{current_app.config['PUBLIC_URL']}/rate/{service.service_code}?via=qr"


@bp.get("/qr/<service_code>.svg")
@public
def qr(service_code: str) -> Response:
    """The QR code of a service's rating page, as SVG; error correction Q survives a worn sticker."""
    out = BytesIO()
    segno.make(rate_url(named_service(service_code)), error="q", micro=False).save(
        out, kind="svg", scale=8, border=4, xmldecl=False
    )
    response = Response(out.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/services/<service_code>/qr")
@public
def qr_sheet(service_code: str) -> str:
    """A sheet to print and put on the counter."""
    return render_template("public/qr_sheets.html", services=[named_service(service_code)], rate_url=rate_url)


@bp.get("/qr-sheets")
@public
def qr_sheets() -> str:
    """All sheets of a department, one per printed page."""
    department = request.args.get("department", "")[:40]
    found = queries.find_services("", department) if department else []
    return render_template(
        "public/qr_sheets.html", services=found, rate_url=rate_url, department=department,
        departments=[(d.code, d.name) for d in queries.departments_with_services()],
    )  # fmt: skip
