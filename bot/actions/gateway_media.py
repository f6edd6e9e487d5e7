"""The bot's hands for photos and positions: what was sent in the conversation, and the case that it belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webapp.queries import chat as lookup
from webapp.services import chat_media

# So long after a tracking number, what is sent without a word belongs to that case.
STILL_THAT_CASE = timedelta(hours=1)


def position(sender: str) -> dict[str, Any] | None:
    """The position sent last: ``latitude``, ``longitude`` (degrees), ``name``, ``area``; None if there is none."""
    conversation = lookup.conversation_by_sender(sender)
    return chat_media.last_position(conversation) if conversation is not None else None


def photos_waiting(sender: str) -> int:
    """How many photos were sent that belong to no case yet."""
    conversation = lookup.conversation_by_sender(sender)
    return len(chat_media.waiting_photos(conversation)) if conversation is not None else 0


def set_photos_aside(sender: str) -> None:
    """The photos belong to a report that was cancelled."""
    conversation = lookup.conversation_by_sender(sender)
    if conversation is not None:
        chat_media.set_aside(conversation)


def give_photos(sender: str, request: Any) -> None:
    """The photos sent before a request was stored go to it."""
    conversation = lookup.conversation_by_sender(sender)
    if conversation is not None:
        chat_media.give_photos(conversation, request)


def add_photos(sender: str) -> tuple[str, int]:
    """Add the photos to the case registered just before: its number and how many; ('', 0) without such a case."""
    conversation, request = _just_registered(sender)
    if conversation is None or request is None:
        return "", 0
    return request.service_request_id, chat_media.add_photos(conversation, request)


def add_position(sender: str) -> tuple[str, str]:
    """Add the position to the case registered just before if nobody knows where it is: its number and the place."""
    conversation, request = _just_registered(sender)
    if conversation is None or request is None or request.address or request.latitude is not None:
        return "", ""
    return request.service_request_id, chat_media.add_position(conversation, request)


def _just_registered(sender: str) -> tuple[Any, Any]:
    conversation = lookup.conversation_by_sender(sender)
    if conversation is None:
        return None, None
    return conversation, lookup.newest_request(conversation.identity, STILL_THAT_CASE)
