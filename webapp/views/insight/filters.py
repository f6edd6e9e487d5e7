"""What the address of an insight page says: the window, a district, a department."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.periods import Period, period_of
from webapp.domain.permissions import Permission
from webapp.errors import Forbidden
from webapp.queries.categories import CategoryLine, category_demand
from webapp.queries.evaluation import today, unplaced
from webapp.queries.policy import WINDOWS, scoring_policy
from webapp.queries.reach import Bounds, bounds
from webapp.queries.scorecards import Scorecard, Unit
from webapp.queries.tallies import Window
from webapp.queries.units import DISTRICT, Catalogue, catalogue
from webapp.security import may_open


@dataclass(frozen=True, slots=True)
class Filters:
    """Window, codes of a district and a department ("" is all), and what this member of staff may see at all.

    ``month`` is the calendar month (``2026-10``) that the window is, where one was chosen instead of days.
    """

    days: int
    window: Window
    district: str
    department: str
    bounds: Bounds
    month: str = ""

    def reaches(self, card: Scorecard) -> bool:
        """Whether the card is within the reach of the signed-in member of staff."""
        unit = card.unit
        return (
            self.bounds.has_area(unit.code)
            if unit.kind == "area"
            else self.bounds.has_department(unit.department)
        )

    def keeps(self, card: Scorecard) -> bool:
        """Whether a card lies in the chosen district and department, and within reach."""
        if not self.reaches(card):
            return False
        in_district = not self.district or card.unit.area == self.district
        return in_district and (not self.department or card.unit.department == self.department)

    def place(self) -> Unit | None:
        """The area that everything on the page lies in: the own one, or the chosen district; None is the city."""
        known = catalogue()
        return known.areas[self.bounds.own.id] if self.bounds.own else known.area(self.district)

    def demand(self, level: int = 2) -> list[CategoryLine]:
        """Requests by category in that place."""
        place = self.place()
        return category_demand(self.window, level, place.id if place else None)

    def unplaced(self) -> int:
        """Requests and votes of no district in particular: nobody's who sees one district."""
        return 0 if self.bounds.own else unplaced(self.window)

    def chosen(self, cards: Iterable[Scorecard]) -> list[Scorecard]:
        """The cards to show."""
        return [card for card in cards if self.keeps(card)]


def _day(value: str) -> date:
    """The last day of the window: today, or an earlier day of the form 2026-05-31."""
    try:
        return min(date.fromisoformat(value), today())
    except ValueError:
        return today()


def _month(value: str) -> Period | None:
    """A calendar month that is over, as monthly reports have it; None for a number of days."""
    found = period_of(value, today())
    return found if found and found.is_month else None


def reachable() -> Bounds:
    """What the signed-in member of staff may see of the evaluation. Raises ``Forbidden`` when that is nothing."""
    if "insight_bounds" not in g:
        g.insight_bounds = bounds(current_user, Permission.SEE_UNIT)
        if g.insight_bounds.nowhere:
            raise Forbidden(_("您的账号还没有所属区划或单位，请联系管理员。"))
    found: Bounds = g.insight_bounds
    return found


def filters() -> Filters:
    """The filters of this request; what is unknown filters nothing out."""
    usual = scoring_policy().window_days
    days = request.args.get("days", usual, type=int)
    days = days if days in WINDOWS else usual
    month = _month(request.args.get("days", ""))
    known = catalogue()
    limits = reachable()
    district, department = request.args.get("district", ""), request.args.get("department", "")
    if limits.own is not None:
        # An official of a district or below has no choice of districts.
        district = known.areas[limits.own.id].area
    area = known.area(district)
    window = Window.ending(_day(request.args.get("to", "")), days)
    if month:
        days, window = month.days, Window(month.first, month.last)
    return Filters(
        days, window,
        district if area and area.level == DISTRICT else "", department if known.department(department) else "",
        limits, month.key if month else "",
    )  # fmt: skip


def link(endpoint: str, **values: Any) -> str:
    """Address of a page if it exists and the signed-in member of staff may open it, else ""."""
    # A page asks hundreds of times for a handful of endpoints.
    allowed: dict[str, bool] = g.setdefault("insight_links", {})
    if endpoint not in allowed:
        allowed[endpoint] = may_open(endpoint)
    if not allowed[endpoint]:
        return ""
    return url_for(endpoint, **{key: value for key, value in values.items() if value not in ("", None)})


def spanned(window: Window) -> dict[str, str]:
    """Query arguments of the desk's lists for the days of a window."""
    return {"since": window.first.isoformat(), "until": window.last.isoformat()}


def within(filters: Filters) -> dict[str, Any]:
    """Query arguments that carry the window on to the next page."""
    args: dict[str, Any] = {}
    if filters.month:
        return {"days": filters.month}
    if filters.days != scoring_policy().window_days:
        args["days"] = filters.days
    if filters.window.last != today():
        args["to"] = filters.window.last.isoformat()
    return args


def district_choices(known: Catalogue) -> list[tuple[str, str]]:
    """(code, name) of the districts to choose from: none for who sees one district or less."""
    return [] if reachable().own else [(unit.code, unit.name) for unit in known.within(DISTRICT)]
