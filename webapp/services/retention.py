"""What is past its time is deleted or masked, and no number moves.

Scores and roll-ups count rows and facts (ratings, deadlines, answers, levels of anger), none of which is touched here:
contact fields go, identities are cut off, words are masked for good, chats are deleted. ``RETENTION_DAYS`` says after how
many days; 0 keeps a kind. The sweep may run at any time and does nothing twice.

Events and the audit trail are hash-chained and stay as they are: notes were masked before they entered the chain
(:mod:`webapp.services.sealing`); what is deleted here are the sealed words beside it, and their salts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Table, exists, func, or_, select, update
from sqlalchemy.orm.util import identity_key

from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import Attachment, CaseFile, RequestEvent, ServiceRequest, Support, utcnow
from webapp.services import audit, case_files, retention_people, retention_words, rights_notice, search_index

ENDED = (Status.CLOSED.value, Status.MERGED.value, Status.OUT_OF_SCOPE.value)
BATCH = 200
KINDS = ("contact", "identity", "words", "photos", "files", "chat", "wechat", "notices")


def days() -> dict[str, int]:
    """Kind → days kept after the end of the case (chat: after the last word); 0: kept."""
    return {kind: int(current_app.config["RETENTION_DAYS"][kind]) for kind in KINDS}


def run(now: datetime | None = None, dry_run: bool = False) -> dict[str, int]:
    """Do everything that is due; returns kind → how many requests, reviews, conversations … it concerned. Commits."""
    moment = now or utcnow()
    done: dict[str, int] = {}
    if not dry_run:
        rights_notice.forget_numbers(moment)
        db.session.commit()
    for kind, kept in days().items():
        if kept:
            done[kind] = _STEPS[kind](moment - timedelta(days=kept), moment, dry_run)
    if not dry_run and any(done.values()):
        audit.record("retention.run", "retention", None, **done)
        db.session.commit()
    # What was changed by table is stale in the session.
    db.session.expire_all()
    return done


def ended_at(request: ServiceRequest) -> datetime | None:
    """When a request's case was over: for a merged one, the case that it was merged into. None while it is open."""
    if request.status == Status.MERGED.value:
        return ended_at(request.merged_into) if request.merged_into is not None else None
    if request.status == Status.OUT_OF_SCOPE.value:
        return db.session.scalar(
            select(func.max(RequestEvent.at)).where(RequestEvent.request_id == request.id)
        )
    return request.closed_at if request.status == Status.CLOSED.value else None


def _over(cutoff: datetime, unfinished: ColumnElement[bool]) -> Iterator[list[ServiceRequest]]:
    """Batches of requests that were over before ``cutoff`` and still hold what ``unfinished`` looks for."""
    last = 0
    r = ServiceRequest
    while True:
        rows = db.session.scalars(
            select(r)
            .where(r.id > last, r.status.in_(ENDED), r.received_at < cutoff, unfinished)
            .where(or_(r.closed_at.is_(None), r.closed_at < cutoff))
            .order_by(r.id).limit(BATCH)
        ).all()  # fmt: skip
        if not rows:
            return
        last = rows[-1].id
        yield [row for row in rows if (end := ended_at(row)) is not None and end < cutoff]


def change(model: type[Any], row_id: int, **values: Any) -> None:
    """Write by table: no optimistic lock moves, no roll-up is asked."""
    table: Table = model.__table__
    db.session.connection().execute(update(table).where(table.c.id == row_id).values(**values))
    # What the session holds of the row is stale now.
    known = db.session.identity_map.get(identity_key(model, row_id))
    if known is not None:
        db.session.expire(known)
    if model is ServiceRequest and {"text", "address"} & values.keys():
        search_index.refresh([row_id])


def _contact(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    r, count = ServiceRequest, 0
    held = or_(r.contact_name.is_not(None), r.contact_phone.is_not(None), r.phone_index.is_not(None))
    for batch in _over(cutoff, held):
        count += len(batch)
        if not dry_run:
            for request in batch:
                erase_contact(request)
            db.session.commit()
    return count + retention_people.review_contacts(cutoff, dry_run)


def erase_contact(request: ServiceRequest) -> None:
    """Name, phone and the index of the phone (in the caller's transaction)."""
    starred = retention_words.before_forgetting_name(request)
    change(ServiceRequest, request.id, **starred, contact_name=None, contact_phone=None, phone_index=None)


def _identity(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    count = 0
    held = or_(
        ServiceRequest.identity.is_not(None), exists(retention_people.open_supports(ServiceRequest.id))
    )
    for batch in _over(cutoff, held):
        count += len(batch)
        if not dry_run:
            for request in batch:
                cut_off_identity(request)
            db.session.commit()
    return count + retention_people.reviews(cutoff, dry_run)


def cut_off_identity(request: ServiceRequest) -> None:
    """Who reported and who supported can no longer be linked to anything else (in the caller's transaction)."""
    change(ServiceRequest, request.id, identity=None)
    for support in db.session.scalars(retention_people.open_supports(request.id)).all():
        change(Support, support.id, identity=retention_people.retired_supporter(support))


def _words(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    count = 0
    for batch in _over(cutoff, ServiceRequest.words_masked_at.is_(None)):
        count += len(batch)
        if not dry_run:
            for request in batch:
                retention_words.mask_request(request, now)
            db.session.commit()
    return count + retention_words.mask_reviews(cutoff, now, dry_run)


def _photos(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    count = 0
    for batch in _over(cutoff, exists().where(Attachment.request_id == ServiceRequest.id)):
        found = [retention_words.photos_of(request) for request in batch]
        count += sum(map(len, found))
        if not dry_run:
            for request in batch:
                retention_words.delete_photos(request)
            db.session.commit()
            retention_words.delete_files({name for names in found for name in names})
    return count


def _files(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    """What staff attached: a PDF holds names and numbers that no mask reaches, so it goes as a whole."""
    count = 0
    for batch in _over(cutoff, exists().where(CaseFile.request_id == ServiceRequest.id)):
        count += sum(len(case_files.of(request)) for request in batch)
        if not dry_run:
            gone = [case_files.forget(request) for request in batch]
            db.session.commit()
            case_files.delete_unused({name for names in gone for name in names})
    return count


_STEPS = {
    "contact": _contact, "identity": _identity, "words": _words, "photos": _photos, "files": _files,
    "chat": retention_people.chats, "wechat": retention_people.followers, "notices": retention_people.notices,
}  # fmt: skip
