"""Integrity of the votes: what is set aside, why, and back again. Nothing is ever deleted.

A sweep looks at the services that were rated since the last one, each with its votes of the last ``LOOKBACK`` days;
what it costs follows from what is new, not from how many reviews there are. A vote that a person restored stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from webapp.domain.integrity import Reason, Vote, screen
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import AuditEntry, Review, Service, Setting, utcnow
from webapp.services import appeals, audit, rollups
from webapp.services.actor import Actor

LOOKBACK = timedelta(days=30)
# A vote that was being written while the last sweep looked is seen by the next.
OVERLAP = timedelta(minutes=15)
PROGRESS = "integrity_sweep"
_BATCH = 2000


def sweep(now: datetime | None = None, counting: bool = True) -> int:
    """Apply the integrity checks to recent votes; returns how many were newly set aside. Commits, service by service.

    Safe to run again at any time: votes already set aside stay part of the picture and are not counted twice.
    Without ``counting`` the roll-ups are left as they are: the caller rebuilds them afterwards.
    """
    moment = now or utcnow()
    newest, services = _rated_since_last_sweep(moment)
    total = 0
    for service_id in services:
        total += _sweep_service(service_id, moment, counting)
        db.session.commit()
    _remember({"at": moment.isoformat(), "review": newest})
    db.session.commit()
    return total


def _rated_since_last_sweep(moment: datetime) -> tuple[int, list[int]]:
    """Highest id of a review, and the services with votes that no sweep has seen (imports count by their id)."""
    last: dict[str, Any] = db.session.scalar(select(Setting.value).where(Setting.name == PROGRESS)) or {}
    horizon = moment - LOOKBACK
    since = max(datetime.fromisoformat(last["at"]) - OVERLAP, horizon) if last else horizon
    newest = db.session.scalar(select(Review.id).order_by(Review.id.desc()).limit(1)) or 0
    recent = select(Review.service_id).where(Review.created_at >= since)
    imported = select(Review.service_id).where(
        Review.id > last.get("review", newest), Review.created_at >= horizon
    )
    return newest, sorted({*db.session.scalars(recent.distinct()), *db.session.scalars(imported.distinct())})


def _votes(service_id: int, since: datetime) -> tuple[list[Vote], set[int]]:
    """The service's votes since then, set-aside ones among them, and the ids of those."""
    rows = db.session.execute(
        select(Review.id, Review.identity, Review.rating, Review.created_at, Review.comment, Review.set_aside)
        .where(Review.service_id == service_id, Review.created_at >= since)
        .where(Review.rating.is_not(None), Review.is_default.is_(False))
    ).all()
    votes = [
        Vote(
            r.id, str(service_id), r.identity, r.rating, r.created_at, r.comment,
            r.set_aside == Reason.STAFF_NETWORK, r.set_aside or "",
        )
        for r in rows if r.rating
    ]  # fmt: skip
    return votes, {r.id for r in rows if r.set_aside is not None}


def _sweep_service(service_id: int, moment: datetime, counting: bool) -> int:
    votes, aside = _votes(service_id, moment - LOOKBACK)
    found: dict[Reason, list[int]] = defaultdict(list)
    for suggestion in screen(votes):
        if suggestion.vote_id not in aside:
            found[suggestion.reason].append(suggestion.vote_id)
    numbers: dict[Reason, list[str]] = {}
    for reason, ids in found.items():
        numbers[reason] = [n for batch in _batches(ids) for n in _set_aside(batch, reason, counting)]
    if not any(numbers.values()):
        return 0
    code = db.session.scalar(select(Service.service_code).where(Service.id == service_id))
    for reason, reviews in numbers.items():
        if reviews:
            audit.record("review.set_aside", f"service:{code}", reason=reason.value, reviews=sorted(reviews))
    return sum(map(len, numbers.values()))


def _set_aside(ids: Sequence[int], reason: Reason, counting: bool) -> Sequence[str]:
    """Set votes aside in one statement, less those that a person has put back before; returns the numbers of the others.

    The statement locks the rows before the facts are read that the counts belong to.
    """
    restored = select(AuditEntry.subject).where(
        AuditEntry.action == "review.restore", AuditEntry.subject == Review.review_id
    )
    chosen = db.session.execute(
        update(Review)
        .where(Review.id.in_(ids), Review.set_aside.is_(None), ~restored.exists())
        .values(set_aside=reason.value, version=Review.version + 1)
        .returning(Review.id, Review.review_id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if counting and chosen:
        rollups.count_set_aside([row.id for row in chosen])
    return [row.review_id for row in chosen]


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _remember(progress: dict[str, Any]) -> None:
    done = db.session.execute(update(Setting).where(Setting.name == PROGRESS).values(value=progress))
    if not done.rowcount:  # type: ignore[attr-defined]
        db.session.add(Setting(name=PROGRESS, value=progress))


def restore(review_id: str, note: str, actor: Actor) -> Review:
    """Count a set-aside vote again; no sweep will set it aside once more. Commits.

    Raises ``NotFound`` when no such vote is set aside, ``InvalidInput`` without a reason.
    """
    review = db.session.scalar(
        select(Review).where(Review.review_id == review_id, Review.set_aside.is_not(None))
    )
    if review is None:
        raise NotFound(_("没有找到这条已搁置的评价。"))
    if not note.strip():
        raise InvalidInput(_("请写明恢复计入的理由。"), "note")
    reason, review.set_aside = review.set_aside, None
    if reason == Reason.APPEAL:
        appeals.overruled(review, actor, note, utcnow())
    audit.record("review.restore", review.review_id, actor.user_id, reason=reason, note=note.strip()[:200])
    db.session.commit()
    return review
