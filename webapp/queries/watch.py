"""Who looks at residents' data unlike their peers: for auditors, from the audit trail alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.domain.looks import MANY, PEERS, SOME, UNMASKING, far_more, is_night
from webapp.domain.permissions import Permission, roles_of
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import AuditEntry, ChatMessage, RequestEvent, ServiceRequest, User, utcnow

SPANS = (7, 30, 90)
_BATCH = 500
_CHAT = "conversation:"


@dataclass(slots=True)
class Looker:
    """What one member of staff unmasked: how often, how often at night, and what they never worked on.

    ``usual`` is the median of the peers for the three counts in that order; ``marks`` names the rules that fit.
    """

    user: User
    count: int = 0
    night: int = 0
    strange: list[str] = field(default_factory=list)
    usual: tuple[float, float, float] = (0.0, 0.0, 0.0)
    marks: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.count, self.night, len(self.strange)


def lookers(days: int) -> list[Looker]:
    """Everybody who unmasked something in the last ``days`` days, the most noticeable first."""
    found = _counted(utcnow() - timedelta(days=days))
    for one in found.values():
        _compare(one, _peers(one, found.values()))
    seen = [one for one in found.values() if one.count]
    return sorted(seen, key=lambda one: (-len(one.marks), -one.count, one.user.id))


def _counted(since: datetime) -> dict[int, Looker]:
    roles = [role.value for role in roles_of(Permission.UNMASK_CONTACT) | roles_of(Permission.UNMASK_CHAT)]
    entries = db.session.execute(
        select(AuditEntry.user_id, AuditEntry.at, AuditEntry.subject)
        .where(AuditEntry.action.in_(UNMASKING), AuditEntry.at >= since, AuditEntry.user_id.is_not(None))
        .order_by(AuditEntry.id.desc())
    ).all()
    looked = {user_id for user_id, _at, _subject in entries}
    users = db.session.scalars(
        select(User)
        .where(User.id.in_(looked) | (User.active.is_(True) & User.role.in_(roles)))
        .options(joinedload(User.department))
    )
    found = {user.id: Looker(user) for user in users}
    worked = _worked_on({subject for _user, _at, subject in entries}, looked)
    for user_id, at, subject in entries:
        one = found[user_id]
        one.count += 1
        one.night += is_night(local(at).hour)
        if (user_id, subject) not in worked and subject not in one.strange:
            one.strange.append(subject)
    return found


def _worked_on(subjects: set[str], users: set[int]) -> set[tuple[int, str]]:
    """(user, subject) where the user did a step of the case, took it down, or wrote in the conversation."""
    numbers = sorted(s for s in subjects if not s.startswith(_CHAT))
    chats = sorted(int(s.removeprefix(_CHAT)) for s in subjects if s.startswith(_CHAT))
    worked: set[tuple[int, str]] = set()
    for batch in _batches(numbers):
        steps = (
            select(RequestEvent.user_id, ServiceRequest.service_request_id)
            .join(ServiceRequest, ServiceRequest.id == RequestEvent.request_id)
            .where(ServiceRequest.service_request_id.in_(batch), RequestEvent.user_id.in_(users))
        )
        calls = select(AuditEntry.user_id, AuditEntry.subject).where(
            AuditEntry.subject.in_(batch), AuditEntry.action == "request.take_down"
        )
        worked |= {(user, number) for user, number in db.session.execute(steps.union(calls))}
    for some in _batches(chats):
        written = (
            select(ChatMessage.user_id, ChatMessage.conversation_id)
            .where(ChatMessage.conversation_id.in_(some), ChatMessage.user_id.in_(users))
            .distinct()
        )
        worked |= {(user, f"{_CHAT}{number}") for user, number in db.session.execute(written)}
    return worked


def _batches(items: Sequence[str] | Sequence[int]) -> Iterable[Sequence[str] | Sequence[int]]:
    return (items[i : i + _BATCH] for i in range(0, len(items), _BATCH))


def _peers(one: Looker, everybody: Iterable[Looker]) -> list[Looker]:
    others = [other for other in everybody if other is not one]
    same = [other for other in others if other.user.role == one.user.role]
    return same if len(same) >= PEERS else others


def _compare(one: Looker, peers: Sequence[Looker]) -> None:
    columns = list(zip(*(peer.counts for peer in peers), strict=True)) or [(), (), ()]
    one.usual = tuple(float(median(column)) if column else 0.0 for column in columns)  # type: ignore[assignment]
    rules = zip(("many", "night", "strange"), one.counts, columns, (MANY, SOME, SOME), strict=True)
    one.marks = tuple(name for name, count, column, least in rules if far_more(count, column, least))
