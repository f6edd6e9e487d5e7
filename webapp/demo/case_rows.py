"""Rows beside a request: how it was dispatched, objections and their review, offices called in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from webapp.demo.catalog import Catalog
from webapp.demo.places import City
from webapp.demo.records import DemoEvent, DemoRequest
from webapp.demo.rows import Ids, Row
from webapp.domain.deadlines import add_workdays
from webapp.domain.workflow import EventType
from webapp.queries import deadlines
from webapp.workdays import is_workday

_REVIEWS = {
    EventType.OBJECTION_GRANTED.value: "granted", EventType.OBJECTION_REFUSED.value: "refused",
    EventType.OUT_OF_SCOPE.value: "out_of_scope",
}  # fmt: skip


def dispatch_row(record: DemoRequest, row_id: int, ids: Ids, city: City, catalog: Catalog) -> Row | None:
    """Where the request went first, and by which rule."""
    first = next((e for e in record.events if e.event_type == EventType.ASSIGNED.value), None)
    if first is None:
        return None
    category, area = catalog.rule(city, record.category_code, record.area_code)
    department = first.data["department"]
    ruled = catalog.responsible(city, record.category_code, record.area_code) == department
    return {
        "request_id": row_id, "at": first.at, "by": "rule" if ruled else "area",
        "rule_category_id": ids.categories[category] if ruled else None,
        "rule_area_id": ids.areas[area] if ruled else None, "department_id": ids.departments[department],
    }  # fmt: skip


def _review_of(events: list[DemoEvent]) -> tuple[datetime | None, str]:
    found = next((e for e in events if e.event_type in _REVIEWS), None)
    return (found.at, _REVIEWS[found.event_type]) if found else (None, "")


def objection_rows(record: DemoRequest, row_id: int, ids: Ids) -> Iterator[Row]:
    """Each objection with its review."""
    for place, event in enumerate(record.events):
        if event.event_type == EventType.OBJECTED.value:
            reviewed_at, outcome = _review_of(record.events[place:])
            policy = deadlines.policy()
            yield {
                "request_id": row_id, "department_id": ids.departments[event.department_code], "reason": event.note,
                "objected_at": event.at, "reviewed_at": reviewed_at, "outcome": outcome,
                "due_at": add_workdays(event.at, policy.objection_workdays, policy, is_workday),
            }  # fmt: skip


def task_rows(record: DemoRequest, row_id: int, ids: Ids) -> Iterator[Row]:
    """Offices called in."""
    for task in record.tasks:
        yield {
            "request_id": row_id, "department_id": ids.departments[task.department_code], "task": task.task,
            "called_at": task.called_at, "due_at": task.due_at, "ended_at": task.ended_at, "outcome": task.outcome,
            "report": task.report,
        }  # fmt: skip
