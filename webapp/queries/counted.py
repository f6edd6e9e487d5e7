"""Counts of a window that go on from one write to the next: of its older days only what casework touched is read again.

A new review belongs to today, or to a few days ago where it is handed in late. A step of a case moves the units that the
case counts under, on the day on which it was received.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from webapp.domain.workflow_words import EventType
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.queries import tallies
from webapp.queries.kept import Ids, kept, parts_of
from webapp.queries.tallies import ByChannel, Window

FRESH_DAYS: Final = 7
MOST_TOUCHED: Final = 60
"""More units than this are not worth being read one by one"""
# After these a case may count under other units than before, or another case be concerned.
_MOVING: Final = frozenset(
    {
        EventType.ASSIGNED, EventType.OBJECTION_GRANTED, EventType.TRANSFERRED, EventType.MERGED, EventType.UNMERGED,
        EventType.CATEGORY_CORRECTED, EventType.AREA_CORRECTED,
    }
)  # fmt: skip


def today() -> date:
    """The present local day."""
    return local(utcnow()).date()


def counted(kind: str, window: Window) -> Mapping[int, ByChannel]:
    """The counts of a window by unit and channel."""
    older, day = window.days - FRESH_DAYS, today()
    if window.last < day or older < FRESH_DAYS:
        return tallies.read(kind, window, day)
    settled = _settled(kind, Window.ending(window.last - timedelta(days=FRESH_DAYS), older), day)
    fresh = tallies.read(kind, Window.ending(window.last, FRESH_DAYS), day)
    parts = parts_of(("counted", kind, window))
    both = {
        unit: parts.get(unit, tallies.joined, settled.get(unit, {}), channels)
        for unit, channels in fresh.items()
    }
    return {**settled, **both}


def _settled(kind: str, window: Window, day: date) -> Mapping[int, ByChannel]:
    def renew(old: Mapping[int, ByChannel], since: Ids, newest: Ids) -> Mapping[int, ByChannel] | None:
        units = _touched(kind, window, since, newest)
        if units is None:
            return None
        again = tallies.read(kind, window, day, units) if units else {}
        return {unit: channels for unit, channels in old.items() if unit not in units} | again

    key = ("settled", kind, window, day)
    return kept(key, lambda: tallies.read(kind, window, day), cases_only=True, renew=renew)


def _touched(kind: str, window: Window, since: Ids, newest: Ids) -> set[int] | None:
    """Units whose counts of the window a step since then may have moved; None where only reading all of them tells."""
    (event, trail), (_event, present_trail) = since, newest
    if event is None or trail != present_trail:
        return None
    rows = db.session.execute(
        select(RequestEvent.event_type, tallies.OWNER[kind])
        .join(ServiceRequest, ServiceRequest.id == RequestEvent.request_id)
        .where(RequestEvent.id > event, ServiceRequest.received_day <= window.last)
        .distinct()
        .limit(MOST_TOUCHED + 1)
    ).all()
    if len(rows) > MOST_TOUCHED or any(step in _MOVING for step, _unit in rows):
        return None
    return {unit for _step, unit in rows if unit is not None}
