"""No text message rings at night."""

from __future__ import annotations

from flask import current_app

from webapp.domain.quiet import QuietHours
from webapp.i18n import local
from webapp.models import utcnow
from webapp.services.outbox import Postponed


def wait_for_morning(urgent: bool = False) -> None:
    """Raises ``Postponed`` in the city's quiet hours, unless it is ``urgent``: that does not wait for the morning."""
    until = QuietHours.parse(current_app.config["QUIET_HOURS"]).until(local(utcnow()))
    if until is not None and not urgent:
        raise Postponed(until)
