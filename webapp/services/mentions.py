"""Mentions in notes: a colleague who may see the case finds it under "@我", and is told."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.mentions import mentioned
from webapp.extensions import db
from webapp.models import Mention, RequestEvent, User
from webapp.services import notifications


def record(event: RequestEvent, may_see: Callable[[User], bool]) -> None:
    """Store whom this note mentions, and tell them, in the caller's transaction. Oneself is not told."""
    for user in _named(event.note):
        if user.id != event.user_id and may_see(user):
            db.session.flush()
            db.session.add(Mention(request_id=event.request_id, event_id=event.id, user_id=user.id))
            _tell(user, event)


def not_reached(event: RequestEvent) -> list[str]:
    """Names with an @ in a stored note that reached nobody: misspelt, or of somebody who may not see the case."""
    users = _named(event.note)
    told = set(db.session.scalars(select(Mention.user_id).where(Mention.event_id == event.id)))
    reached = {user.name for user in users if user.id in told or user.id == event.user_id}
    _found, unknown = mentioned(event.note, {user.name for user in users})
    return [*sorted({user.name for user in users} - reached), *unknown]


def _named(note: str) -> list[User]:
    """Active colleagues whose names stand after an @."""
    if "@" not in note and "＠" not in note:
        return []
    names = set(db.session.scalars(select(User.name).where(User.active.is_(True)).distinct()))
    found, _unknown = mentioned(note, names)
    return list(db.session.scalars(select(User).where(User.active.is_(True), User.name.in_(found))))


def _tell(user: User, event: RequestEvent) -> None:
    number = event.request.service_request_id
    notifications.notify_user(
        user.id, "mention", _("有人在 %(number)s 的备注里提到您", number=number), f"/desk/requests/{number}",
        f"mention:{event.id}",
    )  # fmt: skip
