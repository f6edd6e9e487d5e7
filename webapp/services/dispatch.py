"""Which department is responsible, and by when: category × area × service, with fallback to the district."""

from __future__ import annotations

from datetime import date, datetime

import chinese_calendar
from sqlalchemy import select

from webapp.domain.deadlines import DEFAULT_POLICY, Urgency, due_at, weekdays_only
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Area, Category, Department, DispatchRule, Service, ServiceRequest


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
    area = db.session.scalar(select(Area).where(Area.level == 1).order_by(Area.id))
    if area is None:
        raise NotFound("no city is loaded: run `flask demo load` or create areas first")
    return area


def responsible_department(
    category: Category | None, area: Area, service: Service | None = None
) -> Department:
    """The department answering for a trouble: the service's own, else the most specific rule, else the area's office.

    "Most specific" is the deepest category first, then the smallest area. Raises ``NotFound`` without any department.
    """
    if service is not None:
        return service.department
    area_ids = [int(part) for part in area.path.split("/") if part]
    while category is not None:
        rule = db.session.scalar(
            select(DispatchRule)
            .join(Area)
            .where(DispatchRule.category_id == category.id, DispatchRule.area_id.in_(area_ids))
            .order_by(Area.level.desc())
        )
        if rule is not None:
            return rule.department
        category = category.parent
    return _fallback(area_ids)


def _fallback(area_ids: list[int]) -> Department:
    """First-asked office of the smallest area that has one (a district's comprehensive office), else the city's."""
    office = db.session.scalar(
        select(Department)
        .join(Area, Area.id == Department.area_id)
        .where(Department.area_id.in_(area_ids), Department.code.like("%OFFICE%"))
        .order_by(Area.level.desc())
    ) or db.session.scalar(select(Department).order_by(Department.id))
    if office is None:
        raise NotFound("no department exists")
    return office


def route(request: ServiceRequest) -> Department:
    """Set the responsible department and the deadline of a request from its category, area, service and urgency."""
    area = db.session.get_one(Area, request.area_id)
    category = db.session.get(Category, request.category_id) if request.category_id else None
    service = db.session.get(Service, request.service_id) if request.service_id else None
    department = responsible_department(category, area, service)
    request.department_id = department.id
    request.due_at = deadline(request.received_at, request.urgency, request.complexity)
    return department
