"""No status without its event: a script that writes a status by hand is refused, whatever it is.

Before each flush every changed status must be the end of a chain of new events, each of which is a row of the workflow's
table. So an illegal move cannot be stored from any screen, program or shell.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from webapp.domain.workflow import RULES
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest

_MOVES = frozenset((status.value, rule.status_after.value) for (status, _action), rule in RULES.items())


class UnrecordedMove(RuntimeError):
    """A status was changed past the workflow. Nothing is stored."""


def _check(session: Session, *_: Any) -> None:
    steps: dict[int, list[RequestEvent]] = {}
    for new in session.new:
        if isinstance(new, RequestEvent):
            steps.setdefault(id(new.request), []).append(new)
    for changed in session.dirty:
        if isinstance(changed, ServiceRequest):
            before = inspect(changed).attrs.status.history.deleted
            if before:
                _follow(changed, before[0], steps.get(id(changed), []))


def _follow(request: ServiceRequest, status: str, steps: list[RequestEvent]) -> None:
    for step in sorted(steps, key=lambda e: e.sequence):
        if (status, step.status) not in _MOVES:
            break
        status = step.status
    if status != request.status:
        raise UnrecordedMove(f"{request.service_request_id}: {status} → {request.status} is no recorded step")


def listen() -> None:
    """Attach to the session (idempotent)."""
    if not event.contains(db.session, "before_flush", _check):
        event.listen(db.session, "before_flush", _check)
