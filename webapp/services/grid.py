"""What a grid worker does with a case of the own grid: take steps on the spot, verify what was answered.

Phones lose their network in the midst of sending, so everything carries a ``client_id`` that the phone made: what
arrives twice is stored once, and the second answer is the first one again. Reports are in :mod:`.grid_report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.workflow import Action, EventType, Verdict
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.services import casework, photos
from webapp.services.actor import Actor
from webapp.services.photos import Encoded

STEPS = (Action.ACCEPT, Action.RESOLVE, Action.REPLY, Action.ADD_NOTE, Action.VERIFY)
LONGEST_ID = 40
# Another's event that changes nothing about what a grid worker does.
_ASIDE = frozenset(
    {
        EventType.NOTE_ADDED, EventType.CATEGORY_CORRECTED, EventType.TYPE_CORRECTED, EventType.AREA_CORRECTED,
        EventType.VERIFIED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldStep:
    """One step on a case. ``seen`` is the number of events that the phone's page showed (None: do not compare)."""

    action: Action
    client_id: str
    note: str = ""
    photos: Sequence[BinaryIO] = field(default_factory=tuple)
    verdict: str = ""
    seen: int | None = None


def is_mine(request: ServiceRequest, actor: Actor) -> bool:
    """Whether the request lies in this grid worker's own area. Without an area nothing does."""
    return actor.area_id is not None and f"/{actor.area_id}/" in f"/{request.area.path}"


def open_case(number: str, actor: Actor) -> ServiceRequest:
    """A case of the worker's own grid. Raises ``NotFound`` for any other, and for none."""
    request = casework.find(number)
    if not is_mine(request, actor):
        raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
    return request


def act(number: str, step: FieldStep, actor: Actor, at: datetime | None = None) -> RequestEvent:
    """Do one step in the own grid, once per ``client_id``. Commits.

    Raises ``NotFound`` for another grid's case, ``InvalidInput`` where photo or words are missing, ``Conflict`` when
    somebody else moved the case meanwhile, and the workflow's own errors.
    """
    request = open_case(number, actor)
    client_id = checked_id(step.client_id)
    if (done := _done(request, client_id, actor)) is not None:
        return done
    if step.action not in STEPS:
        raise InvalidInput(_("没有这一步操作，请从页面上选择。"), "action")
    _refuse_stale(request, step.seen, actor)
    kept = photos.checked(step.photos)
    _refuse_thin(step, bool(kept))
    try:
        event = apply(request, step, client_id, kept, actor, at or utcnow())
        db.session.commit()
    except (StaleDataError, IntegrityError) as error:
        # The same delivery on two ways at once, or somebody else in this very second.
        db.session.rollback()
        again = _done(casework.find(number), client_id, actor)
        if again is None:
            raise Conflict(moved()) from error
        return again
    return event


def apply(
    request: ServiceRequest,
    step: FieldStep,
    client_id: str,
    kept: list[Encoded],
    actor: Actor,
    at: datetime,
    **more: Any,
) -> RequestEvent:
    """Do a step with its photos in the caller\'s transaction; ``more`` goes into the event\'s data."""
    data: dict[str, Any] = {"client_id": client_id, **more}
    if kept:
        # The chain of events proves the photos as well.
        data["photos"] = [photo.sha256 for photo in kept]
    if step.action is Action.VERIFY:
        data["verdict"] = step.verdict
    event = casework.apply_step(request, casework.Step(step.action, step.note, data=data), actor, at)
    photos.attach_to_step(event, kept)
    return event


def checked_id(client_id: str) -> str:
    """A phone's own id of what it sends (8 to 40 letters and digits). Raises ``InvalidInput``."""
    client_id = client_id.strip()
    if not 8 <= len(client_id) <= LONGEST_ID or not client_id.isascii() or not client_id.isalnum():
        raise InvalidInput(_("这次提交的内容有问题，请返回检查后再试。"), "client_id")
    return client_id


def _done(request: ServiceRequest, client_id: str, actor: Actor) -> RequestEvent | None:
    mine = (event for event in request.events if event.user_id == actor.user_id)
    return next((event for event in mine if event.data.get("client_id") == client_id), None)


def moved() -> str:
    """What a conflict says."""
    return _("这件诉求刚有新进展，请先看看再决定；您写的和拍的都还在。")


def _refuse_stale(request: ServiceRequest, seen: int | None, actor: Actor) -> None:
    if seen is None:
        return
    news = (e for e in request.events if e.sequence > seen and e.user_id != actor.user_id)
    if any(event.event_type not in _ASIDE for event in news):
        raise Conflict(moved())


def _refuse_thin(step: FieldStep, has_photo: bool) -> None:
    if step.action in (Action.RESOLVE, Action.VERIFY) and not has_photo:
        raise InvalidInput(_("请拍一张现场照片。"), "photos")
    if step.action is Action.VERIFY and step.verdict not in tuple(Verdict):
        raise InvalidInput(_("请选择现场看到的情况。"), "verdict")
    says_it_all = step.action is Action.ACCEPT or step.verdict == Verdict.FIXED.value
    if not says_it_all and not step.note.strip():
        raise InvalidInput(_("请写一句现场的情况。"), "note")
