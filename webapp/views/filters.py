"""Template filters that every page shares: local times, shares in per cent, masked text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import format_datetime
from flask_babel import gettext as _

from nlp.mask import mask_personal_data
from webapp.domain.workflow import Action, EventType, Role, Solved, Status, Verdict
from webapp.queries.masking import masked_for


def moment(value: datetime | None) -> str:
    """An aware datetime as the reader's locale writes it, in the city's time zone; a dash for None."""
    return format_datetime(value, "yyyy-MM-dd HH:mm") if value else "—"


def percent(value: float | None, digits: int = 0) -> str:
    """A share 0–1 as per cent; a dash for None."""
    return "—" if value is None else f"{value * 100:.{digits}f}%"


def label(value: str, kind: str) -> str:
    """The translated name of a status, action, event, role or answer."""
    kinds: dict[str, type[Any]] = {
        "status": Status,
        "action": Action,
        "event": EventType,
        "role": Role,
        "solved": Solved,
        "verdict": Verdict,
    }
    return _(kinds[kind](value).label)


def masked(text: str | None) -> str:
    """A resident's or an office's words without personal data, for pages that others see."""
    return mask_personal_data(text or "")


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        moment=moment, percent=percent, label=label, masked=masked, masked_for=masked_for
    )
