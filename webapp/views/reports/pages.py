"""The list of reports, and each one as a page or a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select

from webapp.domain.periods import LAST, Period, closed_months, period_of
from webapp.domain.permissions import Permission
from webapp.errors import Forbidden, NotFound
from webapp.extensions import db
from webapp.models import ServiceDay
from webapp.queries import evaluation
from webapp.queries.units import DISTRICT, catalogue
from webapp.security import has, staff
from webapp.services.actor import Actor
from webapp.services.exports import record_export
from webapp.views.insight.filters import link, reachable
from webapp.views.insight.page import sections
from webapp.views.insight.services import own
from webapp.views.reports import bp, files, parts
from webapp.views.reports.document import Document


def _periods() -> list[Period]:
    """The last thirty days, and the months since anything was counted."""
    last, day = period_of(LAST, evaluation.today()), evaluation.today()
    since = db.session.scalar(select(func.min(ServiceDay.day)))  # type: ignore[attr-defined]
    return [*(closed_months(since, day) if since else []), *([last] if last else [])]


def _places(period: Period) -> list[tuple[str, str]]:
    """(name, address) of the city and its districts, or of the own area."""
    if not has(Permission.SEE_CITY):
        return []
    bounds = reachable()
    if bounds.own is not None:
        return [(bounds.own.name, url_for("reports.area", period=period.key, code=bounds.own.code))]
    districts = catalogue().within(DISTRICT)
    return [
        (_("全市"), url_for("reports.city", period=period.key)),
        *((unit.name, url_for("reports.area", period=period.key, code=unit.code)) for unit in districts),
    ]


def _departments(period: Period) -> list[tuple[str, str]]:
    cards = evaluation.department_scorecards(files.window_of(period))
    return [
        (card.unit.name, url_for("reports.department", period=period.key, code=card.unit.code))
        for card in cards if reachable().has_department(card.unit.code)
    ]  # fmt: skip


@bp.get("")
@staff(Permission.SEE_UNIT)
def index() -> Any:
    """Reports to choose from: departments by reach, the city and its districts for those who see them."""
    periods = _periods()
    wish = period_of(request.args.get("period", ""), evaluation.today()) or periods[0]
    return render_template(
        "reports/index.html", periods=[(p.key, parts.period_title(p)) for p in periods], period=wish,
        title=parts.period_title(wish), places=_places(wish), departments=_departments(wish), sections=sections({}),
    )  # fmt: skip


def _answer(document: Document, page: str) -> Response | str:
    """The page, or the file that ``?format=`` asks for; files are on record."""
    kind = request.args.get("format", "")
    if kind not in files.FORMATS:
        return render_template("reports/report.html", document=document, page=page, sections=sections({}))
    body = files.as_file(document, kind)
    record_export(
        request.path, "report", kind, request.query_string.decode(errors="replace"), Actor.of(current_user)
    )
    name = quote(f"{document.title}-{document.subtitle}.{kind}".replace(" ", ""))
    return Response(
        body,
        content_type=files.FORMATS[kind],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _same_days(period: Period) -> dict[str, str]:
    """What makes an insight page show the same days."""
    return {"days": period.key if period.is_month else str(period.days)}


@bp.get("/<period>/city")
@staff(Permission.SEE_CITY)
def city(period: str) -> Any:
    """The city's."""
    if reachable().own is not None:
        raise Forbidden(_("您只能查看本辖区的月报。"))
    found = files.find_period(period)
    return _answer(files.of_place(found, "", reachable()), link("insight.overview", **_same_days(found)))


@bp.get("/<period>/areas/<code>")
@staff(Permission.SEE_CITY)
def area(period: str, code: str) -> Any:
    """A district's, or that of the own area."""
    found, bounds, unit = files.find_period(period), reachable(), catalogue().area(code)
    mine = bounds.own is not None and bounds.own.code == code
    if unit is None or not (mine or unit.level == DISTRICT):
        raise NotFound(_("没有找到这个区域。"))
    if not mine and bounds.own is not None:
        raise Forbidden(_("您只能查看本辖区的月报。"))
    page = link("insight.overview", **_same_days(found), district="" if mine else code)
    return _answer(files.of_place(found, code, bounds), page)


@bp.get("/<period>/departments/<code>")
@staff(Permission.SEE_UNIT)
def department(period: str, code: str) -> Any:
    """A department's."""
    found = files.find_period(period)
    if catalogue().department(code) is None:
        raise NotFound(_("没有找到这个单位。"))
    own(code)
    return _answer(
        files.of_department(found, code), link("insight.department", code=code, **_same_days(found))
    )
