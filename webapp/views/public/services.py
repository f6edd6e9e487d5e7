"""服务满意度: every service with its satisfaction, and a page, a QR code and a printable sheet for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

import segno
from flask import Response, current_app, render_template, request
from flask_babel import gettext as _

from webapp.domain.rates import Rate, RateTally, good_rate
from webapp.domain.text import N_
from webapp.errors import NotFound
from webapp.i18n import local
from webapp.models import Service, utcnow
from webapp.queries import public as queries
from webapp.security import public
from webapp.views.public import bp, presenting

SORTS = {
    "good": N_("满意度从高到低"),
    "bad": N_("满意度从低到高"),
    "votes": N_("评价多的在前"),
    "name": N_("按单位"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A service and its 好评率; ``shown`` is false where fewer people rated than may be published."""

    service: Service
    votes: int
    good: Rate

    @property
    def shown(self) -> bool:
        return self.votes >= queries.SMALLEST_CELL

    @property
    def key(self) -> float:
        """For sorting: the cautious end of the interval, so that ten happy votes do not beat a thousand."""
        return self.good.low if self.shown else -1.0


def _line(service: Service, tally: RateTally | None) -> Line:
    tally = tally or RateTally()
    return Line(service, sum(tally.ratings), good_rate(tally))


def _since() -> date:
    return local(utcnow()).date() - timedelta(days=current_app.config["SCORE_WINDOW_DAYS"])


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    if sort == "good":
        return sorted(lines, key=lambda line: -line.key)
    if sort == "bad":
        return sorted(lines, key=lambda line: (not line.shown, line.good.high))
    if sort == "votes":
        return sorted(lines, key=lambda line: -line.votes)
    return lines


@bp.get("/services")
@public
def services() -> str:
    """All services with satisfaction, interval and counts; search, department and order stay in the address."""
    words, department = request.args.get("q", "")[:60], request.args.get("department", "")[:40]
    sort = request.args.get("sort", "votes")
    sort = sort if sort in SORTS else "votes"
    tallies = queries.rating_tallies(_since())
    lines = [_line(s, tallies.get(s.id)) for s in queries.find_services(words, department)]
    return render_template(
        "public/services.html", lines=_sorted(lines, sort), words=words, department=department, sort=sort,
        smallest=queries.SMALLEST_CELL,
        sorts=[(key, _(text)) for key, text in SORTS.items()], days=current_app.config["SCORE_WINDOW_DAYS"],
        departments=[(d.code, d.name) for d in queries.departments_with_services()],
    )  # fmt: skip


def _service(code: str) -> Service:
    service = queries.service_by_code(code)
    if service is None:
        raise NotFound(_("没有找到这个服务事项，请从服务列表中重新选择。"))
    return service


@bp.get("/services/<service_code>")
@public
def service(service_code: str) -> str:
    """One service: how to use it, how satisfied people are, what they said lately."""
    found = _service(service_code)
    tally = queries.rating_tallies(_since(), found.id).get(found.id) or RateTally()
    line = _line(found, tally)
    levels = presenting.rating_levels()
    return render_template(
        "public/service.html", service=found, line=line, days=current_app.config["SCORE_WINDOW_DAYS"],
        distribution=[(text, tally.ratings[level - 1]) for level, text in levels], names=dict(levels),
        comments=queries.recent_comments(found.id), smallest=queries.SMALLEST_CELL,
    )  # fmt: skip


def rate_url(service: Service) -> str:
    """The address behind the code on the counter."""
    return f"{current_app.config['PUBLIC_URL']}/rate/{service.service_code}?via=qr"


@bp.get("/qr/<service_code>.svg")
@public
def qr(service_code: str) -> Response:
    """The QR code of a service's rating page, as SVG; error correction Q survives a worn sticker."""
    out = BytesIO()
    segno.make(rate_url(_service(service_code)), error="q", micro=False).save(
        out, kind="svg", scale=8, border=4, xmldecl=False
    )
    response = Response(out.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/services/<service_code>/qr")
@public
def qr_sheet(service_code: str) -> str:
    """A sheet to print and put on the counter."""
    return render_template("public/qr_sheets.html", services=[_service(service_code)], rate_url=rate_url)


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
