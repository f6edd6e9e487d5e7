"""Which published service words mean: for the search, the bot, and the score that a trouble's handling counts in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import select

from nlp.service_match import ServiceEntry, ServiceMatcher
from webapp.extensions import db
from webapp.models import Category, Department, Service
from webapp.queries import directory, public

_EXTENSION = "minping_service_matcher"
MAX_AGE_S = 30.0
# From this probability on a service is worth asking about, and shown in a search.
WORTH_ASKING = 0.03


@dataclass(frozen=True, slots=True)
class ServiceHit:
    """A service that a text may mean, the probability (0-1), and whether its name or a nickname stands in the text."""

    service_code: str
    name: str
    probability: float
    named: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """The active services and what finds them."""

    matcher: ServiceMatcher
    ids: dict[str, int]
    names: dict[str, tuple[str, ...]]
    categories: dict[str, str]
    """service code → category code; services without one are missing"""


def likely(text: str, limit: int = 4) -> list[ServiceHit]:
    """Services that ``text`` may mean, those it names first, then the likest; only those worth asking about."""
    known, clean = _known(), text.lower()
    hits = []
    for guess in known.matcher.match(text, limit):
        if guess.probability >= WORTH_ASKING:
            said = any(len(name) > 2 and name.lower() in clean for name in known.names[guess.code])
            hits.append(ServiceHit(guess.code, guess.name, guess.probability, said))
    return sorted(hits, key=lambda hit: (hit.named, hit.probability), reverse=True)


def best(text: str) -> str | None:
    """Code of the service that ``text`` means, or None where that is not sure enough."""
    guess = _known().matcher.best(text)
    return guess.code if guess is not None else None


def search(words: str = "", department_code: str = "") -> list[Service]:
    """Active services by department and use; with ``words`` those that contain them, else those they may mean."""
    found = public.find_services(words, department_code)
    if found or not words.strip():
        return found
    order = {hit.service_code: place for place, hit in enumerate(likely(words.strip()))}
    listed = public.find_services("", department_code)
    return sorted((s for s in listed if s.service_code in order), key=lambda s: order[s.service_code])


def service_of(category_id: int | None, text: str) -> int | None:
    """Id of the service that handles ``category_id``, the wording deciding between several; None when none fits.

    Only services of the same second-level category are considered: a wrong service would be scored for another's work.
    """
    known, codes = _kept()
    code = codes.get(category_id or 0, "")
    if len(code) < 4:
        return None
    near = {service: own for service, own in known.categories.items() if own[:4] == code[:4]}
    if not near:
        return None
    meant = known.matcher.best(text)
    if meant is not None and meant.code in near:
        return known.ids[meant.code]
    # Without a word of any service, the only one of the very same category.
    same = [service for service, own in near.items() if own == code and len(code) == 6]
    return known.ids[same[0]] if len(same) == 1 else None


def _known() -> _Known:
    return _kept()[0]


def _kept() -> tuple[_Known, dict[int, str]]:
    """The services, and the code of every category by its id.

    Kept for ``MAX_AGE_S`` seconds per process, and until this process changes a service.
    """
    kept: tuple[float, int, _Known, dict[int, str]] | None = current_app.extensions.get(_EXTENSION)
    now, version = time.monotonic(), directory.changes()
    if kept is None or now - kept[0] > MAX_AGE_S or kept[1] != version:
        with db.session.no_autoflush:
            codes = dict(db.session.execute(select(Category.id, Category.code)).tuples().all())
            kept = now, version, _built(_load()), codes
        current_app.extensions[_EXTENSION] = kept
    return kept[2:]


def _load() -> tuple[tuple[Any, ...], ...]:
    rows = db.session.execute(
        select(
            Service.id, Service.service_code, Service.name, Service.nicknames, Department.name, Category.code,
            Category.name, Service.description, Service.materials, Service.place,
        )
        .join(Department, Department.id == Service.department_id)
        .outerjoin(Category, Category.id == Service.category_id)
        .where(Service.is_active.is_(True))
        .order_by(Service.monthly_uses.desc(), Service.service_code)
    )  # fmt: skip
    return tuple(
        (number, code, name, tuple(nicknames or ()), department, category or "", title or "", text or "",
         tuple(materials or ()), place or "")
        for number, code, name, nicknames, department, category, title, text, materials, place in rows
    )  # fmt: skip


@lru_cache(maxsize=2)
def _built(columns: tuple[tuple[Any, ...], ...]) -> _Known:
    # Building costs a hundred times the look-up, and services seldom change.
    entries = [
        ServiceEntry(
            code, name, nicknames, department=department, category_code=category, category_name=title,
            description=text, materials=materials, place=place,
        )
        for _, code, name, nicknames, department, category, title, text, materials, place in columns
    ]  # fmt: skip
    return _Known(
        matcher=ServiceMatcher(entries),
        ids={code: number for number, code, *_ in columns},
        names={entry.code: (entry.name, *entry.nicknames) for entry in entries},
        categories={entry.code: entry.category_code for entry in entries if entry.category_code},
    )
