"""The city's rules for asking residents and for bad reviews: settings ``follow_up`` and ``rectification``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from webapp.domain.rectification import RectificationPolicy, rectification_policy_from
from webapp.domain.sampling import FollowUpPolicy, follow_up_policy_from
from webapp.extensions import db
from webapp.models import Setting

FOLLOW_UP = "follow_up"
RECTIFICATION = "rectification"


def _stored(name: str) -> dict[str, Any]:
    value = db.session.scalar(select(Setting.value).where(Setting.name == name))
    return value if isinstance(value, dict) else {}


def follow_up_policy() -> FollowUpPolicy:
    """The rules in force for follow-ups and the samples called on the phone."""
    return follow_up_policy_from(_stored(FOLLOW_UP))


def rectification_policy() -> RectificationPolicy:
    """The rules in force for bad reviews."""
    return rectification_policy_from(_stored(RECTIFICATION))
