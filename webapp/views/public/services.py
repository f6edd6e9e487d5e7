"""服务满意度: every service with its satisfaction, and a page, a QR code and a printable sheet for each."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import segno
from flask import Response, current_app, render_template, request
from flask_babel import gettext as _

from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.domain.rates import Rate
from webapp.domain.scores import PART_LABELS
from webapp.domain.text import N_
from webapp.errors import NotFound
from webapp.models import Service
from webapp.queries import evaluation, voices
from webapp.queries import public as queries
from webapp.queries.policy import scoring_policy
from webapp.queries.publishing import hidden_cells
from webapp.queries.scorecards import Scorecard
from webapp.security import public
from webapp.services import matching
from webapp.views.public import bp, presenting

SORTS = {
    "votes": N_("评价多的在前"),
    "score": N_("得分从高到低"),
    "low": N_("得分从低到高"),
    "name": N_("按单位"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A service and its scorecard; ``shown`` is false where fewer people rated than may be published."""

    service: Service
    card: Scorecard

    @property
    def votes(self) -> int:
        return self.card.votes

    @property
    def shown(self) -> bool:
        return self.votes >= queries.SMALLEST_CELL

    @property
    def good(self) -> Rate:
        """好评率 as counted."""
        return self.card.plain_rates["good"]

    @property
    def bar(self) -> tuple[float, float, float] | None:
        """The score with its interval, for the drawing; None where there is too little to say."""
        card = self.card
        if card.score is None or card.low is None or card.high is None:
            return None
        return card.low, card.score, card.high


def _lines(found: list[Service]) -> list[Line]:
    cards = {card.unit.code: card for card in evaluation.service_scorecards()}
    lines = []
    for service in found:
        card = cards.get(service.service_code) or evaluation.service_scorecard(service.service_code)
        if card is not None:
            lines.append(Line(service, card))
    return lines


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    """By the cautious end of the interval, so that ten happy votes do not beat a thousand; no number comes last."""
    if sort == "score":
        return sorted(lines, key=lambda line: -(line.bar[0] if line.bar else -1))
    if sort == "low":
        return sorted(lines, key=lambda line: line.bar[2] if line.bar else 101)
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
    lines = _lines(matching.search(words, department))
    return render_template(
        "public/services.html", lines=_sorted(lines, sort), words=words, department=department, sort=sort,
        smallest=queries.SMALLEST_CELL,
        sorts=[(key, _(text)) for key, text in SORTS.items()], days=scoring_policy().window_days,
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
    (line,) = _lines([found])
    levels, counts = presenting.rating_levels(), hidden_cells(line.card.ratings)
    return render_template(
        "public/service.html", service=found, line=line, days=scoring_policy().window_days,
        distribution=[(text, counts[level - 1]) for level, text in levels], names=dict(levels),
        parts=[(_(PART_LABELS[key]), part) for key, part in line.card.parts.items()],
        comments=queries.recent_comments(found.id), set_aside=_set_aside(found), smallest=queries.SMALLEST_CELL,
    )  # fmt: skip


def _set_aside(service: Service) -> list[tuple[str, int | None]]:
    """Why votes of this service were set aside, and how many for each reason (None: too few to be published)."""
    lines = voices.set_aside(evaluation.usual_window(), [service.id])
    counts = [line.count if line.count >= queries.SMALLEST_CELL else None for line in lines]
    return [(_(REASON_LABELS[Reason(line.reason)]), count) for line, count in zip(lines, counts, strict=True)]


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
