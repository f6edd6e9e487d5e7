"""Running and ended mediations, and their counts by kind and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.domain.mediation import MediationKind, Outcome
from webapp.domain.permissions import Permission
from webapp.extensions import db
from webapp.models import Mediation, ServiceRequest, User
from webapp.queries.desk import scope_of

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class KindCounts:
    """Mediations of one kind: running, and ended by outcome."""

    kind: MediationKind
    running: int
    outcomes: dict[Outcome, int]

    @property
    def total(self) -> int:
        return self.running + sum(self.outcomes.values())


def counts(user: User) -> list[KindCounts]:
    """Mediations of the requests that this member of staff may see, by kind and outcome."""
    rows = db.session.execute(
        select(Mediation.kind, Mediation.outcome, func.count())
        .join(Mediation.request)
        .where(*scope_of(user, Permission.SEE_MEDIATIONS))
        .group_by(Mediation.kind, Mediation.outcome)
    )
    found = {(kind, outcome): int(count) for kind, outcome, count in rows}
    return [
        KindCounts(kind, found.get((kind, None), 0), {o: found.get((kind, o.value), 0) for o in Outcome})
        for kind in MediationKind
    ]


def mediations(user: User, ended: bool, page: int) -> tuple[Sequence[Mediation], int]:
    """One page of running mediations, the longest first, or of ended ones, the newest first; and how many there are."""
    m = Mediation
    where = [
        m.ended_at.is_not(None) if ended else m.ended_at.is_(None),
        *scope_of(user, Permission.SEE_MEDIATIONS),
    ]
    joined = select(m).join(m.request).where(*where)
    total = db.session.scalar(joined.with_only_columns(func.count())) or 0
    found = db.session.scalars(
        joined.options(
            contains_eager(m.request).options(
                joinedload(ServiceRequest.department), joinedload(ServiceRequest.category)
            )
        )
        .order_by(m.ended_at.desc() if ended else m.referred_at.asc(), m.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return found.unique().all(), total
