"""A city's clocks as plain values (setting ``deadline_policy``): read with care, written in full."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from webapp.domain.deadlines import DEFAULT_POLICY, Allowance, DeadlinePolicy, Urgency

HOURS: Final = (Urgency.EMERGENCY, Urgency.URGENT)
"""Clocks that run day and night; the others count working days."""

# name → (least, most, whole numbers only); the unit is in the name.
LIMITS: Final[Mapping[str, tuple[float, float, bool]]] = MappingProxyType(
    {
        "emergency_hours": (0.5, 24, False),
        "emergency_warn_hours": (0.1, 12, False),
        "urgent_hours": (1, 120, False),
        "urgent_warn_hours": (0.1, 48, False),
        "ordinary_workdays": (1, 60, True),
        "ordinary_warn_hours": (1, 240, False),
        "complex_workdays": (1, 120, True),
        "complex_warn_hours": (1, 240, False),
        "max_pause_days": (0, 30, False),
        "max_extension_workdays": (1, 60, True),
        "silence_days": (1, 60, True),
        "escalate_after_hours": (1, 240, False),
        "objection_workdays": (1, 10, True),
        "joint_workdays": (1, 15, True),
    }
)


class OutOfRange(ValueError):
    """``field`` must lie between ``least`` and ``most`` (and be whole where ``whole``)."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.least, self.most, self.whole = LIMITS[field]
        super().__init__(f"{field} must be a number from {self.least:g} to {self.most:g}")


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


def values_of(policy: DeadlinePolicy) -> dict[str, float]:
    """The policy as the flat values of ``LIMITS``."""
    values: dict[str, float] = {}
    for urgency, allowance in policy.allowances.items():
        if urgency in HOURS:
            values[f"{urgency}_hours"] = allowance.hours
        else:
            values[f"{urgency}_workdays"] = allowance.workdays
        values[f"{urgency}_warn_hours"] = _hours(allowance.warn_before)
    return values | {
        "max_pause_days": policy.max_pause / timedelta(days=1),
        "max_extension_workdays": policy.max_extension_workdays,
        "silence_days": policy.silence_days,
        "escalate_after_hours": _hours(policy.escalate_after),
        "objection_workdays": policy.objection_workdays,
        "joint_workdays": policy.joint_workdays,
    }


def checked(values: Mapping[str, Any]) -> dict[str, float]:
    """All values of a policy as numbers, missing ones from the defaults. Raises OutOfRange naming the field."""
    found = values_of(DEFAULT_POLICY)
    for field, (least, most, whole) in LIMITS.items():
        if field not in values:
            continue
        try:
            number = float(values[field])
        except (TypeError, ValueError):
            number = math.nan
        if not least <= number <= most or (whole and number != int(number)):
            raise OutOfRange(field)
        found[field] = int(number) if whole else number
    for urgency in Urgency:
        # A warning longer than the clock itself would be no warning.
        usual = f"{urgency}_hours" if urgency in HOURS else f"{urgency}_workdays"
        hours = found[usual] * (1 if urgency in HOURS else 24)
        if found[f"{urgency}_warn_hours"] >= hours:
            raise OutOfRange(f"{urgency}_warn_hours")
    return found


def policy_from(values: Mapping[str, Any], timezone: str = DEFAULT_POLICY.timezone) -> DeadlinePolicy:
    """The policy that the setting's values say. Raises OutOfRange naming the field."""
    v = checked(values)
    allowances = {
        urgency: Allowance(
            hours=v.get(f"{urgency}_hours", 0),
            workdays=int(v.get(f"{urgency}_workdays", 0)),
            warn_before=timedelta(hours=v[f"{urgency}_warn_hours"]),
        )
        for urgency in Urgency
    }
    return replace(
        DEFAULT_POLICY,
        timezone=timezone,
        allowances=MappingProxyType(allowances),
        max_pause=timedelta(days=v["max_pause_days"]),
        max_extension_workdays=int(v["max_extension_workdays"]),
        silence_days=int(v["silence_days"]),
        escalate_after=timedelta(hours=v["escalate_after_hours"]),
        objection_workdays=int(v["objection_workdays"]),
        joint_workdays=int(v["joint_workdays"]),
    )
