"""What the address of an insight page says: the window, a district, a department."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, g, request, url_for
from flask_login import current_user

from webapp.domain.workflow import Role
from webapp.queries.evaluation import today
from webapp.queries.policy import WINDOWS, scoring_policy
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Window
from webapp.queries.units import DISTRICT, Catalogue, catalogue
from webapp.security import PUBLIC, access_of

OFFICIALS = (Role.OFFICIAL, Role.DISPATCHER, Role.AUDITOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Filters:
    """Window, and codes of a district and a department ("" is all)."""

    days: int
    window: Window
    district: str
    department: str

    def keeps(self, card: Scorecard) -> bool:
        """Whether a card lies in the chosen district and department."""
        in_district = not self.district or card.unit.area == self.district
        return in_district and (not self.department or card.unit.department == self.department)

    def chosen(self, cards: Iterable[Scorecard]) -> list[Scorecard]:
        """The cards to show."""
        return [card for card in cards if self.keeps(card)]


def _day(value: str) -> date:
    """The last day of the window: today, or an earlier day of the form 2026-05-31."""
    try:
        return min(date.fromisoformat(value), today())
    except ValueError:
        return today()


def filters() -> Filters:
    """The filters of this request; what is unknown filters nothing out."""
    usual = scoring_policy().window_days
    days = request.args.get("days", usual, type=int)
    days = days if days in WINDOWS else usual
    known = catalogue()
    district, department = request.args.get("district", ""), request.args.get("department", "")
    area = known.area(district)
    return Filters(
        days, Window.ending(_day(request.args.get("to", "")), days),
        district if area and area.level == DISTRICT else "", department if known.department(department) else "",
    )  # fmt: skip


def link(endpoint: str, **values: Any) -> str:
    """Address of a page if it exists and the signed-in member of staff may open it, else ""."""
    # A page asks hundreds of times for a handful of endpoints.
    allowed: dict[str, bool] = g.setdefault("insight_links", {})
    if endpoint not in allowed:
        allowed[endpoint] = _may_open(endpoint)
    if not allowed[endpoint]:
        return ""
    return url_for(endpoint, **{key: value for key, value in values.items() if value not in ("", None)})


def _may_open(endpoint: str) -> bool:
    access = access_of(endpoint) if endpoint in current_app.view_functions else None
    return access is not None and (access == PUBLIC or current_user.role in access)


def within(filters: Filters) -> dict[str, Any]:
    """Query arguments that carry the window on to the next page."""
    args: dict[str, Any] = {}
    if filters.days != scoring_policy().window_days:
        args["days"] = filters.days
    if filters.window.last != today():
        args["to"] = filters.window.last.isoformat()
    return args


def district_choices(known: Catalogue) -> list[tuple[str, str]]:
    """(code, name) of the districts."""
    return [(unit.code, unit.name) for unit in known.within(DISTRICT)]
