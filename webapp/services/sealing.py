"""Words that a chain must not hold: the event keeps them masked, their clear form lies encrypted beside it.

Events are hash-chained and never rewritten, but people have a right to have their data deleted. So the note in the
chain is masked when it is written, and the chain holds only a salted SHA-256 of the clear words: it proves that what
is sealed is what was said. Deleting the sealed row deletes the salt; nobody can then try out phone numbers against
the hash that is left, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp import crypto
from webapp.extensions import db
from webapp.models import RequestEvent, SealedNote, ServiceRequest
from webapp.queries.masking import masked_for

KEY = "sealed"
WORDS = "words"


def new_salt() -> str:
    """128 random bits, 32 hex digits."""
    return secrets.token_hex(16)


def commitment(salt: str, text: str) -> str:
    """Salted SHA-256 of a text (64 hex digits): binding, and silent about the text once the salt is gone."""
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def masked_note(note: str, request: ServiceRequest) -> tuple[str, SealedNote | None, dict[str, str]]:
    """What the chain may hold of a note, the sealed rest (None where nothing had to be hidden), and the event's data."""
    shown = masked_for(note, request)
    if shown == note:
        return note, None, {}
    salt = new_salt()
    return (
        shown,
        SealedNote(salt=salt, text=crypto.encrypt(note) or ""),
        {KEY: commitment(salt, note)},
    )


def fingerprint(text: str, salt: str) -> dict[str, str]:
    """What the first event holds of a resident's words: the chain then also proves that they were not changed."""
    return {WORDS: commitment(salt, text)}


def broken_notes() -> list[str]:
    """Tracking numbers with a sealed note that is not what the chain says it is (or that no key opens)."""
    statement = (
        select(SealedNote, RequestEvent.data, ServiceRequest.service_request_id)
        .join(RequestEvent, SealedNote.event_id == RequestEvent.id)
        .join(ServiceRequest)
        .order_by(SealedNote.event_id)
    )
    return sorted(
        {
            number
            for note, data, number in db.session.execute(statement).yield_per(2000)
            if not _opens(note.text, note.salt, data.get(KEY, ""))
        }
    )


def _opens(token: str, salt: str, promised: str) -> bool:
    try:
        clear = crypto.decrypt(token) or ""
    except LookupError:
        return False
    return hmac.compare_digest(commitment(salt, clear), promised)


def changed_words() -> list[str]:
    """Tracking numbers of requests whose words are not those that came in (masked ones have no salt and are skipped)."""
    statement = (
        select(RequestEvent)
        .join(ServiceRequest)
        .where(RequestEvent.sequence == 1, ServiceRequest.words_salt != "")
        .options(joinedload(RequestEvent.request))
        .order_by(RequestEvent.id)
    )
    rows = db.session.scalars(statement.execution_options(yield_per=2000))
    return [
        e.request.service_request_id
        for e in rows
        if e.data.get(WORDS) not in (None, commitment(e.request.words_salt, e.request.text))
    ]
