"""What others see of a request's words: masked, and without the name that its reporter gave."""

from __future__ import annotations

from nlp.mask import mask_personal_data
from webapp import crypto
from webapp.models import ServiceRequest


def without_name(text: str, name: str) -> str:
    """``text`` with a known name starred out, same length. Names of one character are too common to look for."""
    return text.replace(name, "*" * len(name)) if len(name) >= 2 else text


def masked_for(text: str | None, request: ServiceRequest) -> str:
    """``text`` without personal data; the reporter's own name is known, and need not be introduced to be recognised."""
    try:
        name = crypto.decrypt(request.contact_name) or ""
    except LookupError:
        name = ""
    return mask_personal_data(without_name(text or "", name))
