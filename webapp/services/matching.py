"""Which service a trouble belongs to, so that how it was handled counts in that service's score."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Category, Service

_EXTENSION = "minping_service_words"
MAX_AGE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    service_id: int
    category: str
    words: tuple[str, ...]

    def weight(self, text: str, category: str) -> int:
        """Characters of the service's names found in the text, and a bonus for the very same category."""
        found = sum(len(word) for word in self.words if word in text)
        return found + (2 if self.category == category and len(category) == 6 else 0)


def service_of(category_id: int | None, text: str) -> int | None:
    """Id of the service that handles ``category_id``, the wording deciding between several; None when none fits.

    Only services of the same second-level category are considered: a wrong service would be scored for another's work.
    """
    codes, candidates = _known()
    code = codes.get(category_id or 0, "")
    if len(code) < 4:
        return None
    near = [c for c in candidates if c.category[:4] == code[:4]]
    ranked = sorted(((c.weight(text, code), c.service_id) for c in near), reverse=True)
    if not ranked or ranked[0][0] == 0:
        return None
    if len(ranked) > 1 and ranked[1][0] == ranked[0][0]:
        return None
    return ranked[0][1]


def _known() -> tuple[dict[int, str], list[_Candidate]]:
    """Category codes by id, and the active services; kept for ``MAX_AGE_S`` seconds per process."""
    kept: tuple[float, Any] | None = current_app.extensions.get(_EXTENSION)
    now = time.monotonic()
    if kept is None or now - kept[0] > MAX_AGE_S:
        with db.session.no_autoflush:
            kept = (now, _load())
        current_app.extensions[_EXTENSION] = kept
    found: tuple[dict[int, str], list[_Candidate]] = kept[1]
    return found


def _load() -> tuple[dict[int, str], list[_Candidate]]:
    codes = dict(db.session.execute(select(Category.id, Category.code)).tuples().all())
    rows = db.session.execute(
        select(Service.id, Service.category_id, Service.name, Service.nicknames).where(
            Service.is_active.is_(True)
        )
    )
    return codes, [
        _Candidate(service, codes[category], (name, *(nicknames or ())))
        for service, category, name, nicknames in rows
        if category
    ]
