"""Free text and photos past their time: masked for good, cut down, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import Column, Table, Text, delete, select, update

from nlp.mask import mask_personal_data
from webapp import crypto
from webapp.extensions import db
from webapp.models import (
    Attachment,
    DataRequest,
    Rectification,
    RequestEvent,
    Review,
    SealedNote,
    ServiceRequest,
)
from webapp.models.base import ENCRYPTED
from webapp.queries.masking import without_name
from webapp.services import search_index

BATCH = 200
# Chained (and masked when written), masked above, or with a time of their own.
_OWN_WAY = frozenset({"request_events", "service_requests", "reviews", "search_texts"})
# 3号楼2单元501室 → 3号楼: the house is where the trouble was, the flat is where somebody lives.
_NUMBER = "[0-9０-９一二三四五六七八九十A-Za-z]"
_FLAT = re.compile(
    rf"(?<=[栋幢楼座号])[ 　,，-]*{_NUMBER}{{1,4}}(?:单元|门栋|门)?[ 　,，-]*[0-9０-９]{{0,4}}(?:室|户|房|号房)?$"
)
_UNIT = re.compile(r"[0-9０-９一二三四五六七八九十]{1,3}单元.*$|[0-9０-９]{3,4}(?:室|户|房)$")
# Three decimals: about 100 m.
_ROUGH = 3


def rough_address(address: str) -> str:
    """An address without the flat."""
    return _FLAT.sub("", _UNIT.sub("", mask_personal_data(address))).rstrip(" ,，-")


def without(text: str, name: str = "") -> str:
    """A text without personal data, and without a name that is known to be the writer's."""
    return mask_personal_data(without_name(text, name))


def _name_of(request: ServiceRequest) -> str:
    try:
        return crypto.decrypt(request.contact_name) or ""
    except LookupError:
        return ""


def before_forgetting_name(request: ServiceRequest) -> dict[str, Any]:
    """Column → value that must be stored with the loss of the reporter's name (caller's transaction).

    Pages star the name in the words because they know it; once it is gone it would stand there in the clear. So it is
    starred for good, and the words then no longer are what the fingerprint in the chain says: its salt goes.
    """
    name = _name_of(request)
    _mask_what_hangs_on(request, name)
    starred = {part: without_name(getattr(request, part), name) for part in ("text", "subject", "address")}
    if starred["text"] != request.text:
        starred["words_salt"] = ""
    return {part: value for part, value in starred.items() if value != getattr(request, part)}


def mask_request(request: ServiceRequest, now: datetime) -> None:
    """Mask what the resident wrote, for good, and delete the sealed words of the history (caller's transaction)."""
    name = _name_of(request)
    text = without(request.text, name)
    analysis = dict(request.analysis or {})
    for part in ("keywords", "places"):
        if part in analysis:
            said = (item.get("text", "") if isinstance(item, dict) else str(item) for item in analysis[part])
            analysis[part] = [item for item, word in zip(analysis[part], said, strict=True) if word in text]
    table: Table = ServiceRequest.__table__  # type: ignore[assignment]
    connection = db.session.connection()
    connection.execute(
        update(table).where(table.c.id == request.id).values(
            text=text, subject=without(request.subject, name), address=rough_address(request.address),
            latitude=_rough(request.latitude), longitude=_rough(request.longitude), analysis=analysis or request.analysis,
            words_salt="", words_masked_at=now,
        )
    )  # fmt: skip
    _mask_what_hangs_on(request, name)
    events = select(RequestEvent.id).where(RequestEvent.request_id == request.id)
    connection.execute(delete(SealedNote).where(SealedNote.event_id.in_(events)))
    asked = DataRequest.__table__
    connection.execute(update(asked).where(asked.c.request_id == request.id).values(words=None))  # type: ignore[arg-type]
    # What the session holds of them is stale now: the next step must not write the clear words back.
    db.session.expire(request)
    search_index.refresh([request.id])


@cache
def _hanging_texts() -> tuple[tuple[Table, Column[Any], list[Column[Any]]], ...]:
    """Every table whose rows belong to a request, by which column, and its free texts (reviews have their own time)."""
    return tuple(_find_hanging_texts())


def _find_hanging_texts() -> Iterator[tuple[Table, Column[Any], list[Column[Any]]]]:
    for table in db.metadata.sorted_tables:
        if table.name in _OWN_WAY:
            continue
        texts = [c for c in table.columns if type(c.type) is Text and not c.info.get(ENCRYPTED)]
        for column in table.columns if texts else ():
            if any(key.column.table.name == ServiceRequest.__tablename__ for key in column.foreign_keys):
                yield table, column, texts


def _mask_what_hangs_on(request: ServiceRequest, name: str) -> None:
    """What staff wrote about a request in other tables, whichever there are: reasons, reports, measures."""
    connection = db.session.connection()
    for table, owner, texts in _hanging_texts():
        keys = list(table.primary_key.columns)
        for row in connection.execute(select(*keys, *texts).where(owner == request.id)).all():
            said = dict(zip(texts, row[len(keys) :], strict=True))
            masked = {
                c.name: without(text, name)
                for c, text in said.items()
                if text and without(text, name) != text
            }
            if masked:
                same = [key == value for key, value in zip(keys, row, strict=False)]
                connection.execute(update(table).where(*same).values(**masked))


def _rough(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, _ROUGH)


def mask_reviews(cutoff: datetime, now: datetime, dry_run: bool) -> int:
    """Comments, replies and measures of old reviews; returns how many. Commits batch by batch."""
    count, last = 0, 0
    table: Table = Review.__table__  # type: ignore[assignment]
    mending: Table = Rectification.__table__  # type: ignore[assignment]
    while True:
        statement = (
            select(Review.id, Review.comment, Review.reply, Rectification.id, Rectification.measure)
            .outerjoin(Rectification, Rectification.review_id == Review.id)
            .where(Review.id > last, Review.created_at < cutoff, Review.words_masked_at.is_(None))
            .order_by(Review.id).limit(BATCH)
        )  # fmt: skip
        rows = db.session.execute(statement).all()
        if not rows:
            return count
        last, count = rows[-1][0], count + len(rows)
        if dry_run:
            continue
        connection = db.session.connection()
        for number, comment, reply, mending_id, measure in rows:
            values = {"comment": without(comment), "reply": without(reply), "words_masked_at": now}
            connection.execute(update(table).where(table.c.id == number).values(**values))
            if measure and without(measure) != measure:
                changed = update(mending).where(mending.c.id == mending_id)
                connection.execute(changed.values(measure=without(measure)))
        db.session.commit()


def photos_of(request: ServiceRequest) -> list[str]:
    """The digests of a request's photos: those that came with it, and those of later steps."""
    return list(db.session.scalars(select(Attachment.sha256).where(Attachment.request_id == request.id)))


def delete_photos(request: ServiceRequest) -> list[str]:
    """Delete a request's photos from the database; returns the digests of their files (caller's transaction)."""
    names = photos_of(request)
    db.session.connection().execute(delete(Attachment).where(Attachment.request_id == request.id))
    db.session.expire(request, ["attachments"])
    return names


def delete_files(digests: set[str]) -> None:
    """Delete the files of photos that nothing refers to any more; after the rows are gone for sure."""
    used = set(db.session.scalars(select(Attachment.sha256).where(Attachment.sha256.in_(digests))))
    for digest in digests - used:
        (current_app.config["UPLOAD_DIR"] / f"{digest}.jpg").unlink(missing_ok=True)
