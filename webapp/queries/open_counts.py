"""What a closed month is published from: counts of reviews, of requests and of the official indicators, all of them
including those that will be hidden. Read once, when the month is published."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import case, func, select

from webapp.domain.open_tables import CITY, Row
from webapp.domain.rates import RatePolicy, rates
from webapp.domain.workflow import Solved, Status
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Appeal, Department, Review, Service, ServiceRequest, utcnow
from webapp.queries import tallies
from webapp.queries.tallies import Window, moments
from webapp.queries.units import DISTRICT, catalogue

Found = Counter[tuple[str, Row, str]]
ANSWERED = (Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value)
UNPLACED = "unplaced"
"""Requests that say no more than "the city" """
UNSORTED = "unsorted"
"""Requests of no category"""


class RollupsDisagree(RuntimeError):
    """The roll-ups and the reviews themselves give different counts: nothing is published from either."""


def month_window(month: str) -> Window:
    """The days of "2026-10"."""
    year, number = int(month[:4]), int(month[5:7])
    return Window(date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def first_month() -> str | None:
    """The month of the oldest review or request; None where nobody has said anything yet."""
    days = (db.session.scalar(select(func.min(c))) for c in (Review.created_at, ServiceRequest.received_at))
    return min((f"{local(day):%Y-%m}" for day in days if day is not None), default=None)


def counts(month: str, policy: RatePolicy) -> Found:
    """Every count of the month, by (table, row, column).

    Raises RollupsDisagree when the roll-ups know of other votes or answers than there are.
    """
    window = month_window(month)
    reviews = _reviews(window, policy)
    indicators = _indicators(window, policy, reviews)
    requests = _requests(window, policy)
    for name in ("solved", "unsolved"):
        if requests["requests", CITY, name] != indicators["indicators", CITY, name]:
            raise RollupsDisagree(f"{month} {name}")
    return reviews + indicators + requests


def _reviews(window: Window, policy: RatePolicy) -> Found:
    """Rows (department, service), the departments and the city."""
    start, end = moments(window)
    r = Review
    rows = db.session.execute(
        select(Department.code, Service.service_code, r.rating, r.set_aside, func.count())
        .join(Department, Department.id == r.department_id)
        .join(Service, Service.id == r.service_id)
        # The index is on the moment, the day is what roll-ups count by.
        .where(r.created_at >= start - timedelta(days=1), r.created_at < end + timedelta(days=1))
        .where(r.created_day.between(window.first, window.last))
        .where(r.rating.is_not(None), r.is_default.is_(False))
        .group_by(Department.code, Service.service_code, r.rating, r.set_aside)
    )
    found: Found = Counter()
    for department, service, rating, reason, count in rows:
        if reason is not None:
            names = ["set_aside", f"aside_{reason}"]
        else:
            names = ["votes", f"level_{rating}", "good" if rating >= policy.good_from else "poor"]
        for row in ((department, service), (department, ""), CITY):
            for name in names:
                found["reviews", row, name] += int(count)
    return found


def _indicators(window: Window, policy: RatePolicy, reviews: Found) -> Found:
    """Rows of the departments and the city, from the roll-ups, as the pages of officials count them."""
    scored, known, now = tallies.read("department", window, window.last), catalogue().departments, utcnow()
    late = tallies.overdue("department", window, now)
    found: Found = Counter()
    for i, channels in scored.items():
        total, code = tallies.total(channels), known[i].code
        if tallies.votes(total) != reviews["reviews", (code, ""), "votes"]:
            raise RollupsDisagree(f"{code} {window.first}")
        for name, count in _columns(total, late[i], tallies.mending(i, window, now), policy).items():
            found["indicators", (code, ""), name] += count
            found["indicators", CITY, name] += count
    return found


def _columns(
    total: tallies.Counts, overdue: int, mending: tallies.Mending, policy: RatePolicy
) -> Mapping[str, int]:
    not_replied, not_asked = mending.not_replied.total(), mending.not_asked.total()
    found = rates(tallies.rate_tally(total, overdue, not_replied, not_asked), policy)

    def pair(key: str, whole: str, yes: str, no: str) -> dict[str, int]:
        rate = found[key]
        return {whole: rate.denominator, yes: rate.numerator, no: rate.denominator - rate.numerator}

    return {
        "uses": total["uses"], "unvoted": total["uses"] - tallies.votes(total),
        "defaults": total["defaults"], "unrated": total["unrated"],
        "bad": total["rating_1"] + total["rating_2"],
        **pair("bad_replied", "reply_due", "replied", "unreplied"), "reply_not_due": not_replied,
        **pair("bad_rectified", "mend_due", "mended", "unmended"), "mend_not_due": not_asked,
        **pair("rectified_satisfied", "mend_heard", "mend_content", "mend_discontent"),
        "mend_unreached": total["bad_asked"] - total["bad_heard"],
        **pair("response", "contact_heard", "contacted", "not_contacted"),
        **pair("resolution", "solve_heard", "solved", "unsolved"),
        **pair("satisfaction", "content_heard", "content", "discontent"), "unreached": total["unreached"],
        **pair("on_time", "clocked", "on_time", "late"),
        "clock_not_due": found["on_time"].exclusions["not_due"],
    }  # fmt: skip


def _requests(window: Window, policy: RatePolicy) -> Found:
    """Rows (category, area): first-level categories by district, second-level ones in the whole city."""
    r = ServiceRequest
    yes = (Solved.YES.value, *([Solved.PARTLY.value] if policy.partly_is_solved else []))
    outcome = case(
        (r.status.in_((Status.MERGED.value, Status.OUT_OF_SCOPE.value)), "other"),
        (r.solved.in_(yes), "solved"), (r.solved.is_not(None), "unsolved"),
        (r.status.in_(ANSWERED), "unheard"), else_="open",
    )  # fmt: skip
    start, end = moments(window)
    rows = db.session.execute(
        select(r.category_id, r.area_id, outcome.label("outcome"), func.count())
        .where(r.received_at >= start - timedelta(days=1), r.received_at < end + timedelta(days=1))
        .where(r.received_day.between(window.first, window.last), r.status != Status.RECEIVED.value)
        .group_by(r.category_id, r.area_id, "outcome")
    )
    known = catalogue()
    found: Found = Counter()
    for category, area, name, count in rows:
        code = known.categories.get(category or 0, (UNSORTED, ""))[0]
        district = known.up.get(area, {}).get(DISTRICT)
        place = known.areas[district].code if district else UNPLACED
        for row in _rows(code, place):
            found["requests", row, name] += int(count)
            found["requests", row, "received"] += int(count)
    return found


def _rows(code: str, place: str) -> set[Row]:
    """Where a request of this category and district counts; a category known to its first level only has no second."""
    if code == UNSORTED:
        return {CITY, ("", place), (UNSORTED, ""), (UNSORTED, place)}
    second = code[:4] if len(code) >= 4 else f"{code}-"
    return {CITY, ("", place), (code[:2], ""), (code[:2], place), (second, "")}


def parents(rows: Mapping[tuple[str, Row, str], int]) -> dict[str, str]:
    """Second-level category → its first level, for the categories of these counts."""
    codes = {row[0] for table, row, _column in rows if table == "requests"}
    return {code: code[:2] for code in codes if code != UNSORTED and len(code) > 2}


def names(found: Mapping[tuple[str, Row, str], int]) -> dict[str, str]:
    """What the codes of these counts are called now: "department:…", "service:…", "category:…", "area:…" → name."""
    known = catalogue()
    areas = {area.code: area.name for area in known.areas.values()}
    services = dict(db.session.execute(select(Service.service_code, Service.name)).tuples().all())
    departments = {unit.code: unit.name for unit in known.departments.values()}
    called: dict[str, str] = {}
    for table, (first, second), _column in found:
        if table == "requests":
            called[f"category:{first}"] = known.category_names.get(first.rstrip("-"), "")
            called[f"area:{second}"] = areas.get(second, "")
        else:
            called[f"department:{first}"] = departments.get(first, "")
            called[f"service:{second}"] = services.get(second, "")
    return {key: name for key, name in called.items() if name}


def appeals(month: str) -> dict[str, dict[str, int]]:
    """Department → appeals filed in the month, of them granted and refused by now. They count acts of offices."""
    start, end = moments(month_window(month))
    rows = db.session.execute(
        select(
            Department.code, func.count(), func.count().filter(Appeal.granted.is_(True)),
            func.count().filter(Appeal.granted.is_(False)),
        )
        .join(Service, Service.id == Appeal.service_id)
        .join(Department, Department.id == Service.department_id)
        .where(Appeal.appealed_at >= start, Appeal.appealed_at < end)
        .group_by(Department.code)
    )  # fmt: skip
    return {
        code: {"filed": int(filed), "granted": int(granted), "refused": int(refused)}
        for code, filed, granted, refused in rows
    }
