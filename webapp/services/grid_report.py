"""A grid worker reports what they see, once per ``client_id``, and answers a small thing at once (当场办结)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.workflow import Action, Status
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import db
from webapp.models import Area, Category, ServiceRequest, utcnow
from webapp.queries import places
from webapp.services import audit, casework, photos, submit
from webapp.services.actor import Actor
from webapp.services.grid import FieldStep, apply, checked_id, is_mine, moved
from webapp.services.photos import Encoded

CHANNEL = "grid"


@dataclass(frozen=True, slots=True)
class Report:
    """What a grid worker saw. Words may be missing where a photo and a category say enough.

    ``latitude`` and ``longitude`` in degrees, ``accuracy_m`` in metres as the phone gave it (None: set by hand).
    ``after`` and ``result`` are for what was handled at once (``on_the_spot``).
    """

    client_id: str
    text: str = ""
    category_code: str | None = None
    area_code: str | None = None
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    join: str = ""
    photos: Sequence[BinaryIO] = field(default_factory=tuple)
    on_the_spot: bool = False
    after: Sequence[BinaryIO] = field(default_factory=tuple)
    result: str = ""


def file(said: Report, actor: Actor, at: datetime | None = None) -> ServiceRequest:
    """File what a grid worker saw, once per ``client_id``; handled at once it is answered, too. Commits.

    Raises ``InvalidInput`` naming the field; nothing is stored then.
    """
    key = _key(said.client_id, actor)
    request = _filed(key)
    if request is None:
        before, after = _checked(said)
        request = _submit(said, key, actor, before, at)
    else:
        after = photos.checked(said.after) if _unanswered(said, request, actor) else []
    if _unanswered(said, request, actor):
        _answer_at_once(said, request, actor, after, at or utcnow())
    return request


def handled_at_once(request: ServiceRequest) -> bool:
    """Whether the one who reported it has also answered it on the spot."""
    return any(event.data.get("on_the_spot") for event in request.events)


def _key(client_id: str, actor: Actor) -> str:
    return f"{actor.user_id}:{checked_id(client_id)}"


def _filed(key: str) -> ServiceRequest | None:
    return db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.source == CHANNEL, ServiceRequest.source_id == key)
    )


def _checked(said: Report) -> tuple[list[Encoded], list[Encoded]]:
    """The photos before and after. Raises ``InvalidInput`` for whatever is missing."""
    before = photos.checked(said.photos)
    if not said.text.strip() and not (before and said.category_code):
        raise InvalidInput(_("请写几个字；或者拍照并选一个分类，也可以不写。"), "text")
    if not said.on_the_spot:
        return before, []
    if said.join:
        raise InvalidInput(_("并入别人的诉求时不能当场办结。"), "on_the_spot")
    if not before:
        raise InvalidInput(_("当场办结要有办理前的照片。"), "photos")
    after = photos.checked(said.after)
    if not after:
        raise InvalidInput(_("当场办结要有办理后的照片。"), "after")
    if not said.result.strip():
        raise InvalidInput(_("请写一句是怎么办好的。"), "result")
    return before, after


def _words(said: Report) -> str:
    if said.text.strip():
        return said.text
    category = db.session.scalar(select(Category).where(Category.code == said.category_code))
    if category is None:
        raise InvalidInput(_("请选择一个分类。"), "category_code")
    # Stored words, not a text on screen: the city's language whatever the worker reads.
    return f"现场拍照上报：{category.name}"


def _place(said: Report, actor: Actor) -> str | None:
    """Code of the area: as chosen, else None where the position tells it, else the worker's own."""
    if said.area_code:
        return said.area_code
    if said.latitude is not None and said.longitude is not None:
        there = places.area_at(said.latitude, said.longitude)
        if there is not None:
            return there.code
    own = db.session.get(Area, actor.area_id) if actor.area_id else None
    return own.code if own else None


def _submit(
    said: Report, key: str, actor: Actor, before: list[Encoded], at: datetime | None
) -> ServiceRequest:
    draft = submit.RequestDraft(
        text=_words(said), channel=CHANNEL, address=said.address, area_code=_place(said, actor),
        latitude=said.latitude, longitude=said.longitude, category_code=said.category_code or None,
        merge_into=said.join.strip(), photos=before, source_id=key,
    )  # fmt: skip
    try:
        request = submit.submit_request(draft, at, actor).request
    except IntegrityError:
        # The same report on two ways at once: the other was first.
        db.session.rollback()
        found = _filed(key)
        if found is None:
            raise
        return found
    details = {} if said.accuracy_m is None else {"accuracy_m": round(said.accuracy_m)}
    audit.record("request.take_down", request.service_request_id, actor.user_id, channel=CHANNEL, **details)
    db.session.commit()
    return request


def _unanswered(said: Report, request: ServiceRequest, actor: Actor) -> bool:
    """Whether an answer at once is still due. Never for what is dangerous, nor outside the own grid."""
    open_to_it = request.status == Status.ASSIGNED.value and request.urgency != "emergency"
    return said.on_the_spot and open_to_it and is_mine(request, actor)


def _answer_at_once(
    said: Report, request: ServiceRequest, actor: Actor, after: list[Encoded], at: datetime
) -> None:
    """Accept and resolve, as the table lets a grid worker; who is responsible stays, and the resident's word is not given."""
    client_id = said.client_id.strip()
    try:
        apply(request, FieldStep(Action.ACCEPT, client_id), client_id, [], actor, at)
        step = FieldStep(Action.RESOLVE, client_id, said.result)
        apply(request, step, client_id, after, actor, at, on_the_spot=True)
        request.on_the_spot = True
        db.session.commit()
    except (StaleDataError, IntegrityError) as error:
        # The same delivery on two ways at once: the other answers it.
        db.session.rollback()
        if not handled_at_once(casework.find(request.service_request_id)):
            raise Conflict(moved()) from error


def mine(number: str, user_id: int) -> ServiceRequest | None:
    """A report of this worker by its tracking number, wherever it lies."""
    found = db.session.scalar(
        select(ServiceRequest).where(
            ServiceRequest.service_request_id == number[:20],
            ServiceRequest.source == CHANNEL,
            ServiceRequest.source_id.startswith(f"{user_id}:"),
        )
    )
    return found if number else None
