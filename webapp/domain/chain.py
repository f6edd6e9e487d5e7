"""Hash chain over a request's events: whoever changes an old event breaks every later hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

GENESIS_HASH: Final = "0" * 64


def _plain(value: object) -> object:
    """JSON form of what events carry beyond plain values: aware times, enums. TypeError otherwise."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("event times must be aware: a naive time hashes differently on another machine")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"cannot hash a {type(value).__name__}")


def canonical_json(payload: Mapping[str, Any]) -> bytes:
    """One spelling per payload: sorted keys, no spaces, UTF-8, times in UTC to the microsecond.

    Raises TypeError for naive times and unknown types, ValueError for NaN and infinity.
    """
    text = json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )
    return text.encode("utf-8")


def event_hash(previous_hash: str, payload: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of the previous event's hash and this event's canonical JSON.

    The first event of a request follows ``GENESIS_HASH``. Include the request's own id in the payload, so
    that a whole chain cannot be moved to another request. Raises ValueError if ``previous_hash`` does not have
    64 characters.
    """
    if len(previous_hash) != len(GENESIS_HASH):
        raise ValueError("previous_hash must have 64 hex digits")
    return hashlib.sha256(previous_hash.encode("ascii") + b"\n" + canonical_json(payload)).hexdigest()


def verify_chain(events: Iterable[tuple[str, Mapping[str, Any]]]) -> int | None:
    """Index of the first (stored hash, payload) that does not follow from those before it; None if all do."""
    previous = GENESIS_HASH
    for index, (stored, payload) in enumerate(events):
        if event_hash(previous, payload) != stored:
            return index
        previous = stored
    return None
