"""不再反复 (DESIGN §5.6): when a request is the same trouble at the same place, back after it was called solved. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from webapp.domain.geo import distance_m

RETURN_DAYS: Final = timedelta(days=30)
"""A trouble that comes back within so many days was not solved; younger cases prove nothing yet"""
NEAR_M: Final = 200.0
"""Pins closer than this are on one place: a phone between houses is off by as much"""
NARROW_LEVEL: Final = 4
"""Community: in anything wider two troubles are at two places unless address or pin say otherwise"""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a request is: its smallest known area with its level (1 city … 5 grid), address, and pin (longitude, latitude)."""

    area_id: int
    level: int
    address: str = ""
    pin: tuple[float, float] | None = None


def is_same_place(one: Spot, other: Spot) -> bool:
    """By pins where both have one, else by address where both have one, else by the same community or grid."""
    if one.pin and other.pin:
        return distance_m(one.pin, other.pin) <= NEAR_M
    if one.address and other.address:
        return _plain(one.address) == _plain(other.address)
    return one.area_id == other.area_id and one.level >= NARROW_LEVEL


def _plain(address: str) -> str:
    return "".join(letter for letter in address if letter.isalnum()).lower()


def came_back_in_time(resolved_at: datetime | None, received_at: datetime) -> bool:
    """Whether a request received then came within ``RETURN_DAYS`` after the earlier one was resolved."""
    return resolved_at is not None and resolved_at <= received_at <= resolved_at + RETURN_DAYS
