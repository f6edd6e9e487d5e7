"""Which department is responsible, and by when: category × area × service, with fallback to the district."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

import chinese_calendar

from webapp.domain.deadlines import DEFAULT_POLICY, Urgency, due_at, weekdays_only
from webapp.extensions import db
from webapp.models import Area, Category, Department, Service, ServiceRequest
from webapp.queries.directory import directory


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """Whether ``day`` is a working day in China, make-up days included; plain weekdays where no calendar reaches."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        # The State Council publishes each year's calendar only in the autumn before.
        return weekdays_only(day)


def clock_class(urgency: str, complexity: str) -> Urgency:
    """The clock that applies: emergencies and urgent matters by urgency, the rest by complexity."""
    return Urgency(urgency) if urgency in (Urgency.EMERGENCY, Urgency.URGENT) else Urgency(complexity)


def deadline(received_at: datetime, urgency: str, complexity: str = "ordinary") -> datetime:
    """The moment (UTC) by which a request must be resolved."""
    return due_at(received_at, clock_class(urgency, complexity), DEFAULT_POLICY, is_workday)


def city() -> Area:
    """The root of the area tree. Raises ``NotFound`` before any city is loaded."""
    return db.session.get_one(Area, directory().city_id)


def responsible_department(
    category: Category | None, area: Area, service: Service | None = None
) -> Department:
    """The department answering for a trouble: the service's own, else the most specific rule, else the area's office.

    Raises ``NotFound`` without any department.
    """
    if service is not None:
        return service.department
    found = directory().responsible_department_id(category.id if category else None, area.id)
    return db.session.get_one(Department, found)


def route(request: ServiceRequest) -> str:
    """Set the responsible department and the deadline of a request from its category, area, service and urgency.

    Returns the department's code.
    """
    known = directory()
    owners = dict(known.services.values())
    found = owners.get(request.service_id) if request.service_id else None
    if found is None:
        found = known.responsible_department_id(request.category_id, request.area_id)
    request.department_id = found
    request.due_at = deadline(request.received_at, request.urgency, request.complexity)
    return known.department_codes[found]
