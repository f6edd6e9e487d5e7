"""Which department is responsible, and by when: category × area × service, with fallback to the district."""

from __future__ import annotations

from datetime import datetime

from webapp.domain.deadlines import due_at
from webapp.extensions import db
from webapp.models import Area, Category, Department, FirstDispatch, Service, ServiceRequest, utcnow
from webapp.queries import deadlines
from webapp.queries.deadlines import clock_class
from webapp.queries.directory import Directory, directory
from webapp.workdays import is_workday

__all__ = ["city", "clock_class", "deadline", "responsible_department", "route"]


def deadline(received_at: datetime, urgency: str, complexity: str = "ordinary") -> datetime:
    """The moment (UTC) by which a request must be resolved."""
    return due_at(received_at, clock_class(urgency, complexity), deadlines.policy(), is_workday)


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


def _found(request: ServiceRequest, known: Directory) -> FirstDispatch:
    """Who is asked first, and why."""
    owner = dict(known.services.values()).get(request.service_id) if request.service_id else None
    if owner is not None:
        return FirstDispatch(request=request, by="service", department_id=owner)
    department, rule = known.responsible(request.category_id, request.area_id)
    if rule is None:
        return FirstDispatch(request=request, by="area", department_id=department)
    return FirstDispatch(
        request=request, by="rule", rule_category_id=rule[0], rule_area_id=rule[1], department_id=department
    )


def route(request: ServiceRequest, at: datetime | None = None) -> str:
    """Set the responsible department and the deadline of a request from its category, area, service and urgency.

    Once in a request's life; what led there is kept, so that the rules can be judged. Returns the department's code.
    """
    known = directory()
    first = _found(request, known)
    first.at = at or utcnow()
    db.session.add(first)
    request.department_id = first.department_id
    request.due_at = deadline(request.received_at, request.urgency, request.complexity)
    return known.department_codes[first.department_id]
