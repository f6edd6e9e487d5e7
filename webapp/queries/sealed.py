"""Reading what is sealed: for the resident's own eyes, and for staff after an unmasking that is on record."""

from __future__ import annotations

from webapp import crypto
from webapp.models import RequestEvent


def clear_note(event: RequestEvent) -> str:
    """The note as it was said; masked where the clear words were deleted, or no key opens them."""
    if "sealed" not in event.data or event.sealed_note is None:
        return event.note
    try:
        return crypto.decrypt(event.sealed_note.text) or event.note
    except LookupError:
        return event.note
